/* Locks with the pid of their owner. Invariant: the lock alone says whether there is an owner; the text is
 * merely its name, and always of the same length, so that writing it needs no room on a full disk. */
#include "lock.h"

#include "folder.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_SIZE 21 /* the digits of 2^64 - 1 and a newline; shorter ones are filled up with spaces */

static const char *const names[] = {[TL_ARCHIVE_LOCK_WRITE] = "lock", [TL_ARCHIVE_LOCK_PACK] = "lock.pack"};

/* `pid` 0: an empty line. A failure is no failure of the lock. */
static void write_pid(int fd, uint64_t pid)
{
    char text[TEXT_SIZE];
    struct tl_builder to = tl_builder(text, sizeof(text));

    memset(text, ' ', sizeof(text));
    text[TEXT_SIZE - 1] = '\n';
    if (pid)
        tl_builder_put_decimal(&to, pid, 0);
    while (pwrite(fd, text, sizeof(text), 0) < 0 && errno == EINTR)
        ;
}

/* 0 if it does not say. */
static uint64_t read_pid(int fd)
{
    char text[TEXT_SIZE];
    ssize_t size = pread(fd, text, sizeof(text), 0);
    struct tl_cursor from = tl_cursor(tl_bytes(text, size > 0 ? (size_t)size : 0));
    uint64_t pid = 0;

    return tl__is_number(tl__take_until(&from, ' '), &pid) ? pid : 0;
}

static struct flock whole(void)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

/* Is the locked file still the one of that name? */
static bool has_name(int fd, int folder, const char *name)
{
    struct stat ours, named;

    return fstat(fd, &ours) == 0 && fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

static enum tl_status take(int fd, uint64_t *ret_pid)
{
    struct flock lock = whole();

    if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
        return TL_OK;
    if (errno != EAGAIN && errno != EACCES)
        return TL_SYSTEM;
    *ret_pid = read_pid(fd);
    return TL_FULL;
}

/* Was it made just now? Then it is ours to correct, and otherwise as somebody wants it.
 * What has another name as well was brought here from elsewhere. */
static bool is_new(const struct stat *file)
{
    return file->st_size == 0 && file->st_nlink == 1 && file->st_uid == geteuid();
}

static int open_lock(int folder, const char *name, mode_t mode)
{
    int fd = openat(folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, mode);
    struct stat found;

    if (fd < 0 || fstat(fd, &found) != 0 || !is_new(&found))
        return fd;
    if (tl__adopt(folder, fd) == TL_OK && fchmod(fd, mode) == 0)
        return fd;
    tl__close(fd);
    return -1;
}

enum tl_status tl__lock(int folder, const char *name, mode_t mode, int *ret_fd, uint64_t *ret_pid)
{
    for (;;) {
        int fd = open_lock(folder, name, mode);
        if (fd < 0)
            return TL_SYSTEM;
        enum tl_status status = take(fd, ret_pid);
        if (status != TL_OK) {
            tl__close(fd);
            return status;
        }
        if (has_name(fd, folder, name)) {
            write_pid(fd, (uint64_t)getpid());
            *ret_fd = fd;
            return TL_OK;
        }
        tl__close(fd);
    }
}

void tl__unlock(int fd)
{
    if (fd < 0)
        return;
    write_pid(fd, 0);
    tl__close(fd);
}

uint64_t tl__lock_owner(int folder, const char *name)
{
    int error = errno, fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct flock lock = whole();
    uint64_t pid = 0;

    if (fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK) {
        pid = read_pid(fd);
        pid = pid ? pid : UINT64_MAX;
    }
    tl__close(fd);
    errno = error;
    return pid;
}

enum tl_status tl_archive_lock(struct tl_archive *archive, enum tl_archive_lock lock, uint64_t *ret_pid)
{
    if (archive->locks[lock] >= 0)
        return TL_OK;
    return tl__lock(archive->folder, names[lock], TL__FILE_MODE, &archive->locks[lock], ret_pid);
}

void tl_archive_unlock(struct tl_archive *archive, enum tl_archive_lock lock)
{
    tl__unlock(archive->locks[lock]);
    archive->locks[lock] = -1;
}

uint64_t tl_archive_lock_owner(const struct tl_archive *archive, enum tl_archive_lock lock)
{
    return tl__lock_owner(archive->folder, names[lock]);
}
