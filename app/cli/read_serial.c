/* Reading with one thread: the loop from source to print. Invariant: a cursor is moved only behind what has
 * been written out. */
#include "cli/interrupt.h"
#include "cli/reading.h"
#include "process/clock.h"
#include "process/log.h"

struct serial {
    struct reading *reading;
    bool has_cursor;
    uint64_t delivered_ms; /* when that was last looked after */
    bool is_store_failing; /* which was said */
};

/* Moves the cursor behind what was written out. */
static void move_cursor(struct serial *serial, bool at_once)
{
    struct reading *reading = serial->reading;
    char text[SOURCE_TEXT_SIZE];

    serial->delivered_ms = process_clock_ms();
    bool has_failed = source_delivered(reading->source, at_once, text) != 0;
    if (has_failed && (at_once || !serial->is_store_failing))
        process_log("%s", text);
    serial->is_store_failing = has_failed;
    reading->report.has_trouble = reading->report.has_trouble || has_failed;
}

static enum tl_status deliver(struct serial *serial)
{
    enum tl_status status = read_output_flush(&serial->reading->output);

    if (status == TL_OK && serial->has_cursor && read_output_is_prompt(&serial->reading->output))
        move_cursor(serial, false);
    return status;
}

/* HUP: before the next record is asked about. */
static void reload_lists(struct serial *serial)
{
    char why[256];

    interrupt_hangup = 0;
    if (!read_request_has_lists(serial->reading->request) ||
        filter_reload(serial->reading->request->filter, why))
        return;
    process_log("--where: %s; its values stay as they were", why);
    serial->reading->report.has_trouble = true;
}

static enum tl_status put_frame(struct serial *serial, const struct source_item *item)
{
    struct reading *reading = serial->reading;
    struct report *report = &reading->report;
    struct record record;

    record_open(&record, item->frame, item->offset);
    if (reading->request->source.origin)
        record.origin = item->origin;
    if (__builtin_expect(record.status != TL_OK, 0))
        report_undecodable(report, item, &record);
    if (report_progress_is_due(report))
        report_progress(report, item->name);
    enum tl_status status = read_output_put(&reading->output, &record);
    if (serial->has_cursor && (report->frames & 0xfff) == 0 && status == TL_OK &&
        process_clock_ms() - serial->delivered_ms >= SOURCE_STORE_MS)
        return deliver(serial);
    return status;
}

static enum tl_status finish(struct serial *serial)
{
    enum tl_status status = read_output_finish(&serial->reading->output);

    if (status == TL_OK && serial->has_cursor)
        move_cursor(serial, true);
    return status;
}

/* A source that `waits` comes to its end itself after a signal, with what has arrived by then; any other is
 * left where it is. */
enum tl_status read_serially(struct reading *reading)
{
    struct serial serial = {.reading = reading, .has_cursor = reading->request->source.cursor != NULL};
    struct source_item item;
    enum tl_status status = TL_OK;

    while (status == TL_OK && (reading->waits || !interrupt_flag)) {
        source_next(reading->source, &item);
        if (__builtin_expect(interrupt_hangup, 0))
            reload_lists(&serial);
        switch (item.kind) {
        case SOURCE_FRAME: status = put_frame(&serial, &item); break;
        case SOURCE_NOTICE:
        case SOURCE_SKIPPED:
        case SOURCE_FAILED: report_item(&reading->report, &item); break;
        case SOURCE_IDLE: status = deliver(&serial); break;
        case SOURCE_END: return finish(&serial);
        }
    }
    return status == TL_OK || status == TL_END ? finish(&serial) : status;
}
