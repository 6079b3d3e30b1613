/* sink SOCKET: a collector that counts: takes one connection on a unix socket, reads as fast as it can, and
 * prints how many frames and bytes came, when that has ended. */
#include <tapline/frame.h>
#include <tapline/stream.h>

#include <err.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER_SIZE ((size_t)4 << 20)

static uint64_t frames, bytes;

static void answer(int fd, const struct tl_control *control)
{
    uint8_t wire[TL_CONTROL_FRAME_MAX];
    size_t size;

    if (tl_control_encode(control, wire, sizeof(wire), &size) != TL_OK ||
        tl_write(fd, tl_bytes(wire, size), NULL) != TL_OK)
        warn("cannot answer");
}

/* True at STOP. */
static bool take(int fd, struct tl_receiver *receiver, struct tl_frame_decoder *decoder, struct tl_bytes in)
{
    struct tl_frame frame;
    struct tl_control control, reply;

    for (;;) {
        frames += tl_frame_skim_data(decoder, &in);
        if (tl_frame_skim(decoder, &in, &frame) != TL_OK)
            return false;
        if (frame.kind == TL_FRAME_DATA) {
            frames++;
            continue;
        }
        if (tl_control_decode(frame.payload, &control, NULL) != TL_OK ||
            tl_receiver_control(receiver, &control, &reply) != TL_OK)
            errx(1, "this is no stream");
        if (reply.type)
            answer(fd, &reply);
        if (receiver->state == TL_RECEIVER_STOPPED)
            return true;
    }
}

static void serve(int fd, uint8_t *buffer)
{
    struct tl_frame_decoder decoder = {0};
    struct tl_receiver receiver;
    size_t got;

    tl_frame_decoder_init(&decoder, 0);
    tl_receiver_init(&receiver, tl_bytes_of_text("protobuf:dnstap.Dnstap"));
    while (tl_read(fd, buffer, BUFFER_SIZE, &got) == TL_OK) {
        bytes += got;
        if (take(fd, &receiver, &decoder, tl_bytes(buffer, got)))
            break;
    }
    struct tl_control finish = tl_control(TL_CONTROL_FINISH, tl_bytes(NULL, 0));
    if (receiver.state == TL_RECEIVER_STOPPED && receiver.bidirectional)
        answer(fd, &finish);
    close(fd);
}

int main(int argc, char **argv)
{
    struct tl_endpoint endpoint;
    uint8_t *buffer = malloc(BUFFER_SIZE);
    size_t count;
    int listening, fd;

    if (argc != 2 || !buffer)
        errx(2, "usage: sink SOCKET");
    if (tl_endpoint_parse(argv[1], &endpoint) != TL_OK ||
        tl_endpoint_listen(&endpoint, NULL, &listening, 1, &count) != TL_OK)
        err(1, "%s", argv[1]);
    puts("listening");
    fflush(stdout);
    struct pollfd wait = {.fd = listening, .events = POLLIN};
    while ((fd = accept(listening, NULL, NULL)) < 0)
        poll(&wait, 1, -1);
    serve(fd, buffer);
    printf("%" PRIu64 " %" PRIu64 "\n", frames, bytes);
    free(buffer);
    return 0;
}
