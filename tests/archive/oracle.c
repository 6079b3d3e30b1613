/* oracle FILE FOLDER: makes an archive of FOLDER, and seals the data frames of a Frame Streams file into it,
 * as of two origins, 5 and 8, in small blocks. Prints the path of the sealed segment. For oracle_test.py. */
#include <tapline/archive.h>
#include <tapline/frame.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

static void demand(enum tl_status status, const char *doing)
{
    if (status != TL_OK)
        err(1, "%s: %s", doing, tl_status_text(status));
}

static struct tl_bytes load(const char *path)
{
    static uint8_t bytes[32u << 20];
    FILE *file = fopen(path, "rb");

    if (!file)
        err(1, "%s", path);
    size_t size = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    return tl_bytes(bytes, size);
}

static void enter_loss(struct tl_sealer *sealer)
{
    struct tl_ledger_entry entry = {
        .kind = TL_LEDGER_LOSS, .frames = 2, .text = tl_bytes_of_text("queue-full")};

    demand(tl_sealer_enter(sealer, &entry), "entering a loss");
}

static void put_all(struct tl_sealer *sealer, struct tl_bytes rest)
{
    struct tl_frame_decoder decoder;
    struct tl_frame frame;
    size_t half = rest.size / 2;
    uint64_t time = 1000;

    tl_frame_decoder_init(&decoder, TL_ARCHIVE_FRAME_MAX);
    demand(tl_sealer_begin(sealer, 5, 5000, 0, tl_bytes_of_text("oracle")), "beginning an origin");
    enter_loss(sealer);
    while (tl_frame_next(&decoder, &rest, &frame) == TL_OK) {
        if (half && rest.size < half) {
            demand(tl_sealer_begin(sealer, 8, 8000, 0, tl_bytes_of_text("oracle")), "beginning an origin");
            enter_loss(sealer);
            half = 0;
        }
        if (frame.kind == TL_FRAME_DATA)
            demand(tl_sealer_put(sealer, frame.payload, time++), "putting a frame");
    }
}

int main(int argc, char **argv)
{
    static const struct tl_sealer_options options = {.block_size = 16384};
    char text[TL_ARCHIVE_TEXT_SIZE], name[TL_ARCHIVE_NAME_SIZE];
    struct tl_archive_segment segment;
    struct tl_archive *archive;
    struct tl_sealer *sealer;

    if (argc != 3)
        errx(2, "usage: oracle FILE FOLDER");
    demand(tl_archive_make(argv[2], -1, &archive, text), "making an archive");
    demand(tl_sealer_new(archive, 5, 1795467600, &options, &sealer), "beginning a segment");
    put_all(sealer, load(argv[1]));
    demand(tl_sealer_commit(sealer, &segment, NULL), "committing");
    tl_sealer_free(sealer);
    tl_archive_name(&segment, TL_ARCHIVE_ROWS, name);
    printf("%s/%s\n", tl_archive_path(archive), name);
    tl_archive_close(archive);
    return 0;
}
