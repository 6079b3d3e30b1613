/* A writer on a TCP connection. Included by <fstrm.h>. */
#ifndef FSTRM_TCP_WRITER_H
#define FSTRM_TCP_WRITER_H

struct fstrm_tcp_writer_options *fstrm_tcp_writer_options_init(void);
void fstrm_tcp_writer_options_destroy(struct fstrm_tcp_writer_options **options);

/* An IPv4 or IPv6 address, no name; copied. NULL takes it back. */
void fstrm_tcp_writer_options_set_socket_address(struct fstrm_tcp_writer_options *options,
                                                 const char *address);

/* A number as strtoul(3) reads it with base 0; copied. NULL takes it back. */
void fstrm_tcp_writer_options_set_socket_port(struct fstrm_tcp_writer_options *options, const char *port);

/* How long the peer may take to accept the connection and to answer READY and STOP, in milliseconds: 5000
 * unless it is set, 0 for ever. */
void fstrm_tcp_writer_options_set_read_timeout(struct fstrm_tcp_writer_options *options,
                                               unsigned milliseconds);

/* NULL if address or port are missing, no address, or no number up to 65535. Connects when the writer is
 * opened. `writer_options` may be NULL. */
struct fstrm_writer *fstrm_tcp_writer_init(const struct fstrm_tcp_writer_options *options,
                                           const struct fstrm_writer_options *writer_options);

#endif
