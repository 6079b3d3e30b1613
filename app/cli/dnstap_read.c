/* `dnstap-read`, by the name of BIND's: its options, its texts on both outputs, its exit statuses. Invariant:
 * a frame that BIND prints is printed the same; where BIND would die, or go on although nothing can be
 * written, it is said and the exit status is 1. */
#include "cli/commands.h"

#include "cli/fstrm_file.h"
#include "print/bind.h"
#include "process/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct reading {
    const char *path;
    struct fstrm_file in;
    bool is_file; /* the input is all there; of another one what came is printed before more is awaited */
    uint64_t frames;
    struct print_bind *bind;
    struct print_output output;
    bool is_faulty; /* something was said that BIND does not say */
};

/* The command line -------------------------------------------------------------------------------------- */

static const char *const option_letters[] = {[PRINT_BIND_9_18] = "mpxy", [PRINT_BIND_9_20] = "mptxy"};

static void print_usage(enum print_bind_release release)
{
    fprintf(stderr,
            "dnstap-read [-mpxy] [filename]\n"
            "\t-m\ttrace memory allocations\n"
            "\t-p\tprint the full DNS message\n"
            "%s"
            "\t-x\tuse hex format to print DNS message\n"
            "\t-y\tprint YAML format (implies -p)\n",
            release == PRINT_BIND_9_20 ? "\t-t\tprint long timestamps with millisecond precision\n" : "");
}

static bool parse_release(enum print_bind_release *ret_release)
{
    const char *word = getenv("TAPLINE_DNSTAP_READ");

    *ret_release = PRINT_BIND_9_18;
    if (!word || !*word || strcmp(word, "9.18") == 0)
        return true;
    *ret_release = PRINT_BIND_9_20;
    if (strcmp(word, "9.20") == 0)
        return true;
    process_log("TAPLINE_DNSTAP_READ is \"%s\"; it may be 9.18 or 9.20", word);
    return false;
}

/* The later modes go before the earlier ones, in whatever order they are asked for. */
static void take_option(struct print_bind_options *options, char letter)
{
    enum print_bind_mode mode = letter == 'y'   ? PRINT_BIND_YAML
                                : letter == 'x' ? PRINT_BIND_HEX
                                : letter == 'p' ? PRINT_BIND_TEXT
                                                : PRINT_BIND_LINE;

    if (mode > options->mode)
        options->mode = mode;
    if (letter == 't')
        options->long_times = true;
}

/* BSD's getopt: options end at the first word that is none, and "-" is an option that nobody has. The index
 * of the first word behind them, or -1. */
static int parse_options(struct print_bind_options *options, int argc, char **argv)
{
    int i = 1;

    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "--") == 0)
            return i + 1;
        const char *letter = argv[i][1] ? argv[i] + 1 : argv[i];
        for (; *letter; letter++) {
            if (!strchr(option_letters[options->release], *letter)) {
                fprintf(stderr, "%s: illegal option -- %c\n", argv[0], *letter);
                return -1;
            }
            take_option(options, *letter);
        }
    }
    return i;
}

/* Reading ------------------------------------------------------------------------------------------------ */

/* What was printed goes out before anything is said. */
static void say(struct reading *reading, const char *text)
{
    print_output_flush(&reading->output);
    process_log("%s", text);
}

static void say_left_out(struct reading *reading, const struct record *record, const char *why)
{
    print_output_flush(&reading->output);
    process_log("%s: frame %" PRIu64 ", at byte %" PRIu64 ", is left out: %s", reading->path, reading->frames,
                record->offset, why);
    reading->is_faulty = true;
}

