/* Writers, from the inside: what the thread (iothr.c) needs to know of them. */
#ifndef COMPAT_WRITER_H
#define COMPAT_WRITER_H

#include "content_types.h"
#include "rdwr.h"

struct fstrm_writer_options {
    struct content_types content_types;
};

/* The transport it stands on, and the content types it offers; both borrowed. */
struct fstrm_rdwr *writer_rdwr(struct fstrm_writer *writer);
const struct content_types *writer_content_types(const struct fstrm_writer *writer);

/* Whether START was sent and nothing has failed since. */
bool writer_is_open(const struct fstrm_writer *writer);

/* As fstrm_writer_writev, and nothing is left in a buffer; `*done` is how many of the frames are out for
 * certain, also after a failure. */
fstrm_res writer_put(struct fstrm_writer *writer, const struct iovec *frames, int count, int *done);

/* Makes it closed, and its transport, without a word to the peer. */
void writer_abort(struct fstrm_writer *writer);

/* Makes it closed, and leaves the transport to whoever else has it: another process, or a copy. */
void writer_forget(struct fstrm_writer *writer);

/* Gives back what the child of a fork has of it (rdwr_leave). */
void writer_leave(struct fstrm_writer *writer);

#endif
