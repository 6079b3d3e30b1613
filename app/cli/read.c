/* `tapline read`: the loop from source to print. Invariant: a cursor is moved only behind
 * what has been written out. */
#include "cli/commands.h"

#include "cli/interrupt.h"
#include "cli/read_options.h"
#include "cli/report.h"
#include "process/clock.h"
#include "process/log.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Reading ------------------------------------------------------------------------------------------------ */

struct reading {
    const struct read_request *request;
    struct source *source;
    struct print *print;
    struct report report;
    bool has_cursor;
    uint64_t delivered_ms; /* when that was last looked after */
    bool is_store_failing; /* which was said */
};

/* Writes out what was printed, and moves the cursor behind it. */
static enum tl_status deliver(struct reading *reading, bool at_once)
{
    enum tl_status status = print_flush(reading->print);
    char text[SOURCE_TEXT_SIZE];

    if (status != TL_OK || !reading->has_cursor)
        return status;
    reading->delivered_ms = process_clock_ms();
    bool has_failed = source_delivered(reading->source, at_once, text) != 0;
    if (has_failed && (at_once || !reading->is_store_failing))
        process_log("%s", text);
    reading->is_store_failing = has_failed;
    reading->report.has_trouble = reading->report.has_trouble || has_failed;
    return TL_OK;
}

static enum tl_status put_frame(struct reading *reading, const struct source_item *item)
{
    struct report *report = &reading->report;
    struct record record;

    record_open(&record, item->frame, item->offset);
    if (reading->request->source.origin)
        record.origin = item->origin;
    if (__builtin_expect(record.status != TL_OK, 0)) {
        report_undecodable(report, item, &record);
    }
    if (report_progress_is_due(report))
        report_progress(report, item->name);
    enum tl_status status = print_put(reading->print, &record);
    if (reading->has_cursor && (report->frames & 0xfff) == 0 && status == TL_OK &&
        process_clock_ms() - reading->delivered_ms >= SOURCE_STORE_MS)
        return deliver(reading, false);
    return status;
}

static enum tl_status finish(struct reading *reading)
{
    enum tl_status status = print_finish(reading->print);

    return status == TL_OK ? deliver(reading, true) : status;
}

/* Until the end, or an output that takes no more. A source that `waits` comes to its end itself after a
 * signal, with what has arrived by then; any other is left where it is. */
static enum tl_status copy(struct reading *reading, bool waits)
{
    struct source_item item;
    enum tl_status status = TL_OK;

    while (status == TL_OK && (waits || !interrupt_flag)) {
        source_next(reading->source, &item);
        switch (item.kind) {
        case SOURCE_FRAME: status = put_frame(reading, &item); break;
        case SOURCE_NOTICE:
        case SOURCE_SKIPPED:
        case SOURCE_FAILED: report_item(&reading->report, &item); break;
        case SOURCE_IDLE: status = deliver(reading, false); break;
        case SOURCE_END: return finish(reading);
        }
    }
    return status == TL_OK ? finish(reading) : status;
}

static int read_records(struct reading *reading, bool waits)
{
    struct report *report = &reading->report;

    report_init(report, reading->request->takes_turns,
                !waits && isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO));
    enum tl_status status = copy(reading, waits);
    int error = errno;
    report_done(report);
    if (status != TL_OK && error != EPIPE) { /* a reader that has seen enough is no trouble */
        process_log("standard output cannot be written: %s", strerror(error));
        return CLI_TROUBLE;
    }
    if (interrupt_flag && !waits) {
        process_log("interrupted: the output is not complete%s",
                    !reading->has_cursor            ? ""
                    : reading->request->source.sort ? "; the cursor stands where it stood, for what is sorted"
                                                    : "; with the cursor it goes on from here");
        return CLI_TROUBLE;
    }
    return report->has_trouble ? CLI_TROUBLE : CLI_OK;
}

/* A signal must not end us between two bytes of a stream, or before the cursor is moved. */
static bool prepare_signals(struct read_request *request, bool waits)
{
    signal(SIGPIPE, SIG_IGN);
    if (!waits && request->format != PRINT_RAW && !request->source.cursor)
        return true;
    request->source.stop_fd = interrupt_catch(waits);
    if (request->source.stop_fd >= 0)
        return true;
    process_log("signals cannot be caught: %s", strerror(errno));
    return false;
}

static int run(struct read_request *request)
{
    bool waits = request->source.follow || request->source.listen_count;
    struct reading reading = {.request = request, .has_cursor = request->source.cursor != NULL};
    char text[SOURCE_TEXT_SIZE];
    int status = CLI_TROUBLE;

    if (!prepare_signals(request, waits))
        return CLI_TROUBLE;
    reading.source = source_new(&request->source, text);
    if (!reading.source) {
        process_log("%s", text);
        return CLI_TROUBLE;
    }
    reading.print = print_new(
        &(struct print_options){.fd = STDOUT_FILENO, .format = request->format, .utc = request->span.utc});
    if (reading.print)
        status = read_records(&reading, waits);
    else
        process_log("out of memory");
    print_free(reading.print);
    source_free(reading.source);
    return status;
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
    } else {
        status = run(&request);
    }
    read_request_done(&request);
    return status;
}
