/* What moves the bytes, from the inside. */
#ifndef COMPAT_RDWR_H
#define COMPAT_RDWR_H

#include <fstrm.h>

#include <stdbool.h>

/* Bytes that were given to a transport which buffers, and of these those that are out for certain. */
struct rdwr_bytes {
    uint64_t taken, out;
};

struct fstrm_rdwr {
    void *object;
    fstrm_rdwr_destroy_func destroy;
    fstrm_rdwr_open_func open;
    fstrm_rdwr_close_func close;
    fstrm_rdwr_read_func read;
    fstrm_rdwr_write_func write;
    bool is_open;
    fstrm_res (*flush)(void *object); /* writes out what `write` has only buffered; NULL: it never does */
    struct rdwr_bytes (*bytes)(void *object); /* with `flush`; also after a failure, which closed it */
    const void *kind;                         /* tells our own objects from others and from each other */
};

/* In the child of a fork, whose parent goes on using its copy: destroys one of our own objects, which says
 * nothing to anybody; a program's, which may, is left as it is. */
void rdwr_leave(struct fstrm_rdwr *rdwr);

/* Success if nothing is buffered any more. On failure it was closed. */
fstrm_res rdwr_flush(struct fstrm_rdwr *rdwr);

#endif
