/* process: what every long-running subcommand needs from the system. log: lines for a person, on standard
 * error. */
#ifndef PROCESS_LOG_H
#define PROCESS_LOG_H

#include <stdint.h>

/* `prefix` stands before each line ("tapline capture"); borrowed for ever. */
void process_log_init(const char *prefix);

/* One line, written with one call. No newline in `format`. Any thread. */
void process_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One kind of trouble: at most a line every `PROCESS_LOG_SECONDS`, with the number of those in between that
 * were left out. Zero at first; used by one thread. */
#define PROCESS_LOG_SECONDS 5
struct process_limit {
    uint64_t next; /* monotonic second of the next line */
    uint64_t omitted;
};

void process_log_limited(struct process_limit *limit, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
