/* summary FILE: what counting takes, over the records of a plain dnstap file that are all in memory and
 * decoded. Prints the nanoseconds of CPU time a record (the least of five rounds, each with a new summary;
 * the DNS message is looked into anew), and what merging two summaries takes. */
#include "analysis/summary.h"
#include "sending.h"

#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 5

struct frames {
    struct tl_bytes *frames;
    size_t count, room;
};

static void add(struct frames *frames, struct tl_bytes frame)
{
    if (frames->count == frames->room) {
        frames->room = frames->room ? 2 * frames->room : 1024;
        if (!(frames->frames = realloc(frames->frames, frames->room * sizeof(struct tl_bytes))))
            err(1, "frames");
    }
    frames->frames[frames->count++] = frame;
}

/* The data frames of a Frame Streams file. */
static struct frames find_frames(struct tl_bytes file)
{
    struct tl_frame_decoder decoder = {0};
    struct frames frames = {0};
    struct tl_frame frame;

    tl_frame_decoder_init(&decoder, 0);
    while (tl_frame_next(&decoder, &file, &frame) == TL_OK) {
        if (frame.kind == TL_FRAME_DATA)
            add(&frames, frame.payload);
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

int main(int argc, char **argv)
{
    const struct siphash_key key = {{1, 2}};
    double decoding = INFINITY, counting = INFINITY, merging = INFINITY;
    size_t decoded = 0;

    if (argc != 2)
        errx(2, "usage: summary FILE");
    struct frames frames = find_frames(map_file(argv[1]));
    for (int i = 0; i < ROUNDS; i++) {
        double begin = cpu_seconds();
        decoded = decode(&frames);
        decoding = fmin(decoding, cpu_seconds() - begin);
        begin = cpu_seconds();
        struct summary *summary = count(&frames, key);
        counting = fmin(counting, cpu_seconds() - begin);
        struct summary *other = count(&frames, key);
        begin = cpu_seconds();
        if (!summary_merge(summary, other))
            err(1, "summary");
        merging = fmin(merging, cpu_seconds() - begin);
        summary_free(summary);
        summary_free(other);
    }
    printf("%zu frames, %zu decoded: %.1f ns each; decoded and counted: %.1f ns; merging two summaries: %.2f "
           "ms\n",
           frames.count, decoded, decoding * 1e9 / (double)frames.count,
           counting * 1e9 / (double)frames.count, merging * 1e3);
    return 0;
}
