/* What moves the bytes, from the inside. */
#ifndef COMPAT_RDWR_H
#define COMPAT_RDWR_H

#include <fstrm.h>

#include <stdbool.h>

struct fstrm_rdwr {
    void *object;
    fstrm_rdwr_destroy_func destroy;
    fstrm_rdwr_open_func open;
    fstrm_rdwr_close_func close;
    fstrm_rdwr_read_func read;
    fstrm_rdwr_write_func write;
    bool is_open;
    fstrm_res (*flush)(void *object); /* writes out what `write` has only buffered; NULL: it never does */
    const void *kind;                 /* tells our own objects from others and from each other */
};

/* Success if nothing is buffered any more. On failure it was closed. */
fstrm_res rdwr_flush(struct fstrm_rdwr *rdwr);

#endif
