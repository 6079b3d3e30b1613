/* cli/fstrm_options: the command line as the incumbent's programs take it. That is not getopt(3)'s: a word of
 * short options ("-dt") only names them, and their values are the words that come next, in that order; a long
 * option may be shortened, takes its value from behind "=" or from the next word; --usage, --usage-short,
 * --usage-long and --version are there in addition, and what is wrong is told in these words. */
#ifndef CLI_FSTRM_OPTIONS_H
#define CLI_FSTRM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* The version of the programs that these are the same as. */
#define FSTRM_VERSION "0.6.1 (tapline " TAPLINE_VERSION ")"

struct fstrm_option {
    char letter; /* 0: none */
    const char *name;
    const char *value; /* what help calls it; NULL: it has none */
    const char *sentence;
    bool is_needed;   /* without it nothing goes */
    bool is_one_of;   /* exactly one of those goes */
    size_t count;     /* how often it was given */
    const char *last; /* the value it was given last */
    size_t value_count;
    const char **all; /* all of them: room for as many as there are words; NULL: they are not kept */
};

enum fstrm_parsed {
    FSTRM_PARSED,
    FSTRM_SHOWN, /* what was asked for was shown: exit status 0 */
    FSTRM_WRONG, /* what is wrong was said: exit status 1 */
};

/* What stands in messages for the program: the last component of argv[0]. */
const char *fstrm_program(const char *path);

/* Takes the words behind argv[0]. `version` is what --version prints behind the name. The first option is
 * --help, and `count` of them are in the table. */
enum fstrm_parsed fstrm_options_parse(struct fstrm_option *options, size_t count, const char *version,
                                      int argc, char **argv);

/* Prints what the options are, on standard error. */
void fstrm_options_usage(const struct fstrm_option *options, size_t count, const char *program);

/* A number as strtoul(3) of base 0 takes it, from `least` to `most`, nothing behind it. */
bool fstrm_parse_number(const char *text, unsigned long least, unsigned long most, unsigned long *ret_number);

#endif
