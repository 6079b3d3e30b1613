/* What moves the bytes. Invariant: `close` of an object is called once for each `open` that succeeded, at the
 * latest when a read or write failed, but not by destroying it. */
#include "rdwr.h"

#include <stdlib.h>

struct fstrm_rdwr *fstrm_rdwr_init(void *object)
{
    struct fstrm_rdwr *rdwr = calloc(1, sizeof(*rdwr));

    if (rdwr)
        rdwr->object = object;
    return rdwr;
}

fstrm_res fstrm_rdwr_destroy(struct fstrm_rdwr **rdwr)
{
    fstrm_res result = fstrm_res_success;

    if (!*rdwr)
        return result;
    if ((*rdwr)->destroy)
        result = (*rdwr)->destroy((*rdwr)->object);
    free(*rdwr);
    *rdwr = NULL;
    return result;
}

void rdwr_leave(struct fstrm_rdwr *rdwr)
{
    if (!rdwr->kind)
        rdwr->destroy = NULL;
    fstrm_rdwr_destroy(&rdwr);
}

fstrm_res fstrm_rdwr_open(struct fstrm_rdwr *rdwr)
{
    if (!rdwr->open)
        return fstrm_res_failure;
    fstrm_res result = rdwr->open(rdwr->object);
    if (result == fstrm_res_success)
        rdwr->is_open = true;
    return result;
}

fstrm_res fstrm_rdwr_close(struct fstrm_rdwr *rdwr)
{
    if (!rdwr->close)
        return fstrm_res_failure;
    if (!rdwr->is_open)
        return fstrm_res_success;
    rdwr->is_open = false;
    return rdwr->close(rdwr->object);
}

/* What a read, write or flush came to; whatever did not succeed ends the use of the object. */
static fstrm_res closed_unless(fstrm_res result, struct fstrm_rdwr *rdwr)
{
    if (result != fstrm_res_success)
        fstrm_rdwr_close(rdwr);
    return result;
}

fstrm_res fstrm_rdwr_read(struct fstrm_rdwr *rdwr, void *data, size_t size)
{
    if (!rdwr->read || !rdwr->is_open)
        return fstrm_res_failure;
    return closed_unless(rdwr->read(rdwr->object, data, size), rdwr);
}

fstrm_res fstrm_rdwr_write(struct fstrm_rdwr *rdwr, const struct iovec *pieces, int count)
{
    if (!rdwr->write || !rdwr->is_open)
        return fstrm_res_failure;
    return closed_unless(rdwr->write(rdwr->object, pieces, count), rdwr);
}

fstrm_res rdwr_flush(struct fstrm_rdwr *rdwr)
{
    if (!rdwr->flush)
        return fstrm_res_success;
    if (!rdwr->is_open)
        return fstrm_res_failure;
    return closed_unless(rdwr->flush(rdwr->object), rdwr);
}

void fstrm_rdwr_set_destroy(struct fstrm_rdwr *rdwr, fstrm_rdwr_destroy_func function)
{
    rdwr->destroy = function;
}

void fstrm_rdwr_set_open(struct fstrm_rdwr *rdwr, fstrm_rdwr_open_func function)
{
    rdwr->open = function;
}

void fstrm_rdwr_set_close(struct fstrm_rdwr *rdwr, fstrm_rdwr_close_func function)
{
    rdwr->close = function;
}

void fstrm_rdwr_set_read(struct fstrm_rdwr *rdwr, fstrm_rdwr_read_func function)
{
    rdwr->read = function;
}

void fstrm_rdwr_set_write(struct fstrm_rdwr *rdwr, fstrm_rdwr_write_func function)
{
    rdwr->write = function;
}
