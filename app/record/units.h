/* record/units: sizes and durations as users write them. */
#ifndef RECORD_UNITS_H
#define RECORD_UNITS_H

#include <stdbool.h>
#include <stdint.h>

/* "4096", "64KiB", "1MiB", "2GiB", "1TiB", "10kB", "1MB", "1GB", "1TB": bytes. False if it is none. */
bool record_parse_size(const char *text, uint64_t *ret_bytes);

/* "500ms", "1s", "10m", "1h", "30d", "2w": milliseconds. A number needs its unit, but 0 does not. False if it
 * is none. */
bool record_parse_duration(const char *text, uint64_t *ret_ms);

/* The same to the nanosecond, and also "500us", "200ns": nanoseconds. */
bool record_parse_nanoseconds(const char *text, uint64_t *ret_ns);

#endif
