/* What the programs of the benchmarks share. Invariant: only whole frames are taken from a recording. */
#include "sending.h"

#include <tapline/stream.h>

#include <err.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#define WRITE_SIZE ((size_t)1 << 20)

static struct tl_bytes content_type(void)
{
    static const char text[] = "protobuf:dnstap.Dnstap";
    return tl_bytes(text, sizeof(text) - 1);
}

struct tl_bytes map_file(const char *path)
{
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &about) != 0 || about.st_size == 0)
        err(1, "%s", path);
    void *data = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (data == MAP_FAILED)
        err(1, "%s", path);
    return tl_bytes(data, (size_t)about.st_size);
}

struct tl_bytes data_frames(struct tl_bytes file, uint64_t limit, uint64_t *ret_count)
{
    struct tl_frame_decoder decoder = {0};
    struct tl_frame frame;
    const uint8_t *start = NULL, *end = NULL;

    tl_frame_decoder_init(&decoder, 0);
    *ret_count = 0;
    while (*ret_count < limit && tl_frame_next(&decoder, &file, &frame) == TL_OK) {
        if (frame.kind != TL_FRAME_DATA && start)
            break;
        if (frame.kind != TL_FRAME_DATA)
            continue;
        if (!start)
            start = frame.payload.data - 4;
        end = frame.payload.data + frame.payload.size;
        ++*ret_count;
    }
    if (!start)
        errx(1, "there is no data frame in the file");
    return tl_bytes(start, (size_t)(end - start));
}

void send_all(int fd, struct tl_bytes bytes)
{
    while (bytes.size) {
        size_t size = bytes.size < WRITE_SIZE ? bytes.size : WRITE_SIZE;
        if (tl_write(fd, tl_bytes(bytes.data, size), NULL) != TL_OK)
            err(1, "cannot send");
        bytes = tl_bytes(bytes.data + size, bytes.size - size);
    }
}

static void send_control(int fd, const struct tl_control *control)
{
    uint8_t buffer[TL_CONTROL_FRAME_MAX];
    size_t size;

    if (tl_control_encode(control, buffer, sizeof(buffer), &size) != TL_OK)
        errx(1, "cannot encode a control frame");
    send_all(fd, tl_bytes(buffer, size));
}

/* Waits for the collector's next control frame, and gives it to the handshake. */
static void take_control(int fd, struct tl_sender_end *end, struct tl_control *ret_reply)
{
    uint8_t buffer[TL_CONTROL_FRAME_MAX];
    struct tl_frame_decoder decoder = {0};
    struct tl_control control;
    struct tl_frame frame;
    size_t held = 0, size;

    tl_frame_decoder_init(&decoder, 0);
    for (;;) {
        if (tl_read(fd, buffer + held, sizeof(buffer) - held, &size) != TL_OK)
            errx(1, "the collector closed the connection");
        held += size;
        struct tl_bytes in = tl_bytes(buffer, held);
        if (tl_frame_next(&decoder, &in, &frame) == TL_OK)
            break;
    }
    if (tl_control_decode(frame.payload, &control, NULL) != TL_OK ||
        tl_sender_end_control(end, &control, ret_reply) != TL_OK)
        errx(1, "the collector answered with an unexpected control frame");
}

int start_sending(const char *address, struct tl_sender_end *end)
{
    struct tl_endpoint endpoint;
    struct tl_control control;
    int fd;

    if (tl_endpoint_parse(address, &endpoint) != TL_OK || tl_endpoint_open(&endpoint, &fd) != TL_OK)
        err(1, "%s", address);
    tl_sender_end_init(end, true, content_type(), &control);
    send_control(fd, &control);
    take_control(fd, end, &control);
    send_control(fd, &control);
    return fd;
}

void stop_sending(int fd, struct tl_sender_end *end)
{
    struct tl_control control;

    tl_sender_end_stop(end, &control);
    send_control(fd, &control);
    take_control(fd, end, &control);
}

static double seconds_of(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double seconds(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}

double cpu_seconds(void)
{
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}
