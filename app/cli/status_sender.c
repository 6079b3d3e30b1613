/* Reading a sender's statistics. Invariant: a file that is old, or whose process is gone, is never taken for
 * one of a sender that runs. */
#include "cli/status_sender.h"

#include "process/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <tapline/stream.h>
#include <unistd.h>

#define READ_MAX 65536 /* a newer sender may have more to tell */
#define FRESH_MS 5000  /* one is written every second */

static const struct {
    const char *name, *text;
} states[] = {
    [STATUS_SENDER_RUNNING] = {"running", "running"},
    [STATUS_SENDER_STOPPED] = {"stopped", "stopped in good order"},
    [STATUS_SENDER_GONE] = {"gone", "gone: it crashed or was killed; these are its last counts"},
    [STATUS_SENDER_SILENT] = {"silent",
                              "silent: there is such a process, but it does not write the file any more"},
    [STATUS_SENDER_UNSEEN] = {"unseen", "running, or just ended: its process cannot be seen from here"},
};

const char *status_sender_state_name(enum status_sender_state state)
{
    return states[state].name;
}

const char *status_sender_state_text(enum status_sender_state state)
{
    return states[state].text;
}

bool status_sender_is_file(const char *path)
{
    struct stat found;

    return stat(path, &found) == 0 && !S_ISDIR(found.st_mode);
}

/* State ------------------------------------------------------------------------------------------------- */

static bool has_ended(const struct tl_sender_statistics *statistics)
{
    for (size_t i = 0; i < statistics->endpoint_count; i++) {
        if (statistics->endpoints[i].link != TL_SENDER_LINK_CLOSED)
            return false;
    }
    return statistics->endpoint_count > 0;
}

static bool is_there(uint64_t pid)
{
    return pid > 0 && pid <= INT_MAX && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
}

enum status_sender_state status_sender_state_of(const struct tl_sender_file *file, uint64_t now_ms)
{
    uint64_t written_ms = status_sender_ms(file->written);
    uint64_t apart = written_ms < now_ms ? now_ms - written_ms : written_ms - now_ms;

    if (has_ended(&file->statistics))
        return STATUS_SENDER_STOPPED;
    if (apart <= FRESH_MS)
        return is_there(file->pid) ? STATUS_SENDER_RUNNING : STATUS_SENDER_UNSEEN;
    return is_there(file->pid) ? STATUS_SENDER_SILENT : STATUS_SENDER_GONE;
}

uint64_t status_sender_lost(const struct tl_sender_file *file)
{
    uint64_t lost = file->statistics.submitted - file->statistics.lanes.accepted;

    for (size_t i = 0; i < file->statistics.endpoint_count; i++) {
        const struct tl_sender_endpoint_statistics *of = &file->statistics.endpoints[i];
        lost += of->dropped_oldest + of->dropped_lagging + of->dropped_at_close + of->unconfirmed;
    }
    return lost;
}

/* Reading ----------------------------------------------------------------------------------------------- */

/* What cannot be read (a folder, a FIFO without anybody) is no such file either. */
static const char *read_file(const char *path, char *buffer, size_t *ret_size)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    struct stat found;

    if (fd < 0)
        return strerror(errno);
    if (fstat(fd, &found) != 0 || !S_ISREG(found.st_mode)) {
        close(fd);
        return "it is neither an archive nor a sender's statistics";
    }
    enum tl_status status = tl_read(fd, buffer, READ_MAX, ret_size);
    const char *why = status == TL_SYSTEM ? strerror(errno) : NULL;
    close(fd);
    return why;
}

const char *status_sender_take(const char *path, struct status_sender *ret_sender)
{
    char buffer[READ_MAX];
    size_t size = 0;
    struct tl_sender_file file;
    const char *why = read_file(path, buffer, &size);

    if (why)
        return why;
    switch (tl_sender_file_parse(tl_bytes(buffer, size), &file)) {
    case TL_OK: break;
    case TL_BAD_VERSION: return "its sender has a newer format: use a newer tapline";
    case TL_TRUNCATED: return "it is damaged: it ends in the middle of a line";
    default: return "it is neither an archive nor a sender's statistics, or damaged";
    }
    if (!file.pid || !file.written.seconds)
        return "it is damaged: it does not tell whose it is, or when it was written";
    ret_sender->file = file;
    ret_sender->now_ms = process_clock_day_ms();
    ret_sender->state = status_sender_state_of(&file, ret_sender->now_ms);
    return NULL;
}
