/* stream: the library's first floor with system calls - endpoints as users write them, sockets opened from
 * them, with and without waiting, and a blocking reader and writer on a file descriptor. Nothing beyond libc;
 * no thread, no signal, no log.
 *
 * A function that fails with TL_SYSTEM leaves the reason in errno. Objects belong to one thread at a time. */
#ifndef TAPLINE_STREAM_H
#define TAPLINE_STREAM_H

#include <tapline/core.h>

#include <netinet/in.h>
#include <sys/socket.h>
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

/* Connecting without waiting ---------------------------------------------------------------------------- */

#define TL_ADDRESSES_MAX 16 /* of one host; any more are passed over */

union tl_socket_address {
    struct sockaddr any; /* AF_INET or AF_INET6 */
    struct sockaddr_in four;
    struct sockaddr_in6 six;
};

struct tl_addresses {
    size_t count;
    size_t tried; /* of them: tl_connect_begin begins with the first */
    union tl_socket_address list[TL_ADDRESSES_MAX];
};

/* The addresses of a tcp endpoint. With `asks` a host that is a name is looked for in files and in the DNS,
 * which may take half a minute and cannot be interrupted; without, it is TL_BAD_TEXT at once.
 * TL_BAD_TEXT (host or port unknown), TL_SYSTEM, TL_BAD_ARGUMENT (another kind). */
TL_API enum tl_status tl_endpoint_look_up(const struct tl_endpoint *endpoint, bool asks,
                                          struct tl_addresses *ret_addresses);

/* Begins to connect, to the addresses one after the other (unix: none are needed, NULL). TL_OK: `*fd` is a
 * connected socket, non-blocking, close-on-exec, the caller's. TL_MORE: it is on its way; tl_connect_next is
 * due when poll(2) finds it writable. TL_SYSTEM: none can be had, `*fd` is as before or -1 (EAGAIN on a unix
 * socket: too many connections wait there to be accepted). TL_BAD_ARGUMENT: another kind, or no address. */
TL_API enum tl_status tl_connect_begin(const struct tl_endpoint *endpoint, struct tl_addresses *addresses,
                                       int *fd);

/* Goes on after TL_MORE. `is_late`: the address has had its time, and the next is to be tried. As
 * tl_connect_begin; TL_TIME_UP: it was the last. After a failure `*fd` is -1. */
TL_API enum tl_status tl_connect_next(struct tl_addresses *addresses, bool is_late, int *fd);

/* When the address that is on its way will have had its time, so that every one is tried until `until`; in
 * any unit. */
TL_API uint64_t tl_connect_due(const struct tl_addresses *addresses, uint64_t now, uint64_t until);

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
