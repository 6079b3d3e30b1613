/* summary FILE: what counting takes, over the records of a plain dnstap file that are all in memory and
 * decoded. Prints the nanoseconds of CPU time a record (the least of five rounds, each with a new summary;
 * the DNS message is looked into anew), and what merging two summaries takes. */
#include "analysis/summary.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 5

struct frames {
    struct tl_bytes *frames;
    size_t count, room;
};

static uint64_t cpu_ns(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static struct tl_bytes read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t size = 0, room = 0, got;

    if (!file)
        err(1, "%s", path);
    do {
        if (size == room && !(data = realloc(data, room = room ? 2 * room : 1 << 20)))
            err(1, "%s", path);
        size += got = fread(data + size, 1, room - size, file);
    } while (got);
    fclose(file);
    return tl_bytes(data, size);
}

/* The data frames of a Frame Streams file. */
static struct frames find_frames(struct tl_bytes file)
{
    struct tl_cursor cursor = tl_cursor(file);
    struct frames frames = {0};

    while (cursor.status == TL_OK && tl_cursor_left(&cursor) >= 4) {
        uint32_t size = tl_cursor_be32(&cursor);
        struct tl_bytes frame = tl_cursor_take(&cursor, size ? size : tl_cursor_be32(&cursor));
        if (!size || cursor.status != TL_OK)
            continue;
        if (frames.count == frames.room) {
            frames.room = frames.room ? 2 * frames.room : 1024;
            if (!(frames.frames = realloc(frames.frames, frames.room * sizeof(struct tl_bytes))))
                err(1, "frames");
        }
        frames.frames[frames.count++] = frame;
    }
    if (!frames.count)
        errx(1, "no frames");
    return frames;
}

/* How many can be decoded. */
static size_t decode(const struct frames *frames)
{
    struct record record;
    size_t count = 0;

    for (size_t i = 0; i < frames->count; i++) {
        record_open(&record, frames->frames[i], 0);
        count += record.status == TL_OK;
    }
    return count;
}

/* A summary of them. */
static struct summary *count(const struct frames *frames, struct siphash_key key)
{
    struct summary *summary = summary_new(key);
    struct record record;
    struct look look;

    if (!summary)
        err(1, "summary");
    for (size_t i = 0; i < frames->count; i++) {
        record_open(&record, frames->frames[i], 0);
        look_at(&look, &record);
        if (!summary_add(summary, &look))
            err(1, "summary");
    }
    return summary;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

int main(int argc, char **argv)
{
    const struct siphash_key key = {{1, 2}};
    uint64_t decoding = UINT64_MAX, counting = UINT64_MAX, merging = UINT64_MAX;
    size_t decoded = 0;

    if (argc != 2)
        errx(2, "usage: summary FILE");
    struct frames frames = find_frames(read_file(argv[1]));
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t begin = cpu_ns();
        decoded = decode(&frames);
        decoding = least(decoding, cpu_ns() - begin);
        begin = cpu_ns();
        struct summary *summary = count(&frames, key);
        counting = least(counting, cpu_ns() - begin);
        struct summary *other = count(&frames, key);
        begin = cpu_ns();
        if (!summary_merge(summary, other))
            err(1, "summary");
        merging = least(merging, cpu_ns() - begin);
        summary_free(summary);
        summary_free(other);
    }
    printf("%zu frames, %zu decoded: %.1f ns each; decoded and counted: %.1f ns; merging two summaries: %.2f "
           "ms\n",
           frames.count, decoded, (double)decoding / (double)frames.count,
           (double)counting / (double)frames.count, (double)merging / 1e6);
    return 0;
}
