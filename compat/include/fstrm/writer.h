/* Writes the frames of a stream. Included by <fstrm.h>. */
#ifndef FSTRM_WRITER_H
#define FSTRM_WRITER_H

struct fstrm_writer_options *fstrm_writer_options_init(void);
void fstrm_writer_options_destroy(struct fstrm_writer_options **options);

/* Adds a copy of a content type that is offered. In one direction the first is meant; on a connection it is
 * the first that the reader takes. Fails if it is longer than FSTRM_CONTROL_FIELD_CONTENT_TYPE_LENGTH_MAX. */
fstrm_res fstrm_writer_options_add_content_type(struct fstrm_writer_options *options,
                                                const void *content_type, size_t size);

/* A writer on `*rdwr`, which it takes (and sets to NULL). NULL if that has no `write`; it is still the
 * caller's then. `options` may be NULL. */
struct fstrm_writer *fstrm_writer_init(const struct fstrm_writer_options *options, struct fstrm_rdwr **rdwr);

/* Closes it if it is open, otherwise returns failure; gives everything back in either case. */
fstrm_res fstrm_writer_destroy(struct fstrm_writer **writer);

/* Opens the stream up to START; success if it is open already. After a failure the connection is closed, and
 * the next attempt begins with a new one. */
fstrm_res fstrm_writer_open(struct fstrm_writer *writer);

/* Ends the stream with STOP, and on a connection waits for FINISH. Fails if it is not open. */
fstrm_res fstrm_writer_close(struct fstrm_writer *writer);

/* One data frame. Opens a writer that was never opened; fails on one that was closed. After a failure it is
 * closed. */
fstrm_res fstrm_writer_write(struct fstrm_writer *writer, const void *data, size_t size);

/* As many data frames as there are pieces. */
fstrm_res fstrm_writer_writev(struct fstrm_writer *writer, const struct iovec *frames, int count);

/* The control frame READY, ACCEPT, START or FINISH that was sent or read, borrowed, or NULL if there was
 * none; opens a writer that was never opened. Failure for any other type. */
fstrm_res fstrm_writer_get_control(struct fstrm_writer *writer, fstrm_control_type type,
                                   struct fstrm_control **control);

#endif
