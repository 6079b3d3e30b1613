/* Where the frames of a thread go. Invariant: until targets_take nothing of the writer has changed, so that
 * it is still the caller's if the thread cannot be started. */
#include "targets.h"
#include "socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

/* A peer of a writer that carries the frames itself may take nothing for so long. */
#define STALL_MS 10000

/* The context of the transport: a writer that carries the frames. */
struct carrier {
    struct fstrm_writer *writer;
};

/* Failures of the transport's system calls have an errno, all others 0: not that of something else before. */
static enum tl_status carrier_open(void *context)
{
    struct carrier *carrier = context;

    errno = 0;
    return fstrm_writer_open(carrier->writer) == fstrm_res_success ? TL_OK : TL_SYSTEM;
}

static enum tl_status carrier_write(void *context, const struct iovec *frames, int count, int *ret_done)
{
    struct carrier *carrier = context;

    errno = 0;
    return writer_put(carrier->writer, frames, count, ret_done) == fstrm_res_success ? TL_OK : TL_SYSTEM;
}

static enum tl_status carrier_close(void *context, bool in_order)
{
    struct carrier *carrier = context;

    if (!in_order) {
        writer_abort(carrier->writer);
        return TL_OK;
    }
    return fstrm_writer_close(carrier->writer) == fstrm_res_success ? TL_OK : TL_SYSTEM;
}

static void carrier_free(void *context)
{
    struct carrier *carrier = context;

    fstrm_writer_destroy(&carrier->writer);
    free(carrier);
}

static void carrier_leave(void *context)
{
    struct carrier *carrier = context;

    writer_leave(carrier->writer);
    free(carrier);
}

static bool make_carrier(struct fstrm_writer *writer, struct tl_sender_transport *ret_transport)
{
    struct carrier *carrier = calloc(1, sizeof(*carrier));

    if (!carrier)
        return false;
    carrier->writer = writer;
    *ret_transport = (struct tl_sender_transport){.context = carrier,
                                                  .open = carrier_open,
                                                  .write = carrier_write,
                                                  .close = carrier_close,
                                                  .free = carrier_free,
                                                  .leave = carrier_leave};
    return true;
}

/* The address of a link as tl_endpoint_parse takes it; false if there is none. */
static bool print_address(const struct socket_link *link, char *text)
{
    const struct sockaddr_un *local = (const struct sockaddr_un *)&link->address;
    const struct sockaddr_in *four = (const struct sockaddr_in *)&link->address;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&link->address;
    char address[TL_ADDRESS_TEXT_SIZE];

    switch (link->address.ss_family) {
    case AF_UNIX: snprintf(text, OWN_ADDRESS_SIZE, "unix:%s", local->sun_path); return local->sun_path[0];
    case AF_INET:
        tl_address_print(tl_bytes(&four->sin_addr, 4), address);
        snprintf(text, OWN_ADDRESS_SIZE, "tcp:%s:%u", address, ntohs(four->sin_port));
        return four->sin_port;
    default:
        tl_address_print(tl_bytes(&six->sin6_addr, 16), address);
        snprintf(text, OWN_ADDRESS_SIZE, "tcp:[%s]:%u", address, ntohs(six->sin6_port));
        return six->sin6_port;
    }
}

/* The sender shakes hands over one content type. Any other number is the writer's own affair. */
static bool is_plain(const struct fstrm_writer *writer)
{
    const struct content_types *types = writer_content_types(writer);

    return types->count == 1 && types->items[0].size > 0;
}

static void set_own(struct targets *targets, size_t index, struct fstrm_writer *writer)
{
    struct tl_sender_endpoint *endpoint = &targets->endpoints[index];

    endpoint->address = targets->own;
    if (!writer_is_open(writer) || targets->own_fd >= 0)
        return;
    targets->own_fd = fcntl(socket_of(writer_rdwr(writer))->fd, F_DUPFD_CLOEXEC, 0);
    endpoint->connected = targets->own_fd >= 0;
    endpoint->fd = targets->own_fd;
}

bool targets_choose(struct fstrm_writer *writer, const struct settings *settings, struct targets *ret_targets)
{
    const struct socket_link *link = socket_of(writer_rdwr(writer));

    memset(ret_targets, 0, sizeof(*ret_targets));
    ret_targets->own_fd = -1;
    if (!link || !is_plain(writer) || !print_address(link, ret_targets->own)) {
        ret_targets->endpoints[0].transport = &ret_targets->transport;
        return make_carrier(writer, &ret_targets->transport);
    }
    if (settings->target_count == 0)
        set_own(ret_targets, 0, writer);
    for (size_t i = 0; i < settings->target_count; i++) {
        if (strcmp(settings->targets[i], "own") == 0)
            set_own(ret_targets, i, writer);
        else
            ret_targets->endpoints[i].address = settings->targets[i];
    }
    return true;
}

void targets_take(struct targets *targets, struct fstrm_writer **writer)
{
    struct socket_link *link = socket_of(writer_rdwr(*writer));

    if (!targets->transport.context) {
        if (targets->own_fd >= 0)
            writer_forget(*writer); /* the stream goes on, on the copy */
        fstrm_writer_destroy(writer);
    } else if (link) {
        link->stall_ms = STALL_MS;
    }
    *writer = NULL;
}

void targets_refuse(struct targets *targets, bool has_sender)
{
    struct carrier *carrier = targets->transport.context;

    if (carrier)
        carrier->writer = NULL;
    if (has_sender)
        return;
    free(carrier);
    if (targets->own_fd >= 0)
        close(targets->own_fd);
}
