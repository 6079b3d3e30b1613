/* Looks into the head of a queue that may be anybody's, and may be in use. Invariant: nothing is changed, and
 * nothing locked. */
#include "capture/queue_owner.h"

#include "capture/queue.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool queue_owner_is_other(const struct tl_archive *archive, const char *path)
{
    struct stat ours, other;

    if (strcmp(path, tl_archive_path(archive)) == 0 || !tl_archive_is(path))
        return false;
    return fstat(tl_archive_folder(archive), &ours) != 0 || stat(path, &other) != 0 ||
           ours.st_dev != other.st_dev || ours.st_ino != other.st_ino;
}

static bool read_at(int fd, size_t offset, void *ret_bytes, size_t size)
{
    return pread(fd, ret_bytes, size, (off_t)offset) == (ssize_t)size;
}

/* The archive that the open file, or the last one, belongs to. False if it is none of an archive, or if this
 * is no queue whose layout is known. */
static bool read_owner(int fd, char ret_owner[PATH_MAX])
{
    uint32_t version = 0, which = 0;
    uint64_t segment = 0;

    if (!read_at(fd, offsetof(struct queue_head, version), &version, sizeof(version)) ||
        version != QUEUE_VERSION || !read_at(fd, offsetof(struct queue_head, file), &which, sizeof(which)))
        return false;
    size_t file = offsetof(struct queue_head, files) + (which & 1) * sizeof(struct queue_file);
    if (!read_at(fd, file + offsetof(struct queue_file, segment), &segment, sizeof(segment)) || !segment ||
        !read_at(fd, file + offsetof(struct queue_file, path), ret_owner, PATH_MAX))
        return false;
    ret_owner[PATH_MAX - 1] = '\0';
    return true;
}

bool queue_owner_read(const struct tl_archive *archive, char ret_owner[PATH_MAX])
{
    char owner[PATH_MAX];
    int fd = openat(tl_archive_folder(archive), QUEUE_LINK, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    bool is_other = fd >= 0 && read_owner(fd, owner) && queue_owner_is_other(archive, owner);

    if (fd >= 0)
        close(fd);
    if (is_other)
        memcpy(ret_owner, owner, PATH_MAX);
    return is_other;
}
