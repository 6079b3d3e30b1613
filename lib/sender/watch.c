/* The appearance of unix sockets. Invariant: a watch only ever makes an attempt earlier; where there is none,
 * the next attempt comes by itself. */
#include "watch.h"

#include "drive.h"

#include <sys/inotify.h>
#include <unistd.h>

#define EVENTS (IN_CREATE | IN_MOVED_TO | IN_ATTRIB)

static const char *name_in_folder(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static int watch_folder_of(int watch_fd, const char *path)
{
    char folder[TL_ENDPOINT_PATH_SIZE];
    size_t length = (size_t)(name_in_folder(path) - path);

    if (length == 0)
        return inotify_add_watch(watch_fd, ".", EVENTS);
    memcpy(folder, path, length);
    folder[length] = '\0';
    return inotify_add_watch(watch_fd, folder, EVENTS);
}

void watch_begin(struct route *route)
{
    for (size_t i = 0; i < route->endpoint_count; i++) {
        struct endpoint *endpoint = &route->endpoints[i];
        if (!endpoint->has_transport && endpoint->address.kind == TL_ENDPOINT_UNIX && endpoint->watch < 0)
            endpoint->watch = watch_folder_of(route->sender->watch_fd, endpoint->address.path);
    }
}

/* Endpoints in one folder have one watch. */
static bool is_shared(const struct tl_sender *sender, const struct endpoint *endpoint)
{
    for (size_t i = 0; i < sender->endpoint_count; i++) {
        const struct endpoint *other = &sender->endpoints[i];
        if (other != endpoint && other->watch == endpoint->watch)
            return true;
    }
    return false;
}

void watch_end(struct route *route)
{
    for (size_t i = 0; i < route->endpoint_count; i++) {
        struct endpoint *endpoint = &route->endpoints[i];
        if (endpoint->watch >= 0 && !is_shared(route->sender, endpoint))
            inotify_rm_watch(route->sender->watch_fd, endpoint->watch);
        endpoint->watch = -1;
    }
}

static void note_appearance(struct tl_sender *sender, const struct inotify_event *event, uint64_t now)
{
    for (size_t r = 0; r < sender->route_count; r++) {
        struct route *route = &sender->routes[r];
        for (size_t i = 0; i < route->endpoint_count; i++) {
            struct endpoint *endpoint = &route->endpoints[i];
            if (endpoint->watch != event->wd)
                continue;
            if (event->mask & IN_IGNORED)
                endpoint->watch = -1; /* the folder is gone */
            else if (event->len && strcmp(event->name, name_in_folder(endpoint->address.path)) == 0)
                drive_retry_now(route, now);
        }
    }
}

void watch_read(struct tl_sender *sender, uint64_t now)
{
    char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    ssize_t got = read(sender->watch_fd, buffer, sizeof(buffer));

    for (ssize_t at = 0; at < got;) {
        const struct inotify_event *event = (const struct inotify_event *)(const void *)(buffer + at);
        note_appearance(sender, event, now);
        at += (ssize_t)sizeof(*event) + (ssize_t)event->len;
    }
}
