/* process: what every long-running subcommand needs from the system. log: lines for a person, on standard
 * error. */
#ifndef PROCESS_LOG_H
#define PROCESS_LOG_H

#include <stdint.h>

/* `prefix` stands before each line ("tapline capture"); borrowed for ever. */
void process_log_init(const char *prefix);

/* One line, written with one call. No newline in `format`. Any thread. */
void process_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One kind of trouble: at most `burst` lines every PROCESS_LOG_SECONDS, then one with the number of those
 * that were left out. Zero at first, which means bursts of one; used by one thread. */
#define PROCESS_LOG_SECONDS 5
struct process_limit {
    uint32_t burst;
    uint32_t count;   /* lines since `begin` */
    uint64_t begin;   /* monotonic second */
    uint64_t omitted; /* lines since the last one */
};

void process_log_limited(struct process_limit *limit, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
