/* inotify, and the clock for where it says nothing (another machine's changes on a network file system, a
 * used up limit). Invariant: what happens between two waits ends the second one. */
#include "source/watch.h"

#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <sys/inotify.h>
#include <unistd.h>

#define WAIT_WATCHED_MS 1000
#define WAIT_BLIND_MS   200
#define NAMES           (IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF)

void watch_open(struct watch *watch, const char *folder, int stop_fd)
{
    watch->stop_fd = stop_fd;
    watch->fd = -1;
    watch->is_blind = false;
    if (folder)
        watch_add(watch, folder);
}

void watch_add(struct watch *watch, const char *folder)
{
    if (watch->fd < 0)
        watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (watch->fd < 0 || inotify_add_watch(watch->fd, folder, NAMES | IN_MODIFY | IN_ONLYDIR) < 0)
        watch->is_blind = true;
}

void watch_close(struct watch *watch)
{
    if (watch->fd >= 0)
        close(watch->fd);
    watch->fd = -1;
}

/* Takes all that is reported. */
static enum watch_event take_events(int fd)
{
    union {
        struct inotify_event event; /* for its alignment */
        char bytes[16 * (sizeof(struct inotify_event) + NAME_MAX + 1)];
    } buffer;
    enum watch_event result = WATCH_DATA;
    ssize_t size;

    while ((size = read(fd, &buffer, sizeof(buffer))) > 0) {
        const char *at = buffer.bytes;
        while (at < buffer.bytes + size) {
            const struct inotify_event *event = (const struct inotify_event *)(const void *)at;
            if (event->mask & ~(uint32_t)IN_MODIFY) /* overflow and the end of the watch too */
                result = WATCH_NAMES;
            at += sizeof(*event) + event->len;
        }
    }
    return result;
}

enum watch_event watch_wait(struct watch *watch)
{
    struct pollfd fds[2] = {{.fd = watch->stop_fd, .events = POLLIN}, {.fd = watch->fd, .events = POLLIN}};
    int count = poll(fds, 2, watch->fd >= 0 && !watch->is_blind ? WAIT_WATCHED_MS : WAIT_BLIND_MS);

    if (count > 0 && fds[0].revents)
        return WATCH_STOP;
    if (count > 0 && fds[1].revents)
        return take_events(watch->fd);
    return WATCH_TIME;
}

bool watch_is_stopped(const struct watch *watch)
{
    struct pollfd fd = {.fd = watch->stop_fd, .events = POLLIN};

    return poll(&fd, 1, 0) > 0;
}
