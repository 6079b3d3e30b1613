/* stream: the library's first floor with system calls - endpoints as users write them, sockets opened from
 * them, and a blocking reader and writer on a file descriptor. Nothing beyond libc; no thread, no signal, no
 * log.
 *
 * A function that fails with TL_SYSTEM leaves the reason in errno. Objects belong to one thread at a time. */
#ifndef TAPLINE_STREAM_H
#define TAPLINE_STREAM_H

#include <tapline/core.h>

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Endpoints ------------------------------------------------------------------------------------------- */

enum tl_endpoint_kind { TL_ENDPOINT_UNIX, TL_ENDPOINT_TCP, TL_ENDPOINT_FILE, TL_ENDPOINT_STANDARD };

#define TL_ENDPOINT_PATH_SIZE 4096 /* with the NUL; a unix socket's path holds at most 107 bytes */
#define TL_ENDPOINT_HOST_SIZE 256
#define TL_ENDPOINT_PORT_SIZE 32

struct tl_endpoint {
    enum tl_endpoint_kind kind;
    char path[TL_ENDPOINT_PATH_SIZE]; /* unix, file */
    char host[TL_ENDPOINT_HOST_SIZE]; /* tcp: name or address; an IPv6 address without its brackets */
    char port[TL_ENDPOINT_PORT_SIZE]; /* tcp: number or service */
};

/* "unix:PATH", "tcp:HOST:PORT" ("tcp:[::1]:6000"; an empty host or "*" listens everywhere), "file:PATH", "-";
 * any other text is the path of a file. TL_BAD_TEXT (no port or one above 65535, empty path, bracket
 * missing), TL_BAD_LENGTH (a part too long). */
TL_API enum tl_status tl_endpoint_parse(const char *text, struct tl_endpoint *ret_endpoint);

/* The text that tl_endpoint_parse takes; at most `size` bytes with the NUL. Returns the length it would need.
 */
TL_API size_t tl_endpoint_print(const struct tl_endpoint *endpoint, char *buffer, size_t size);

/* Who may connect to a unix socket; ignored for TCP. -1 in a field: leave as it is. */
struct tl_listen_options {
    long owner; /* uid */
    long group; /* gid */
    long mode;  /* permission bits, 0 to 0777 */
};

/* A listening socket, non-blocking and close-on-exec. A stale unix socket (nobody accepts on it) is replaced;
 * one that is in use fails with EADDRINUSE, and anything else at the path with EEXIST: it is never removed.
 * `ret_fds` takes up to `max` sockets (a host may have several addresses; after a failure some may be -1),
 * `ret_count` how many.
 * TL_BAD_ARGUMENT if the kind cannot listen, TL_BAD_TEXT if the host or port is unknown, TL_SYSTEM. */
TL_API enum tl_status tl_endpoint_listen(const struct tl_endpoint *endpoint,
                                         const struct tl_listen_options *options, int *ret_fds, size_t max,
                                         size_t *ret_count);

/* A connected socket, or the file opened for reading; blocking, close-on-exec. The owner closes it (not
 * standard input's, which is 0). Statuses as tl_endpoint_listen. */
TL_API enum tl_status tl_endpoint_open(const struct tl_endpoint *endpoint, int *ret_fd);

/* Who is at the other end of a connected socket: "unix:pid 812 uid 53", "tcp:[2001:db8::1]:40312", "unknown";
 * at most `size` bytes with the NUL. */
TL_API void tl_peer_print(int fd, char *buffer, size_t size);

/* Reading and writing ----------------------------------------------------------------------------------- */

/* Reads once, at least one byte unless the end is reached; EINTR is handled. TL_OK with `*ret_size` of 1 to
 * `size`, TL_END, TL_SYSTEM. */
TL_API enum tl_status tl_read(int fd, void *buffer, size_t size, size_t *ret_size);

/* Writes everything, however many calls that takes; waits with poll(2) if the descriptor is non-blocking.
 * `*ret_size` (may be NULL) is what was written, also on failure. TL_SYSTEM. */
TL_API enum tl_status tl_write(int fd, struct tl_bytes bytes, size_t *ret_size);

#ifdef __cplusplus
}
#endif

#endif
