/* A capture's archive. Invariant: as long as a queue holds something that belongs into the archive, and that
 * the archive does not hold, its link `queue` points there. */
#include "capture/archive.h"

#include "capture/capture.h"
#include "capture/queue_owner.h"
#include "capture/recover.h"
#include "process/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#define TEMPORARY ".queue.new"

struct tl_archive *archive_take(const char *path, long group)
{
    char text[TL_ARCHIVE_TEXT_SIZE];
    struct tl_archive *archive;
    uint64_t pid = 0;

    if (tl_archive_make(path, group, &archive, text) != TL_OK) {
        process_log("cannot use the archive %s: %s", path, text);
        return NULL;
    }
    enum tl_status status = tl_archive_lock(archive, TL_ARCHIVE_LOCK_WRITE, &pid);
    if (status == TL_OK)
        return archive;
    if (status == TL_FULL)
        process_log("another capture (pid %llu) writes to the archive %s", (unsigned long long)pid, path);
    else
        process_log("cannot lock the archive %s: %s", path, strerror(errno));
    tl_archive_close(archive);
    return NULL;
}

int archive_link_queue(const struct tl_archive *archive, const char *queue_path)
{
    int folder = tl_archive_folder(archive);
    char *absolute = queue_path ? realpath(queue_path, NULL) : NULL;
    int result = 0;

    if (queue_path) {
        unlinkat(folder, TEMPORARY, 0);
        if (!absolute || symlinkat(absolute, folder, TEMPORARY) != 0 ||
            renameat(folder, TEMPORARY, folder, QUEUE_LINK) != 0)
            result = -1;
    } else if (unlinkat(folder, QUEUE_LINK, 0) != 0 && errno != ENOENT) {
        result = -1;
    }
    if (result != 0)
        process_log("cannot change the link %s/" QUEUE_LINK ": %s", tl_archive_path(archive),
                    strerror(errno));
    free(absolute);
    return result;
}

/* Where the link points, in a buffer of PATH_MAX. False if nothing is there, as after a restart of the
 * machine. */
static bool find_queue(const struct tl_archive *archive, char *path)
{
    ssize_t length = readlinkat(tl_archive_folder(archive), QUEUE_LINK, path, PATH_MAX - 1);

    if (length <= 0)
        return false;
    path[length] = '\0';
    return access(path, F_OK) == 0;
}

/* Finishes what lies in the queue, and removes it. */
static int finish_queue(struct tl_archive *archive, const char *path)
{
    const struct output_options options = {.archive = archive, .is_synced = true};
    int fd = recover_open_queue(path, &options);

    if (fd < 0)
        return -1;
    unlink(path);
    close(fd);
    return 0;
}

/* Only tried: whoever locks a queue keeps it locked as long as it is in use. */
static bool is_in_use(const char *path)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    bool is_locked = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;

    if (fd >= 0)
        close(fd);
    return is_locked;
}

/* A copy of an archive whose capture runs has nothing to do with that one's queue. (What a killed one left is
 * not passed over: recovery refuses it, and says where it belongs.) */
static bool is_of_running_other(const struct tl_archive *archive, const char *path)
{
    char owner[PATH_MAX];

    if (!queue_owner_read(archive, owner) || !is_in_use(path))
        return false;
    process_log("%s is a copy of %s, whose capture is running: the queue of that one is left alone",
                tl_archive_path(archive), owner);
    return true;
}

int capture_recover(struct tl_archive *archive)
{
    char path[PATH_MAX];

    if (find_queue(archive, path) && !is_of_running_other(archive, path) && finish_queue(archive, path) != 0)
        return -1;
    return archive_link_queue(archive, NULL);
}
