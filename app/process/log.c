/* Lines on standard error. Invariant: a line is one write(2), so that those of several threads and processes
 * stay whole, and a repeated trouble cannot fill a disk. */
#include "process/log.h"

#include "process/clock.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_SIZE 2048

static const char *prefix = "tapline";

void process_log_init(const char *new_prefix)
{
    prefix = new_prefix;
}

static void put_line(const char *format, va_list arguments, uint64_t omitted)
{
    char line[LINE_SIZE];
    size_t used = (size_t)snprintf(line, sizeof(line), "%s: ", prefix);
    int length = vsnprintf(line + used, sizeof(line) - used, format, arguments);

    if (length < 0)
        return;
    used += (size_t)length;
    if (used < sizeof(line) && omitted)
        used += (size_t)snprintf(line + used, sizeof(line) - used, " (and %llu times more before)",
                                 (unsigned long long)omitted);
    if (used > sizeof(line) - 1)
        used = sizeof(line) - 1;
    for (size_t i = 0; i < used; i++) { /* paths and peers' words may hold anything */
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    }
    line[used++] = '\n';
    if (write(STDERR_FILENO, line, used) < 0)
        return; /* nowhere left to say it */
}

void process_log(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    put_line(format, arguments, 0);
    va_end(arguments);
}

/* True if there may be another line now. */
static bool may_log(struct process_limit *limit)
{
    uint64_t now = process_clock_ms() / 1000 + 1; /* never 0, which is the beginning of a fresh limit */

    if (!limit->begin || now >= limit->begin + PROCESS_LOG_SECONDS) {
        limit->begin = now;
        limit->count = 0;
    }
    return limit->count < (limit->burst ? limit->burst : 1);
}

void process_log_limited(struct process_limit *limit, const char *format, ...)
{
    va_list arguments;

    if (!may_log(limit)) {
        limit->omitted++;
        return;
    }
    va_start(arguments, format);
    put_line(format, arguments, limit->omitted);
    va_end(arguments);
    limit->count++;
    limit->omitted = 0;
}
