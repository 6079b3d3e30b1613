/* For who has an event loop and wants no thread: event_loop PATH sends a thousand dnstap messages to a unix
 * socket with the pure codecs alone. All waiting is in the one poll(2), where the embedder's own loop would
 * be. */
#include <tapline/dnstap.h>
#include <tapline/frame.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define FRAMES 1000

struct connection {
    int fd;
    struct tl_sender_end end;        /* where the handshake stands */
    struct tl_frame_decoder decoder; /* of what the peer says */
    uint8_t out[65536];              /* to be written */
    size_t out_size;
    unsigned frames; /* put into `out` so far */
};

static void put_control(struct connection *connection, const struct tl_control *control)
{
    size_t size = 0;

    if (control->type && tl_control_encode(control, connection->out + connection->out_size,
                                           sizeof(connection->out) - connection->out_size, &size) == TL_OK)
        connection->out_size += size;
}

/* A data frame is its length, four bytes big endian, and itself. */
static void put_frame(struct connection *connection, struct tl_bytes frame)
{
    struct tl_builder builder =
        tl_builder(connection->out + connection->out_size, sizeof(connection->out) - connection->out_size);

    tl_builder_put_be32(&builder, (uint32_t)frame.size);
    tl_builder_put(&builder, frame);
    connection->out_size += tl_builder_size(&builder);
}

/* The smallest message that says anything: when it was made, and as how manieth. */
static void put_message(struct connection *connection, unsigned number)
{
    char text[16];
    uint8_t frame[128];

    snprintf(text, sizeof(text), "%u", number);
    struct tl_dnstap message = {
        .type = TL_DNSTAP_TYPE_MESSAGE,
        .message_type = TL_DNSTAP_TOOL_QUERY,
        .query_time_sec = (uint64_t)time(NULL),
        .extra = tl_bytes_of_text(text),
        .present = 1u << TL_DNSTAP_F_TYPE | 1u << TL_DNSTAP_F_MESSAGE | 1u << TL_DNSTAP_F_MESSAGE_TYPE |
                   1u << TL_DNSTAP_F_QUERY_TIME_SEC | 1u << TL_DNSTAP_F_QUERY_TIME_NSEC |
                   1u << TL_DNSTAP_F_EXTRA,
    };
    if (tl_dnstap_encode(&message, frame, sizeof(frame)) == TL_OK)
        put_frame(connection, tl_bytes(frame, tl_dnstap_size(&message)));
}

static void put_what_is_due(struct connection *connection)
{
    struct tl_control stop = {0};

    while (connection->end.state == TL_SENDER_DATA && connection->frames < FRAMES &&
           connection->out_size < sizeof(connection->out) / 2)
        put_message(connection, connection->frames++);
    if (connection->frames == FRAMES && tl_sender_end_stop(&connection->end, &stop) == TL_OK)
        put_control(connection, &stop);
}

static bool read_some(struct connection *connection)
{
    uint8_t buffer[1024];
    ssize_t got = read(connection->fd, buffer, sizeof(buffer));
    struct tl_bytes in = tl_bytes(buffer, got > 0 ? (size_t)got : 0);
    struct tl_frame frame;

    while (tl_frame_skim(&connection->decoder, &in, &frame) == TL_OK) {
        struct tl_control control, reply;
        if (frame.kind != TL_FRAME_CONTROL || tl_control_decode(frame.payload, &control, NULL) != TL_OK ||
            tl_sender_end_control(&connection->end, &control, &reply) != TL_OK)
            return false;
        put_control(connection, &reply);
    }
    return got > 0 || (got < 0 && errno == EAGAIN);
}

static bool write_some(struct connection *connection)
{
    ssize_t put = send(connection->fd, connection->out, connection->out_size, MSG_NOSIGNAL);

    if (put > 0) {
        connection->out_size -= (size_t)put;
        memmove(connection->out, connection->out + put, connection->out_size);
    }
    return put > 0 || (put < 0 && errno == EAGAIN);
}

int main(int argc, char **argv)
{
    static struct connection connection;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct tl_control ready;
    bool is_well = argc > 1;

    if (is_well)
        snprintf(address.sun_path, sizeof(address.sun_path), "%s", argv[1]);
    connection.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connect(connection.fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        return 1;
    tl_frame_decoder_init(&connection.decoder, 0);
    tl_sender_end_init(&connection.end, true, tl_bytes_of_text("protobuf:dnstap.Dnstap"), &ready);
    put_control(&connection, &ready);
    while (is_well && connection.end.state != TL_SENDER_DONE) {
        struct pollfd wait = {connection.fd, (short)(POLLIN | (connection.out_size ? POLLOUT : 0)), 0};
        poll(&wait, 1, -1);
        if (wait.revents & (POLLIN | POLLHUP | POLLERR))
            is_well = read_some(&connection);
        put_what_is_due(&connection);
        if (is_well && wait.revents & POLLOUT && connection.out_size)
            is_well = write_some(&connection);
    }
    close(connection.fd);
    printf("%u frames, %s\n", connection.frames, is_well ? "all of them taken" : "the collector went away");
    return is_well ? 0 : 1;
}
