/* `tapline send`: the loop from source to collectors. Invariant: a cursor is moved only behind what every
 * collector has confirmed. */
#include "cli/commands.h"

#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/quantities.h"
#include "cli/report.h"
#include "cli/send_options.h"
#include "process/clock.h"
#include "process/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BATCH_MS   10000  /* a batch is confirmed after that time, however small it is, */
#define REST_MS    1000   /* and before a rest longer than this, or after one without frames */
#define LOOK_EVERY 0x1000 /* frames, until the clock is looked at */

struct sending {
    const struct send_request *request;
    struct source *source;
    struct send *send;
    struct pace pace;
    struct report report;
    uint64_t begun_ms;
    uint64_t idle_at;      /* frames that were sent when the source had no more the last time */
    bool is_store_failing; /* which was said */
    bool is_given_up;
    bool holds_one; /* a frame that came from the source was not sent, because of a signal */
};

/* One of them at most is on the terminal, and what else is written there must take it away first. */
static struct progress progress;

static void clear_progress(void)
{
    progress_clear(&progress);
}

/* Batches ------------------------------------------------------------------------------------------------ */

static void move_cursor(struct sending *sending, bool at_once)
{
    char text[SOURCE_TEXT_SIZE];

    if (!sending->request->source.cursor)
        return;
    bool has_failed = source_delivered(sending->source, at_once, text) != 0;
    if (has_failed && (at_once || !sending->is_store_failing)) {
        clear_progress();
        process_log("%s", text);
    }
    sending->is_store_failing = has_failed;
    sending->report.has_trouble = sending->report.has_trouble || has_failed;
}

/* What was sent is to be confirmed. False if it never will be. */
static bool settle(struct sending *sending, bool at_once)
{
    if (!send_settle(sending->send)) {
        sending->is_given_up = true;
        return false;
    }
    move_cursor(sending, at_once);
    return true;
}

static bool is_old(const struct sending *sending, uint64_t age_ms)
{
    uint64_t begun_ms = send_begun_ms(sending->send);

    return begun_ms && process_clock_ms() - begun_ms >= age_ms;
}

/* The source has no more now, and waits with the next call, for a second at most. A trickle shall not make a
 * connection for each frame; after that second without any, though, all is to be confirmed. */
static bool rest(struct sending *sending)
{
    bool is_quiet = sending->report.frames == sending->idle_at;

    sending->idle_at = sending->report.frames;
    if (is_quiet || is_old(sending, BATCH_MS))
        return settle(sending, true);
    send_step(sending->send);
    return true;
}

/* Frames ------------------------------------------------------------------------------------------------- */

/* When it was recorded: its arrival if that is known, else its own time; in nanoseconds. */
static uint64_t recorded_at(const struct record *record)
{
    struct tl_time time;

    if (record->origin && record->origin->arrived_ms)
        return record->origin->arrived_ms * 1000000;
    if (record->status != TL_OK || !record_any_time(record, &time) || time.seconds > UINT32_MAX)
        return PACE_NONE;
    return time.seconds * 1000000000 + time.nanoseconds;
}

/* Waits until the frame is due. Before a longer rest the batch is confirmed; the cursor stays, for the frame
 * that is waited for was given out already. */
static void keep_pace(struct sending *sending, const struct record *record)
{
    if (pace_is_full_speed(&sending->pace))
        return;
    uint64_t now = process_clock_ns(), due = pace_due(&sending->pace, now, recorded_at(record));
    if (due <= now)
        return;
    if ((due - now) / 1000000 > REST_MS && send_begun_ms(sending->send) && !send_settle(sending->send))
        sending->is_given_up = true;
    else
        send_wait(sending->send, due / 1000000);
}

static void show_progress(const struct sending *sending)
{
    uint64_t confirmed = send_destination(sending->send, 0)->confirmed;
    uint64_t ms = process_clock_ms() - sending->begun_ms;

    progress_show(&progress, "%s frames, %s confirmed, %s a second", quantity_number(sending->report.frames),
                  quantity_number(confirmed), quantity_number(sending->report.frames * 1000 / (ms ? ms : 1)));
}

/* After every frame, but the clock is not looked at each time. */
static bool look_after_batch(struct sending *sending)
{
    bool looks = !pace_is_full_speed(&sending->pace) || (sending->report.frames % LOOK_EVERY) == 0;

    if (looks && progress_is_due(&progress))
        show_progress(sending);
    if (send_is_due(sending->send) || (looks && is_old(sending, BATCH_MS)))
        return settle(sending, false);
    return true;
}

/* False if sending has come to its end. */
static bool put_frame(struct sending *sending, const struct source_item *item)
{
    struct record record;

    record_open(&record, item->frame, item->offset);
    record.origin = item->origin;
    if (__builtin_expect(record.status != TL_OK, 0)) {
        clear_progress();
        report_undecodable(&sending->report, item, &record);
    }
    keep_pace(sending, &record);
    sending->holds_one = interrupt_flag || sending->is_given_up;
    if (sending->holds_one)
        return false;
    if (!send_put(sending->send, item->frame)) {
        clear_progress();
        process_log("out of memory; a smaller --batch needs less");
        sending->report.has_trouble = true;
        return false;
    }
    sending->report.frames++;
    return look_after_batch(sending);
}

