/* What a piece of print writes, as a string: an output on a file in memory. */
#ifndef PRINT_PRINTED_H
#define PRINT_PRINTED_H

#include "print/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static inline int printed_open(void)
{
    int fd = memfd_create("printed", 0);
    if (fd < 0)
        abort();
    return fd;
}

/* All that was written to `fd`, with NULs behind, so that a few bytes may be compared anywhere; the caller
 * frees it. */
static inline char *printed_take(int fd, size_t *ret_size)
{
    off_t size = lseek(fd, 0, SEEK_END);
    char *text = calloc(1, (size_t)size + 16);
    if (!text || pread(fd, text, (size_t)size, 0) != size)
        abort();
    if (ret_size)
        *ret_size = (size_t)size;
    close(fd);
    return text;
}

#endif
