/* What the tests of recovery share: a run's connections, the frames that came over them and must be kept, the
 * writer's part, and the file that they must be in. A run is "killed" by unmapping its queue and doing
 * nothing else. */
#ifndef BROKEN_OFF_H
#define BROKEN_OFF_H

#include "proof/test.h"
#include "proof/work_folder.h"

#include "capture/connection.h"
#include "capture/output.h"

#define LIMIT 100000u

static const uint8_t start_frame[] = "\0\0\0\0\0\0\0\x22\0\0\0\2\0\0\0\1\0\0\0\x16protobuf:dnstap.Dnstap";
static const uint8_t stop_frame[] = "\0\0\0\0\0\0\0\4\0\0\0\3";

#define START_SIZE (sizeof(start_frame) - 1)
#define STOP_SIZE  (sizeof(stop_frame) - 1)

/* Data frames that must be kept, one after the other. */
struct sent {
    uint8_t bytes[400000];
    size_t size;
};

/* A connection and the sender's end of it. */
struct line {
    struct connection connection;
    int sender;
};

static inline int lock_queue(bool *ret_old)
{
    uint64_t pid;
    int fd;

    assert_int_equal(queue_open_file("queue", &fd, ret_old, &pid), 0);
    return fd;
}

static inline void line_send_bytes(struct line *line, const void *bytes, size_t size)
{
    assert_int_equal(write(line->sender, bytes, size), size);
}

/* Connected, and START was sent. */
static inline void line_open(struct line *line, struct queue_peer *peer)
{
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    line->sender = ends[0];
    connection_init(&line->connection, ends[1], true, peer, LIMIT, 0);
    line_send_bytes(line, start_frame, START_SIZE);
}

static inline void line_receive(struct line *line, struct queue *queue)
{
    const char *why = NULL;

    while (connection_receive(&line->connection, queue, 0, &why) == CONNECTION_GOES_ON)
        ;
}

/* Sends a frame of `size` payload bytes, to be kept or not. */
static inline void line_send(struct line *line, struct queue *queue, struct sent *sent, uint32_t size,
                             bool is_kept)
{
    uint8_t *frame = malloc(size + 4);

    frame[0] = (uint8_t)(size >> 24);
    frame[1] = (uint8_t)(size >> 16);
    frame[2] = (uint8_t)(size >> 8);
    frame[3] = (uint8_t)size;
    for (uint32_t i = 0; i < size; i++)
        frame[4 + i] = (uint8_t)(sent->size + i);
    if (is_kept) {
        memcpy(sent->bytes + sent->size, frame, size + 4);
        sent->size += size + 4;
    }
    for (uint32_t done = 0; done < size + 4;) {
        uint32_t more = size + 4 - done < 60000 ? size + 4 - done : 60000;
        line_send_bytes(line, frame + done, more);
        line_receive(line, queue);
        done += more;
    }
    free(frame);
}

static inline void line_kill(struct line *line)
{
    close(line->sender);
    if (line->connection.fd >= 0)
        close(line->connection.fd);
}

/* The writer's part: enters what there is, writes up to `size` bytes, and says so or is killed before. */
static inline void write_some(struct output *output, struct queue *queue, size_t size, bool releases)
{
    struct iovec stretches[64];
    uint64_t through = output_through(output, queue);
    int count = queue_take(queue, stretches, 64, 1u << 20, &through);

    assert_int_equal(output_enter(output, queue, through), 0);
    for (int i = 0; i < count && size; i++) {
        stretches[i].iov_len = stretches[i].iov_len < size ? stretches[i].iov_len : size;
        assert_int_equal(output_write(output, &stretches[i], 1), stretches[i].iov_len);
        size -= stretches[i].iov_len;
        if (releases)
            queue_release(queue, stretches[i].iov_len, through);
    }
    if (!count && releases)
        queue_release(queue, 0, through);
}

/* `path` holds START, the sent bytes [from, to), STOP. */
static inline void check_rows(const struct sent *sent, const char *path, size_t from, size_t to)
{
    size_t size = START_SIZE + (to - from) + STOP_SIZE;
    uint8_t *bytes = malloc(size + 1);
    int fd = open(path, O_RDONLY);

    if (fd < 0)
        print_error("%s is not there\n", path);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, bytes, size + 1), size);
    assert_memory_equal(bytes, start_frame, START_SIZE);
    assert_memory_equal(bytes + START_SIZE, sent->bytes + from, to - from);
    assert_memory_equal(bytes + size - STOP_SIZE, stop_frame, STOP_SIZE);
    close(fd);
    free(bytes);
}

#endif
