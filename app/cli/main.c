/* The program `tapline`: finds the subcommand in the one table of them and runs it. Invariant: the standard
 * descriptors are never anything else, and what was written to standard output has got there, or the exit
 * status says that it has not. */
#include "cli/commands.h"

#include "process/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *sentence;
};

static const struct command commands[] = {
    {"capture", cli_capture, "receive dnstap from name servers into an archive, or into files"},
    {"generate", cli_generate, "make up a resolver's traffic, for tests and measurements"},
    {"pack", cli_pack, "seal the hot segments of an archive"},
    {"read", cli_read, "print records from archives, files, standard input or live streams"},
    {"repack", cli_repack, "compress the files of an archive better, or merge them"},
    {"send", cli_send, "send what was recorded to a collector, until it has confirmed it"},
    {"stats", cli_stats, "count messages: rates, types, rcodes, latencies, names, clients"},
    {"status", cli_status, "tell what is in an archive, and what the running capture does"},
    {"verify", cli_verify, "check that an archive is as it was stored"},
};

/* Programs that the house before this one was run by: under these names as well, and as commands that no help
 * lists. */
static const struct command names[] = {
    {"dnstap-read", cli_dnstap_read, NULL},
    {"fstrm_capture", cli_fstrm_capture, NULL},
    {"fstrm_dump", cli_fstrm_dump, NULL},
    {"fstrm_replay", cli_fstrm_replay, NULL},
};

#define NAMES    (sizeof(names) / sizeof(names[0]))
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *to)
{
    fputs("Usage: tapline COMMAND [OPTION]...\n"
          "The dnstap toolchain: capture what name servers see, and read it back.\n"
          "\n",
          to);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].sentence);
    fputs("\n"
          "\"tapline COMMAND --help\" explains each; \"tapline --version\" prints the version.\n",
          to);
}

/* Of the standard descriptors, one that was closed stays unreadable and unwritable: otherwise the next socket
 * or file would be given its number, and what is meant for a terminal would go there. */
static void hold_standard_descriptors(void)
{
    int fd;

    do {
        fd = open("/dev/null", O_PATH);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

static const struct command *find(const struct command *table, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(word, table[i].name) == 0)
            return &table[i];
    }
    return NULL;
}

static int run(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    const struct command *name = find(names, NAMES, argc > 0 ? basename(argv[0]) : "");
    const struct command *command = find(commands, COMMANDS, word);

    if (name)
        return name->run(argc, argv);
    if (!command)
        command = find(names, NAMES, word);
    if (command)
        return command->run(argc - 1, argv + 1);
    if (argc > 2 && strcmp(word, "help") == 0) {
        word = argv[2];
        command = find(commands, COMMANDS, word);
        if (command)
            return command->run(2, (char *[]){argv[2], (char[]){"--help"}, NULL});
    }
    if (strcmp(word, "--help") == 0 || strcmp(word, "help") == 0) {
        print_help(stdout);
        return CLI_OK;
    }
    if (strcmp(word, "--version") == 0) {
        puts("tapline " TAPLINE_VERSION);
        return CLI_OK;
    }
    if (*word)
        fprintf(stderr, "tapline: there is no command \"%s\"\n", word);
    print_help(stderr);
    return CLI_USAGE;
}

int main(int argc, char **argv)
{
    hold_standard_descriptors();
    int status = run(argc, argv);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    process_log("standard output cannot be written: %s", strerror(errno));
    return CLI_TROUBLE;
}
