/* walk SOCKET [OUTPUT]: the least a collector can do, as the upper bound: reads 1 MiB at a time, walks the
 * lengths of the frames, and writes what it has read to OUTPUT if there is one. One connection; its handshake
 * is taken for granted. Prints the number of data frames. */
#include <tapline/frame.h>
#include <tapline/stream.h>

#include <endian.h>
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_SIZE ((size_t)1 << 20)
#define STOP_SIZE ((size_t)12)

static uint8_t buffer[READ_SIZE];

static void read_exactly(int fd, uint8_t *to, size_t size)
{
    size_t got;

    for (; size; size -= got, to += got) {
        if (tl_read(fd, to, size, &got) != TL_OK)
            err(1, "the sender closed the connection");
    }
}

/* Reads one control frame into the buffer. Returns its whole size. */
static size_t read_control(int fd)
{
    read_exactly(fd, buffer, 8);
    uint32_t size =
        (uint32_t)buffer[4] << 24 | (uint32_t)buffer[5] << 16 | (uint32_t)buffer[6] << 8 | buffer[7];
    if (size > TL_CONTROL_SIZE_MAX)
        errx(1, "no control frame where one is due");
    read_exactly(fd, buffer + 8, size);
    return 8 + (size_t)size;
}

static void send_control(int fd, enum tl_control_type type, struct tl_bytes content_type)
{
    struct tl_control control = tl_control(type, content_type);
    uint8_t encoded[TL_CONTROL_FRAME_MAX];
    size_t size;

    if (tl_control_encode(&control, encoded, sizeof(encoded), &size) != TL_OK ||
        tl_write(fd, tl_bytes(encoded, size), NULL) != TL_OK)
        err(1, "cannot send a control frame");
}

static void keep(int output, size_t size)
{
    if (output >= 0 && tl_write(output, tl_bytes(buffer, size), NULL) != TL_OK)
        err(1, "cannot write");
}

/* Where the walk is between two reads. */
struct walk {
    uint64_t count;
    uint32_t skip;   /* bytes of the current frame still to come */
    uint32_t length; /* of a length word that is cut by the buffer's end: its bytes so far */
    unsigned length_bytes;
};

/* Walks over the frames in what was read. Returns how many bytes of STOP, the first control frame, there are.
 */
static size_t step(struct walk *walk, size_t size)
{
    size_t at = 0;

    for (;;) {
        if (walk->skip > size - at) {
            walk->skip -= (uint32_t)(size - at);
            return 0;
        }
        at += walk->skip;
        walk->skip = 0;
        if (!walk->length_bytes && size - at >= 4) {
            memcpy(&walk->length, buffer + at, 4);
            walk->length = be32toh(walk->length);
            at += 4;
        } else {
            for (; walk->length_bytes < 4 && at < size; walk->length_bytes++)
                walk->length = walk->length << 8 | buffer[at++];
            if (walk->length_bytes < 4)
                return 0;
            walk->length_bytes = 0;
        }
        if (!walk->length)
            return size - at + 4;
        walk->skip = walk->length;
        walk->length = 0;
        walk->count++;
    }
}

int main(int argc, char **argv)
{
    const char type[] = "protobuf:dnstap.Dnstap";
    struct tl_listen_options options = {-1, -1, -1};
    struct tl_endpoint endpoint;
    struct walk walk = {0};
    size_t opened, size, stop = 0;
    int listener, output = -1;

    if (argc < 2 || argc > 3)
        errx(2, "usage: walk SOCKET [OUTPUT]");
    if (argc == 3 && (output = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) < 0)
        err(1, "%s", argv[2]);
    if (tl_endpoint_parse(argv[1], &endpoint) != TL_OK ||
        tl_endpoint_listen(&endpoint, &options, &listener, 1, &opened) != TL_OK)
        err(1, "%s", argv[1]);
    if (fcntl(listener, F_SETFL, 0) != 0)
        err(1, "fcntl");
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
        err(1, "accept");

    read_control(fd);
    send_control(fd, TL_CONTROL_ACCEPT, tl_bytes(type, sizeof(type) - 1));
    size = read_control(fd);
    keep(output, size);
    while (!stop) {
        if (tl_read(fd, buffer, sizeof(buffer), &size) != TL_OK)
            err(1, "the sender closed the connection");
        stop = step(&walk, size);
        keep(output, size);
    }
    read_exactly(fd, buffer, STOP_SIZE - stop);
    keep(output, STOP_SIZE - stop);
    send_control(fd, TL_CONTROL_FINISH, tl_bytes(NULL, 0));
    unlink(endpoint.path);
    printf("%" PRIu64 "\n", walk.count);
    return 0;
}
