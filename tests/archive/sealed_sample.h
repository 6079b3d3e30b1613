/* Archives in temporary folders, and sealed segments of made-up frames in them, for the tests. */
#ifndef TESTS_ARCHIVE_SEALED_SAMPLE_H
#define TESTS_ARCHIVE_SEALED_SAMPLE_H

#include "proof/folder.h"
#include "proof/test.h"

#include <tapline/archive.h>
#include <tapline/frame.h>

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SAMPLE_STAMP 1795467600u /* 2026-11-23T21:00:00Z */

struct sample {
    char path[64];
    struct tl_archive *archive;
};

static inline void sample_open(struct sample *sample)
{
    char text[TL_ARCHIVE_TEXT_SIZE];

    snprintf(sample->path, sizeof(sample->path), "%.30s/tapline-sealed-XXXXXX", test_folder_above());
    assert_non_null(mkdtemp(sample->path));
    assert_int_equal(tl_archive_make(sample->path, -1, &sample->archive, text), TL_OK);
}

static inline void sample_close(struct sample *sample)
{
    char command[128];

    tl_archive_close(sample->archive);
    snprintf(command, sizeof(command), "rm -rf %s", sample->path);
    assert_int_equal(system(command), 0);
}

/* The bytes of the n-th made-up frame: somewhat repetitive, of 1 to 400 bytes. */
static inline struct tl_bytes sample_frame(uint64_t n, uint8_t *memory)
{
    size_t size = 1 + (size_t)(n * 7919 % 400);

    for (size_t i = 0; i < size; i++)
        memory[i] = (uint8_t)(i * 3 + n % 7 + (i % 11 == 0 ? n * 31 : 0));
    return tl_bytes(memory, size);
}

static inline uint64_t sample_time(uint64_t n)
{
    return SAMPLE_STAMP * 1000ull + n * 3 + n * 7 % 5;
}

static inline void sample_put(struct tl_sealer *sealer, uint64_t from, uint64_t to)
{
    uint8_t memory[512];

    for (uint64_t n = from; n < to; n++)
        assert_int_equal(tl_sealer_put(sealer, sample_frame(n, memory), sample_time(n)), TL_OK);
}

static inline int sample_open_file(const struct sample *sample, const struct tl_archive_segment *segment)
{
    char name[TL_ARCHIVE_NAME_SIZE];

    assert_true(tl_archive_name(segment, TL_ARCHIVE_ROWS, name) > 0);
    int fd = openat(tl_archive_folder(sample->archive), name, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

/* Checks that the frames of all blocks are the made-up ones, from number `from` on. Returns how many. */
static inline uint64_t sample_check(struct tl_sealed *sealed, uint64_t from)
{
    const struct tl_sealed_info *info = tl_sealed_info(sealed);
    uint8_t memory[512];
    uint64_t n = from;

    for (size_t i = 0; i < info->block_count; i++) {
        struct tl_frame_decoder decoder;
        struct tl_frame frame;
        struct tl_bytes frames;
        assert_int_equal(tl_sealed_read(sealed, i, &frames), TL_OK);
        assert_int_equal(frames.size, info->blocks[i].size);
        assert_int_equal(info->blocks[i].first_frame, n - from);
        tl_frame_decoder_init(&decoder, 0);
        while (frames.size) {
            assert_int_equal(tl_frame_next(&decoder, &frames, &frame), TL_OK);
            assert_true(tl_bytes_equal(frame.payload, sample_frame(n++, memory)));
        }
        assert_int_equal(n - from, info->blocks[i].first_frame + info->blocks[i].frames);
    }
    return n - from;
}

/* How many entries there are in the folder at `path`, with all below it. */
static inline unsigned sample_entries(const char *path)
{
    char command[128];
    unsigned count = 0;

    snprintf(command, sizeof(command), "find %s -mindepth 1 | wc -l", path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_int_equal(fscanf(pipe, "%u", &count), 1);
    pclose(pipe);
    return count;
}

#endif
