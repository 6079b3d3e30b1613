/* Property: of a file of any bytes every byte is in a frame, in a whole control frame or in a stretch that is
 * reported as skipped, in their order and each once; and what comes of the same bytes through a pipe, in
 * small pieces, is the same. */
#include "source/source.h"
#include "source/unpack.h"

#include <tapline/dnstap.h>
#include <tapline/frame.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define LIMIT     4096
#define ITEMS_MAX 8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    enum source_kind kind;
    uint64_t offset, size;
};

static void demand(bool condition)
{
    if (!condition)
        abort();
}

struct feed {
    int fd;
    struct tl_bytes data;
};

/* Writes the bytes in pieces of uneven sizes. */
static void *feed_run(void *opaque)
{
    struct feed *feed = opaque;
    struct tl_bytes left = feed->data;

    for (size_t piece = left.size; left.size; piece = piece * 7 + 3) {
        size_t size = 1 + piece % (left.size / 16 + 8);
        size = size < left.size ? size : left.size;
        demand(write(feed->fd, left.data, size) == (ssize_t)size);
        left = tl_bytes(left.data + size, left.size - size);
    }
    close(feed->fd);
    return NULL;
}

/* The bytes between two items are whole control frames. */
static void check_gap(struct tl_bytes gap)
{
    struct tl_frame_decoder decoder;
    struct tl_frame frame;
    struct tl_control control;

    tl_frame_decoder_init(&decoder, LIMIT);
    while (gap.size) {
        demand(tl_frame_next(&decoder, &gap, &frame) == TL_OK && frame.kind == TL_FRAME_CONTROL);
        demand(tl_control_decode(frame.payload, &control, NULL) == TL_OK);
    }
}

static void check_frame(const struct source_item *item, struct tl_bytes data)
{
    demand(item->offset + 4 + item->frame.size <= data.size);
    demand(tl_be32(data.data + item->offset) == item->frame.size);
    demand(memcmp(data.data + item->offset + 4, item->frame.data, item->frame.size) == 0);
}

/* Reads all of it and returns how many items there were. */
static size_t read_all(int fd, struct tl_bytes data, struct seen *seen)
{
    char path[64];
    const char *const paths[] = {path};
    struct source_options options = {.paths = paths, .path_count = 1, .stop_fd = -1, .frame_limit = LIMIT};
    char text[SOURCE_TEXT_SIZE];
    struct source *source = source_new(&options, text);
    struct source_item item;
    size_t count = 0;
    uint64_t end = 0;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    demand(source != NULL);
    for (source_next(source, &item); item.kind != SOURCE_END; source_next(source, &item)) {
        uint64_t size = 0;
        if (item.kind == SOURCE_IDLE)
            continue;
        if (item.kind == SOURCE_FRAME) {
            check_frame(&item, data);
            size = 4 + item.frame.size;
        } else if (item.kind != SOURCE_NOTICE) {
            size = item.skipped;
            demand(size > 0 || item.kind == SOURCE_FAILED);
        }
        demand(item.kind != SOURCE_IDLE && item.name &&
               (item.kind == SOURCE_FRAME || (item.text && item.text[0])));
        demand(item.offset >= end && item.offset + size <= data.size);
        check_gap(tl_bytes(data.data + end, (size_t)(item.offset - end)));
        end = item.offset + size;
        if (count < ITEMS_MAX)
            seen[count++] = (struct seen){item.kind, item.offset, size};
    }
    check_gap(tl_bytes(data.data + end, data.size - (size_t)end));
    source_free(source);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct seen whole[ITEMS_MAX], pieces[ITEMS_MAX];
    const struct unpack_kind *kind = NULL;

    int fds[2];
    pthread_t thread;

    if (size > 65536 || unpack_find(tl_bytes(data, size), &kind) == TL_MORE || kind)
        return 0; /* what is compressed has offsets of its own */
    int file = memfd_create("source", MFD_CLOEXEC);
    demand(file >= 0 && write(file, data, size) == (ssize_t)size);
    size_t count = read_all(file, tl_bytes(data, size), whole);
    close(file);

    demand(pipe2(fds, O_CLOEXEC) == 0);
    struct feed feed = {fds[1], tl_bytes(data, size)};
    demand(pthread_create(&thread, NULL, feed_run, &feed) == 0);
    demand(read_all(fds[0], tl_bytes(data, size), pieces) == count);
    demand(pthread_join(thread, NULL) == 0);
    close(fds[0]);
    for (size_t i = 0; i < count; i++)
        demand(whole[i].kind == pieces[i].kind && whole[i].offset == pieces[i].offset &&
               whole[i].size == pieces[i].size);
    return 0;
}