/* True if the file begins with a START of dnstap; otherwise that was said. */
static bool begin(struct reading *reading)
{
    struct tl_frame frame;
    struct tl_control control;
    enum tl_status status = fstrm_file_next(&reading->in, &frame);

    if (status != TL_OK || frame.kind != TL_FRAME_CONTROL ||
        tl_control_decode(frame.payload, &control, NULL) != TL_OK || control.type != TL_CONTROL_START) {
        say(reading, "dns_dt_openfile: failure");
        return false;
    }
    if (control.content_type_count == 0 ||
        !tl_bytes_equal(control.content_types[0], tl_bytes_of_text(TL_DNSTAP_CONTENT_TYPE))) {
        say(reading, "dns_dt_openfile: malformed DNSTAP data");
        return false;
    }
    return true;
}

static void put_data(struct reading *reading, const struct tl_frame *frame)
{
    struct record record;
    const char *why = NULL;

    reading->frames++;
    record_open(&record, frame->payload, frame->offset);
    switch (print_bind_put(reading->bind, &reading->output, &record, &why)) {
    case PRINT_BIND_PUT:
    case PRINT_BIND_SKIPPED: break;
    case PRINT_BIND_BAD_ADDRESS: say(reading, "dns_dt_datatotext: invalid address format"); break;
    case PRINT_BIND_CRASH: say_left_out(reading, &record, why); break;
    case PRINT_BIND_NO_MEMORY: say_left_out(reading, &record, "out of memory"); break;
    }
}

/* True if there is to be more behind it. libfstrm passes over control frames that it knows. */
static bool take_control(struct reading *reading, struct tl_bytes payload)
{
    struct tl_control control;

    if (tl_control_decode(payload, &control, NULL) == TL_OK && tl_control_type_name(control.type))
        return control.type != TL_CONTROL_STOP;
    say(reading, "dns_dt_getframe: failure");
    return false;
}

/* Every end of the file is a good one, as for libfstrm. */
static void read_frames(struct reading *reading)
{
    struct tl_frame frame;
    bool goes_on = true;

    while (goes_on && reading->output.status == TL_OK) {
        if (!reading->is_file && !fstrm_file_has_data(&reading->in))
            print_output_flush(&reading->output);
        enum tl_status status = fstrm_file_next(&reading->in, &frame);
        if (status == TL_OK && frame.kind == TL_FRAME_DATA)
            put_data(reading, &frame);
        else if (status == TL_OK)
            goes_on = take_control(reading, frame.payload);
        else
            goes_on = false;
        if (status != TL_OK && status != TL_END && status != TL_TRUNCATED)
            say(reading, "dns_dt_getframe: failure");
    }
}

static int finish(struct reading *reading)
{
    if (print_output_flush(&reading->output) == TL_OK)
        return reading->is_faulty ? CLI_TROUBLE : CLI_OK;
    process_log("standard output cannot be written: %s", strerror(errno));
    return CLI_TROUBLE;
}

static int run(struct reading *reading)
{
    struct stat input;

    if (fstrm_file_open(&reading->in, reading->path, TL_FRAME_LIMIT_DEFAULT) != 0) {
        say(reading, "dns_dt_openfile: failure");
        return CLI_OK;
    }
    reading->in.ends_at_long = true;
    reading->is_file = fstat(reading->in.fd, &input) == 0 && S_ISREG(input.st_mode);
    if (begin(reading))
        read_frames(reading);
    fstrm_file_close(&reading->in);
    return finish(reading);
}

int cli_dnstap_read(int argc, char **argv)
{
    struct print_bind_options options = {.mode = PRINT_BIND_LINE};
    struct reading reading = {0};
    int status = CLI_TROUBLE;

    process_log_init("dnstap-read");
    if (!parse_release(&options.release))
        return CLI_TROUBLE;
    int first = parse_options(&options, argc, argv);
    if (first < 0) {
        print_usage(options.release);
        return CLI_TROUBLE;
    }
    if (first >= argc) {
        process_log("fatal: no file specified");
        return CLI_TROUBLE;
    }
    reading.path = argv[first];
    reading.bind = print_bind_new(&options);
    if (reading.bind && print_output_init(&reading.output, STDOUT_FILENO))
        status = run(&reading);
    else
        process_log("out of memory");
    print_output_done(&reading.output);
    print_bind_free(reading.bind);
    return status;
}