/* Until the end of the source, of its confirmation, or a signal. True if everything was read. */
static bool copy(struct sending *sending, bool waits)
{
    struct source_item item;
    bool goes_on = true;

    while (goes_on && !interrupt_flag) {
        source_next(sending->source, &item);
        switch (item.kind) {
        case SOURCE_FRAME: goes_on = put_frame(sending, &item); break;
        case SOURCE_NOTICE:
        case SOURCE_SKIPPED:
        case SOURCE_FAILED:
            clear_progress();
            report_item(&sending->report, &item);
            break;
        case SOURCE_IDLE: goes_on = rest(sending); break;
        case SOURCE_END: return settle(sending, true) && (waits || !interrupt_flag);
        }
    }
    if (sending->is_given_up || !send_settle(sending->send))
        return false;
    if (!sending->holds_one)
        move_cursor(sending, true);
    return goes_on && waits;
}

/* What became of it -------------------------------------------------------------------------------------- */

static void report_destination(const struct sending *sending, const struct destination *to)
{
    uint64_t frames = send_frames(sending->send);

    if (to->unidirectional && to->unasked == frames)
        process_log("%s: %" PRIu64 " frames sent, none of them confirmed: it was not asked", to->name,
                    frames);
    else if (to->unidirectional)
        process_log("%s: %" PRIu64 " of %" PRIu64 " frames sent, none of them confirmed: it was not asked",
                    to->name, to->unasked, frames);
    else if (to->confirmed == frames)
        process_log("%s: %" PRIu64 " frames sent, all confirmed", to->name, frames);
    else
        process_log("%s: %" PRIu64 " frames confirmed, %" PRIu64 " not; these %s", to->name, to->confirmed,
                    frames - to->confirmed, to->sessions ? "may have been received or not" : "were not sent");
    if (to->repeated)
        process_log("%s: up to %" PRIu64 " frames may be there twice: they were sent again after %" PRIu64
                    " connections that broke",
                    to->name, to->repeated, to->breaks);
}

/* True if every collector has everything, as far as can be known. */
static bool report_sent(struct sending *sending)
{
    uint64_t frames = send_frames(sending->send), ms = process_clock_ms() - sending->begun_ms;
    const struct destination *to;
    bool is_complete = true;

    clear_progress();
    report_done(&sending->report);
    process_log("%" PRIu64 " frames, %" PRIu64 " bytes, in %" PRIu64 ".%03u s: %" PRIu64 " frames a second",
                frames, send_bytes(sending->send), ms / 1000, (unsigned)(ms % 1000),
                frames * 1000 / (ms ? ms : 1));
    for (size_t i = 0; (to = send_destination(sending->send, i)); i++) {
        report_destination(sending, to);
        is_complete = is_complete && to->confirmed + to->unasked == frames;
    }
    return is_complete;
}

static int send_frames_of(struct sending *sending)
{
    bool waits = sending->request->source.follow;

    sending->begun_ms = process_clock_ms();
    report_init(&sending->report, false, false);
    bool is_read = copy(sending, waits);
    bool is_complete = report_sent(sending);
    if (!is_read && interrupt_flag)
        process_log("interrupted before everything was sent and confirmed%s",
                    sending->request->source.cursor ? "; with the cursor it goes on behind what was confirmed"
                                                    : "");
    return is_read && is_complete && !sending->report.has_trouble ? CLI_OK : CLI_TROUBLE;
}

static int run(struct send_request *request)
{
    struct sending sending = {.request = request};
    char text[SOURCE_TEXT_SIZE];
    int status = CLI_TROUBLE;

    signal(SIGPIPE, SIG_IGN);
    progress_init(&progress);
    request->source.stop_fd = interrupt_catch(false); /* instead of what the line before does about signals */
    if (request->source.stop_fd < 0) {
        process_log("signals cannot be caught: %s", strerror(errno));
        return CLI_TROUBLE;
    }
    sending.source = source_new(&request->source, text);
    if (!sending.source) {
        process_log("%s", text);
        return CLI_TROUBLE;
    }
    request->send.stop = &interrupt_flag;
    request->send.before_log = clear_progress;
    sending.send = send_new(&request->send);
    pace_init(&sending.pace, request->rate, request->speed);
    if (sending.send)
        status = send_frames_of(&sending);
    else
        process_log("out of memory");
    send_free(sending.send);
    source_free(sending.source);
    return status;
}

int cli_send(int argc, char **argv)
{
    struct send_request request;
    int status = CLI_USAGE;

    process_log_init("tapline send");
    argv[0] = (char[]){"tapline send"}; /* for what getopt_long says */
    if (!send_request_parse(&request, argc, argv)) {
        fputs("Try \"tapline send --help\".\n", stderr);
    } else if (request.is_help) {
        fputs(send_help, stdout);
        status = CLI_OK;
    } else {
        status = run(&request);
    }
    send_request_done(&request);
    return status;
}
