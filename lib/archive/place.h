/* Reading a stretch of a file at its place, without moving the descriptor. */
#ifndef TL_ARCHIVE_PLACE_H
#define TL_ARCHIVE_PLACE_H

#include <tapline/core.h>

#include <errno.h>
#include <unistd.h>

/* All `size` bytes. TL_SYSTEM; errno is ENODATA if the file ends before. */
static inline enum tl_status read_place(int fd, uint64_t offset, void *to, size_t size)
{
    uint8_t *at = (uint8_t *)to;

    while (size) {
        ssize_t got = pread(fd, at, size, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            errno = got ? errno : ENODATA;
            return TL_SYSTEM;
        }
        at += got;
        offset += (uint64_t)got;
        size -= (size_t)got;
    }
    return TL_OK;
}

#endif
