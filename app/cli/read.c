/* `tapline read`: what is read is opened, and goes into the output by one thread or by several. Invariant:
 * whatever was wrong on the way is said, and is in the exit status. */
#include "cli/commands.h"

#include "cli/interrupt.h"
#include "cli/reading.h"
#include "print/fields.h"
#include "process/log.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* True if the output is whole, or has a reader that has seen enough. */
static bool judge_output(enum tl_status status, int error)
{
    if (status == TL_OK || (status == TL_SYSTEM && error == EPIPE))
        return true;
    if (status == TL_NO_MEMORY)
        process_log("out of memory: the output is not complete");
    else
        process_log("standard output cannot be written: %s", strerror(error));
    return false;
}

static int read_records(struct reading *reading)
{
    const struct read_request *request = reading->request;
    struct report *report = &reading->report;

    report_init(report, request->takes_turns,
                !reading->waits && isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO));
    enum tl_status status =
        read_request_is_parallel(request) ? read_in_threads(reading) : read_serially(reading);
    int error = errno;
    report_done(report);
    if (!judge_output(status, error))
        return CLI_TROUBLE;
    if (interrupt_flag && !reading->waits) {
        process_log("interrupted: the output is not complete%s",
                    !request->source.cursor ? ""
                    : request->source.sort  ? "; the cursor stands where it stood, for what is sorted"
                                            : "; with the cursor it goes on from here");
        return CLI_TROUBLE;
    }
    return report->has_trouble || reading->output.has_trouble ? CLI_TROUBLE : CLI_OK;
}

/* A signal must not end us between two bytes of a stream, or before the cursor is moved. HUP ends nothing
 * that waits: who sends it to have lists read again need not know whether there are any. */
static bool prepare_signals(struct read_request *request, bool waits)
{
    signal(SIGPIPE, SIG_IGN);
    if (!waits && request->format != PRINT_RAW && !request->source.cursor)
        return true;
    request->source.stop_fd = interrupt_catch(waits);
    if (request->source.stop_fd >= 0 && (!waits || interrupt_catch_hangup()))
        return true;
    process_log("signals cannot be caught: %s", strerror(errno));
    return false;
}

static int run(struct read_request *request)
{
    struct reading reading = {.request = request, .waits = read_request_waits(request)};
    char text[SOURCE_TEXT_SIZE];
    int status = CLI_TROUBLE;

    if (!prepare_signals(request, reading.waits))
        return CLI_TROUBLE;
    reading.source = source_new(&request->source, text);
    if (!reading.source) {
        process_log("%s", text);
        return CLI_TROUBLE;
    }
    if (read_output_init(&reading.output, request, NULL))
        status = read_records(&reading);
    else
        process_log("out of memory");
    read_output_done(&reading.output);
    source_free(reading.source);
    return status;
}

static int list_fields(enum field field)
{
    struct print_output output;

    if (!print_output_init(&output, STDOUT_FILENO)) {
        process_log("out of memory");
        return CLI_TROUBLE;
    }
    if (field < FIELDS)
        print_fields_words(&output, field);
    else
        print_fields_list(&output);
    enum tl_status status = print_output_flush(&output);
    bool is_written = judge_output(status, errno);
    print_output_done(&output);
    return is_written ? CLI_OK : CLI_TROUBLE;
}

int cli_read(int argc, char **argv)
{
    struct read_request request;
    int status = CLI_USAGE;

    process_log_init("tapline read");
    argv[0] = (char[]){"tapline read"}; /* for what getopt_long says */
    if (!read_request_parse(&request, argc, argv)) {
        fputs("Try \"tapline read --help\".\n", stderr);
    } else if (request.is_help) {
        fputs(read_help, stdout);
        status = CLI_OK;
    } else if (request.is_field_list) {
        status = list_fields(request.listed_field);
    } else {
        status = run(&request);
    }
    read_request_done(&request);
    return status;
}
