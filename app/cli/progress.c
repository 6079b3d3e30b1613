/* Progress on a terminal. Invariant: nothing is written but to a terminal, and no byte of a file's name can
 * steer it. */
#include "cli/progress.h"

#include "process/clock.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define PROGRESS_MS 500
#define TEXT_SIZE   256

static volatile sig_atomic_t is_stopped;

static void stop(int signal)
{
    (void)signal;
    is_stopped = 1;
}

void progress_begin(struct progress *progress, bool is_shown)
{
    *progress = (struct progress){.is_shown = is_shown, .due = process_clock_ms() + PROGRESS_MS};
}

void progress_init(struct progress *progress)
{
    struct sigaction action = {.sa_handler = stop, .sa_flags = (int)SA_RESETHAND};

    progress_begin(progress, isatty(STDERR_FILENO));
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool progress_is_stopped(void)
{
    return is_stopped;
}

bool progress_is_due(struct progress *progress)
{
    return progress->is_shown && process_clock_ms() >= progress->due;
}

void progress_show(struct progress *progress, const char *format, ...)
{
    char text[TEXT_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    for (char *c = text; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    }
    fprintf(stderr, "\r%s\033[K", text);
    progress->due = process_clock_ms() + PROGRESS_MS;
    progress->is_on = true;
}

void progress_clear(struct progress *progress)
{
    if (progress->is_on)
        fputs("\r\033[K", stderr);
    progress->is_on = false;
}
