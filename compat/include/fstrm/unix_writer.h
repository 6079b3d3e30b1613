/* A writer on a unix socket. Included by <fstrm.h>. */
#ifndef FSTRM_UNIX_WRITER_H
#define FSTRM_UNIX_WRITER_H

struct fstrm_unix_writer_options *fstrm_unix_writer_options_init(void);
void fstrm_unix_writer_options_destroy(struct fstrm_unix_writer_options **options);

/* Copies the path; NULL takes it back. */
void fstrm_unix_writer_options_set_socket_path(struct fstrm_unix_writer_options *options, const char *path);

/* How long the peer may take to accept the connection and to answer READY and STOP, in milliseconds: 5000
 * unless it is set, 0 for ever. */
void fstrm_unix_writer_options_set_read_timeout(struct fstrm_unix_writer_options *options,
                                                unsigned milliseconds);

/* NULL if there is no path, or if it is longer than 107 bytes. Connects when the writer is opened.
 * `writer_options` may be NULL. */
struct fstrm_writer *fstrm_unix_writer_init(const struct fstrm_unix_writer_options *options,
                                            const struct fstrm_writer_options *writer_options);

#endif
