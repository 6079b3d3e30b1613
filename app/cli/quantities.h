/* cli/quantities: numbers for a person to read. Each function returns a text that lives until the tenth call
 * of any of them from now on. */
#ifndef CLI_QUANTITIES_H
#define CLI_QUANTITIES_H

#include <stdint.h>

/* "1,234,567" */
const char *quantity_number(uint64_t number);

/* "512 B", "1.5 KiB", "189.0 MiB" */
const char *quantity_size(uint64_t bytes);

/* "0.5 s", "42 s", "3m 20s", "4h 5m", "3d 4h" */
const char *quantity_duration(uint64_t ms);

/* "2026-11-23 21:59:00", local time; "?" after the year 9999. */
const char *quantity_time(uint64_t ms);

/* "8.1" */
const char *quantity_ratio(uint64_t above, uint64_t below);

#endif
