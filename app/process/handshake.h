/* process/handshake: the sending end of a stream over a connection to a receiver that is waited for. */
#ifndef PROCESS_HANDSHAKE_H
#define PROCESS_HANDSHAKE_H

#include <tapline/frame.h>

/* Offers `content_type`, which is borrowed until process_handshake_finish, and begins the stream once the
 * receiver has taken it: data frames may follow. NULL, or why it did not come to that. */
const char *process_handshake_open(int fd, struct tl_bytes content_type, struct tl_sender_end *ret_end);

/* STOP, and FINISH awaited, by which the receiver says that it has everything. NULL, or why it did not. */
const char *process_handshake_finish(int fd, struct tl_sender_end *end);

/* Why sending to a receiver failed, as errno has it. The text lives until the next call of strerror(3). */
const char *process_handshake_text(void);

#endif
