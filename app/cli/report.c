/* Messages about what is read. Invariant: every skip is either said or in the sum that follows, and the sum
 * of a file comes before the first line about the next. */
#include "cli/report.h"

#include "process/clock.h"
#include "process/log.h"

#include <stdio.h>
#include <stdlib.h>

void report_init(struct report *report, bool is_live, bool shows_progress)
{
    *report = (struct report){.is_live = is_live};
    progress_begin(&report->progress, shows_progress);
}

static void say_sums(struct report *report)
{
    const char *name = report->is_live || !report->name ? "" : report->name;
    const char *colon = *name ? ": " : "";

    progress_clear(&report->progress);
    if (report->more)
        process_log("%s%s%llu more lines like these, %llu bytes skipped in them", name, colon,
                    (unsigned long long)report->more, (unsigned long long)report->skipped);
    if (report->undecodable)
        process_log("%s%sframes that are no dnstap messages: %llu, the first %s: %s", name, colon,
                    (unsigned long long)report->undecodable, report->first_place, report->first_reason);
    report->lines = 0;
    report->more = report->skipped = report->undecodable = 0;
}

/* Begins a new count if this is about another file, or live and in another minute. */
static void turn_to(struct report *report, const char *name)
{
    uint64_t minute = report->is_live ? process_clock_ms() / 60000 : 0;

    if (report->name && (report->is_live ? minute == report->minute : strcmp(name, report->name) == 0))
        return;
    say_sums(report);
    free(report->name);
    report->name = strdup(name);
    report->minute = minute;
}

void report_item(struct report *report, const struct source_item *item)
{
    turn_to(report, item->name);
    if (item->kind != SOURCE_NOTICE) {
        report->has_trouble = true;
        report->all_skipped += item->skipped;
        report->all_failed += item->kind == SOURCE_FAILED;
    }
    if (report->lines == REPORT_LINES) {
        report->more++;
        report->skipped += item->kind == SOURCE_NOTICE ? 0 : item->skipped;
        return;
    }
    report->lines++;
    progress_clear(&report->progress);
    if (item->kind == SOURCE_FAILED || (item->kind == SOURCE_NOTICE && !item->offset)) /* about all of it */
        process_log("%s: %s", item->name, item->text);
    else if (item->kind == SOURCE_SKIPPED)
        process_log("%s: offset %llu: %s (%llu bytes skipped)", item->name, (unsigned long long)item->offset,
                    item->text, (unsigned long long)item->skipped);
    else
        process_log("%s: offset %llu: %s", item->name, (unsigned long long)item->offset, item->text);
}

/* "17/1234" of an archive, where it stays that; "at offset 129" of anything else. */
static void put_place(const struct source_item *item, char to[REPORT_PLACE_SIZE])
{
    if (item->stored.segment)
        tl_frame_name_print(item->stored, to);
    else
        snprintf(to, REPORT_PLACE_SIZE, "at offset %llu", (unsigned long long)item->offset);
}

void report_undecodable(struct report *report, const struct source_item *item, const struct record *record)
{
    turn_to(report, item->name);
    report->has_trouble = true;
    report->all_undecodable++;
    if (report->undecodable++)
        return;
    put_place(item, report->first_place);
    snprintf(report->first_reason, sizeof(report->first_reason), "%s at byte %zu: %s", record->error.what,
             record->error.offset, tl_status_text(record->status));
}

void report_progress(struct report *report, const char *name)
{
    progress_show(&report->progress, "%llu frames%s%s", (unsigned long long)report->frames, *name ? ", " : "",
                  name);
}

void report_done(struct report *report)
{
    say_sums(report);
    free(report->name);
    report->name = NULL;
}
