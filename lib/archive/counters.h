/* archive: the file `counters`, in the machine's byte order: a head, then an entry for each counter. */
#ifndef TAPLINE_ARCHIVE_COUNTERS_H
#define TAPLINE_ARCHIVE_COUNTERS_H

#include <tapline/archive.h>

#define TL__COUNTERS_MAGIC   "taplineN"
#define TL__COUNTERS_VERSION 1u
#define TL__COUNTERS_MAX     1024u /* entries that are looked at */

struct tl__counters_head {
    char magic[8];
    uint32_t version, count;
    uint64_t pid, started_ms;
};

struct tl__counters_entry {
    char key[32]; /* filled up with NUL, the last byte is one */
    uint64_t value;
};

/* Fills all of the view but `is_running` from a file, which is at an address aligned to eight bytes and may
 * change meanwhile. TL_BAD_TEXT. */
enum tl_status tl__counters_parse(struct tl_bytes file, struct tl_counters_view *ret_view);

#endif
