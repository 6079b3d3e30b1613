/* cli/survey_segment: what the files of one segment say of themselves, and those of all of them. Of a sealed
 * one its seek table and contents are read alone, of a hot one its ledger. */
#ifndef CLI_SURVEY_SEGMENT_H
#define CLI_SURVEY_SEGMENT_H

#include <tapline/archive.h>

#include <sys/stat.h>

#define SURVEY_CAUSE_SIZE 48

struct survey_origin {
    uint64_t number, frames;
    uint64_t opened_ms, run_ms; /* 0: not known */
    /* Of its ledger, 0: none, or not looked for yet. */
    uint64_t last_ms;                       /* the last time in it, of whatever */
    uint64_t first_frame_ms, last_frame_ms; /* when the first and the last frames arrived */
};

struct survey_loss {
    char cause[SURVEY_CAUSE_SIZE];
    bool is_at_most;
    uint64_t frames, bytes;
};

struct survey_segment {
    struct tl_archive_segment segment;
    struct stat file; /* to see if it is still the same */
    uint64_t frames, bytes;
    uint64_t earliest_ms, latest_ms; /* 1 and 0: not known */
    const char *damage;              /* static memory; NULL: none */
    bool is_unread;                  /* this user may not read it, or its ledger */

    struct survey_origin *origins;
    size_t origin_count;
    struct survey_loss *losses;
    size_t loss_count;
};

struct survey_segments {
    struct survey_segment *items; /* by origin */
    size_t count;
};

/* Reads all segments of the list, but for those of `segments` that did not change, and puts them into
 * `segments` instead of what was there. Those that are gone meanwhile are left out, and `*ret_is_gone` says
 * so. False without memory. */
bool survey_segments_read(struct survey_segments *segments, const struct tl_archive *archive,
                          const struct tl_archive_list *list, bool *ret_is_gone);
void survey_segments_done(struct survey_segments *segments);

/* Looks for the times in an origin's ledger, once. */
void survey_find_times(const struct tl_archive *archive, const struct survey_segment *segment,
                       struct survey_origin *origin);

#endif
