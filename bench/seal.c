/* seal FILE LEVEL FOLDER: seals the data frames of a Frame Streams file into an archive that is made of
 * FOLDER, and reads them back block by block. Prints the messages, the sealed segment's bytes, the seconds of
 * CPU time of sealing and of reading, and its path. The times of the frames are made up: decoding them is not
 * measured here. Invariant: as many frames are read as were sealed. */
#include "sending.h"

#include <tapline/archive.h>
#include <tapline/frame.h>

#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define STAMP 1795467600u

static void demand(enum tl_status status, const char *doing)
{
    if (status != TL_OK)
        err(1, "%s: %s", doing, tl_status_text(status));
}

static uint64_t put_all(struct tl_sealer *sealer, struct tl_bytes rest)
{
    struct tl_frame_decoder decoder;
    struct tl_frame frame;
    uint64_t count = 0;

    tl_frame_decoder_init(&decoder, TL_ARCHIVE_FRAME_MAX);
    while (tl_frame_next(&decoder, &rest, &frame) == TL_OK) {
        if (frame.kind == TL_FRAME_DATA)
            demand(tl_sealer_put(sealer, frame.payload, STAMP * 1000ull + count++), "putting a frame");
    }
    return count;
}

/* Returns the seconds that it takes. */
static double read_all(struct tl_archive *archive, const char *name, const struct tl_archive_segment *segment,
                       uint64_t frames)
{
    struct tl_sealed *sealed;
    struct tl_bytes block;
    uint64_t count = 0;
    int fd = openat(tl_archive_folder(archive), name, O_RDONLY | O_CLOEXEC);
    double start = cpu_seconds();

    demand(tl_sealed_open(fd, segment, &sealed), "opening the segment");
    for (size_t i = 0; i < tl_sealed_info(sealed)->block_count; i++) {
        demand(tl_sealed_read(sealed, i, &block), "reading a block");
        count += tl_sealed_info(sealed)->blocks[i].frames;
    }
    double seconds = cpu_seconds() - start;
    if (count != frames)
        errx(1, "%" PRIu64 " frames were sealed, and %" PRIu64 " read", frames, count);
    tl_sealed_free(sealed);
    close(fd);
    return seconds;
}

int main(int argc, char **argv)
{
    char text[TL_ARCHIVE_TEXT_SIZE], name[TL_ARCHIVE_NAME_SIZE];
    struct tl_archive_segment segment;
    struct tl_archive *archive;
    struct tl_sealer *sealer;
    uint64_t size;

    if (argc != 4)
        errx(2, "usage: seal FILE LEVEL FOLDER");
    struct tl_sealer_options options = {.level = atoi(argv[2])};
    struct tl_bytes in = map_file(argv[1]);
    demand(tl_archive_make(argv[3], -1, &archive, text), "making an archive");
    double start = cpu_seconds();
    demand(tl_sealer_new(archive, 1, STAMP, &options, &sealer), "beginning a segment");
    demand(tl_sealer_begin(sealer, 1, STAMP * 1000ull, 0, tl_bytes_of_text("bench")), "beginning an origin");
    uint64_t count = put_all(sealer, in);
    demand(tl_sealer_commit(sealer, &segment, &size), "committing");
    double seconds = cpu_seconds() - start;
    tl_sealer_free(sealer);
    tl_archive_name(&segment, TL_ARCHIVE_ROWS, name);
    printf("%" PRIu64 " %" PRIu64 " %.4f %.4f %s/%s\n", count, size, seconds,
           read_all(archive, name, &segment, count), tl_archive_path(archive), name);
    tl_archive_close(archive);
    return 0;
}
