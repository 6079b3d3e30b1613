/* cli/report: what a reading subcommand tells its user on standard error: everything that is not a record, so
 * that a hostile file cannot flood a terminal, and how far it has come. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/progress.h"
#include "record/record.h"
#include "source/source.h"

#define REPORT_LINES      20 /* a file, or a minute of live streams; the rest is summed up in one line */
#define REPORT_PLACE_SIZE 64

struct report {
    bool is_live; /* several names take turns: lines are counted by the minute instead */

    bool has_trouble; /* something was skipped, undecodable or failed */
    char *name;       /* of the file that the counts are about; NULL without memory */
    uint64_t minute;
    unsigned lines;                      /* said about it */
    uint64_t more;                       /* not said any more */
    uint64_t skipped;                    /* bytes of those */
    uint64_t undecodable;                /* frames that are no dnstap */
    char first_place[REPORT_PLACE_SIZE]; /* of the first of them */
    char first_reason[256];              /* and why */

    uint64_t frames;
    uint64_t all_skipped;     /* bytes, */
    uint64_t all_failed;      /* sources, */
    uint64_t all_undecodable; /* and frames, of everything that was read */
    struct progress progress;
};

void report_init(struct report *report, bool is_live, bool shows_progress);

/* A notice, a skip or a failure. */
void report_item(struct report *report, const struct source_item *item);

/* A record that is no dnstap. */
void report_undecodable(struct report *report, const struct source_item *item, const struct record *record);

/* Called for each frame. */
static inline bool report_progress_is_due(struct report *report)
{
    return (++report->frames & 0xffff) == 0 && progress_is_due(&report->progress);
}
void report_progress(struct report *report, const char *name);

/* Says what was not said yet. */
void report_done(struct report *report);

#endif
