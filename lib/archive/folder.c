/* Files and folders in an archive. Invariant: a file that is replaced is the old one or the new one, whole,
 * at every moment, and also after a power cut. */
#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <tapline/stream.h>
#include <unistd.h>

void tl__close(int fd)
{
    int error = errno;

    if (fd >= 0)
        close(fd);
    errno = error;
}

enum tl_status tl__adopt(int folder, int fd)
{
    struct stat owned;

    if (geteuid() != 0)
        return TL_OK;
    return fstat(folder, &owned) == 0 && (owned.st_uid == 0 || fchown(fd, owned.st_uid, owned.st_gid) == 0)
               ? TL_OK
               : TL_SYSTEM;
}

enum tl_status tl__make_folder(int parent, const char *name, mode_t mode)
{
    struct stat above;

    if (mkdirat(parent, name, mode) != 0)
        return errno == EEXIST ? TL_OK : TL_SYSTEM;
    if (fstat(parent, &above) != 0 || fchmodat(parent, name, mode | (above.st_mode & S_ISGID), 0) != 0)
        return TL_SYSTEM;
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    enum tl_status status = fd < 0 ? TL_SYSTEM : tl__adopt(parent, fd);
    tl__close(fd);
    return status;
}

static enum tl_status read_regular(int fd, size_t most, char **ret_data, size_t *ret_size)
{
    struct stat found;
    size_t size = 0;

    if (fstat(fd, &found) != 0)
        return TL_SYSTEM;
    if (!S_ISREG(found.st_mode) || (uint64_t)found.st_size > most)
        return TL_BAD_TEXT;
    char *data = malloc((size_t)found.st_size + 1);
    if (!data)
        return TL_NO_MEMORY;
    /* What is appended meanwhile is not looked at; what is cut off meanwhile ends it. */
    while (size < (size_t)found.st_size) {
        ssize_t count = pread(fd, data + size, (size_t)found.st_size - size, (off_t)size);
        if (count == 0)
            break;
        if (count < 0 && errno != EINTR) {
            free(data);
            return TL_SYSTEM;
        }
        size += count > 0 ? (size_t)count : 0;
    }
    data[size] = '\0';
    *ret_data = data;
    *ret_size = size;
    return TL_OK;
}

enum tl_status tl__read_file(int folder, const char *name, size_t most, char **ret_data, size_t *ret_size)
{
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT)
        return TL_END;
    if (fd < 0)
        return errno == ELOOP || errno == ENXIO ? TL_BAD_TEXT : TL_SYSTEM; /* a link, a socket */
    enum tl_status status = read_regular(fd, most, ret_data, ret_size);
    tl__close(fd);
    return status;
}

static enum tl_status make_file(int folder, const char *name, mode_t mode, struct tl_bytes bytes)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);

    if (fd < 0)
        return TL_SYSTEM;
    enum tl_status status = tl__adopt(folder, fd);
    if (status == TL_OK)
        status = fchmod(fd, mode) == 0 ? tl_write(fd, bytes, NULL) : TL_SYSTEM;
    if (status == TL_OK && fsync(fd) != 0)
        status = TL_SYSTEM;
    tl__close(fd);
    return status;
}

enum tl_status tl__replace_file(int folder, const char *name, const char *temporary, mode_t mode,
                                struct tl_bytes bytes)
{
    /* Of somebody who was killed in here. */
    if (unlinkat(folder, temporary, 0) != 0 && errno != ENOENT)
        return TL_SYSTEM;
    if (make_file(folder, temporary, mode, bytes) != TL_OK ||
        renameat(folder, temporary, folder, name) != 0) {
        int error = errno;
        unlinkat(folder, temporary, 0);
        errno = error;
        return TL_SYSTEM;
    }
    return fsync(folder) == 0 ? TL_OK : TL_SYSTEM;
}
