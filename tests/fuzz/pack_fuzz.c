/* Property: of any hot file with any ledger the sealed segment has exactly the frames that a reader of the
 * hot file is given, and its ledger covers each of them once; what is counted as no frames is never more than
 * the file. Input: the ledger's size in two bytes, the ledger, the rows. */
#include "pack/sample.h"

#include "pack/pack.h"
#include "pack/segment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct tl_archive_segment hot_one = {1, 1, SAMPLE_STAMP, false};
static const struct tl_archive_segment sealed_one = {1, 1, SAMPLE_STAMP, true};

static void demand(bool condition)
{
    if (!condition)
        abort();
}

static struct sample archive;

static void remove_archive(void)
{
    sample_remove(&archive);
}

/* One archive for all inputs. */
static void make_archive(void)
{
    if (archive.archive)
        return;
    archive = sample_make();
    atexit(remove_archive);
}

static void write_part(enum tl_archive_part part, const uint8_t *data, size_t size)
{
    char name[TL_ARCHIVE_NAME_SIZE];

    tl_archive_name(&hot_one, part, name);
    sample_write(&archive, name, data, size);
}

/* The frames that the sealed ledger's runs cover; its END says the rest. */
static uint64_t covered(uint64_t *ret_frames, uint64_t *ret_skipped)
{
    struct tl_frame_decoder decoder;
    struct tl_ledger_entry entry;
    struct tl_frame frame;
    struct tl_bytes stream;
    uint64_t frames = 0;
    int fd;
    struct tl_sealed *sealed = sample_open_sealed(&archive, &sealed_one, &fd);

    demand(tl_sealed_ledger(sealed, &stream) == TL_OK);
    tl_frame_decoder_init(&decoder, TL_LEDGER_ENTRY_MAX);
    while (tl_frame_next(&decoder, &stream, &frame) == TL_OK) {
        struct tl_ledger_run run;
        uint64_t last_ms = 0;
        if (frame.kind != TL_FRAME_DATA)
            continue;
        demand(tl_ledger_decode(frame.payload, &entry) == TL_OK);
        while (entry.kind == TL_LEDGER_RUNS && tl_ledger_next_run(&entry.packed, &last_ms, &run) == TL_OK)
            frames += run.frames;
        if (entry.kind == TL_LEDGER_END) {
            *ret_frames = entry.frames;
            *ret_skipped = entry.skipped;
        }
    }
    tl_sealed_free(sealed);
    close(fd);
    return frames;
}

/* Of a file that is compressed there may be more in it than its size. */
static void check(const struct bytes *expected, const struct pack_result *result, size_t size,
                  bool is_compressed)
{
    struct bytes frames = sample_frames_of_sealed(&archive, 1);
    uint64_t count = UINT64_MAX, skipped = UINT64_MAX;

    demand(frames.size == expected->size);
    demand(!frames.size || memcmp(frames.data, expected->data, frames.size) == 0);
    demand(covered(&count, &skipped) == result->frames);
    demand(count == result->frames && skipped == result->damaged + result->cut_off);
    demand(skipped + frames.size <= size || is_compressed);
    demand(result->is_set_aside == (result->damaged > 0));
    bytes_free(&frames);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct pack_options options = {.level = 1, .block_size = 16384};
    struct pack_result result;
    size_t ledger = size < 2 ? 0 : (size_t)tl_be16(data);

    if (size < 2 || ledger > size - 2)
        return 0;
    make_archive();
    write_part(TL_ARCHIVE_RUNS, data + 2, ledger);
    write_part(TL_ARCHIVE_ROWS, data + 2 + ledger, size - 2 - ledger);
    struct bytes expected = sample_frames_of_hot(&archive, 1);
    demand(pack_segment(archive.archive, &hot_one, &options, &result) == PACK_OK);
    check(&expected, &result, size - 2 - ledger, size > 2 + ledger && data[2 + ledger] != 0);
    bytes_free(&expected);
    demand(segment_remove(archive.archive, &sealed_one) == 0);
    unlinkat(tl_archive_folder(archive.archive), "damaged/20270115T080000Z-00000001.fstrm", 0);
    unlinkat(tl_archive_folder(archive.archive), "damaged/20270115T080000Z-00000001.runs", 0);
    return 0;
}
