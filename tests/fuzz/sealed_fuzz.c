/* Property: whatever a file is, what is said of it holds - every block lies in it and is whole frames, as
 * many as are said; blocks follow each other in frames and in the file, and each belongs to one origin; and a
 * second look says the same. The first byte chooses whether the rest is the file, or the stream of contents
 * and ledger, under good checksums, of a file with one block. */
#include <tapline/archive.h>
#include <tapline/frame.h>

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILE_MAX (1u << 20)

static void demand(bool condition)
{
    if (!condition)
        abort();
}

/* Making a file ----------------------------------------------------------------------------------------- */

static uint8_t file[FILE_MAX];

static size_t pack(size_t at, const void *data, size_t size)
{
    ZSTD_CCtx *zstd = ZSTD_createCCtx();

    demand(zstd != NULL);
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
    size_t packed = ZSTD_compress2(zstd, file + at, sizeof(file) - at, data, size);
    demand(!ZSTD_isError(packed));
    ZSTD_freeCCtx(zstd);
    return at + packed;
}

static size_t put_stored(size_t at, uint8_t magic, const char *tag, const void *data, size_t size)
{
    size_t end = pack(at + 16, data, size);
    uint32_t rest = (uint32_t)(end - at - 8);
    const uint8_t head[] = {
        magic, 0x2a, 0x4d, 0x18, (uint8_t)rest, (uint8_t)(rest >> 8), (uint8_t)(rest >> 16), 0};

    memcpy(file + at, head, 8);
    memcpy(file + at + 8, tag, 8);
    return end;
}

static size_t make_file(const uint8_t *data, size_t size)
{
    static const uint8_t frames[] = "\0\0\0\1a\0\0\0\2bc\0\0\0\3def";
    struct tl_control start = tl_control(TL_CONTROL_START, tl_bytes_of_text("protobuf:dnstap.Dnstap"));
    uint8_t wire[TL_CONTROL_FRAME_MAX];
    size_t wire_size = 0, at = 0;

    demand(tl_control_encode(&start, wire, sizeof(wire), &wire_size) == TL_OK);
    at = pack(at, wire, wire_size);
    at = pack(at, frames, sizeof(frames) - 1);
    at = put_stored(at, 0x50, "taplineL", data, size);
    return put_stored(at, 0x51, "taplineC", data, size);
}

/* Looking at it ----------------------------------------------------------------------------------------- */

static void check_blocks(const struct tl_sealed_info *info)
{
    uint64_t offset = 0, frames = 0, bytes = 0;

    for (size_t i = 0; i < info->block_count; i++) {
        const struct tl_sealed_block *block = &info->blocks[i];
        demand(block->offset >= offset && block->offset <= info->file_size);
        demand(block->packed_size <= info->file_size - block->offset);
        demand(block->first_frame == frames && block->frames > 0 && block->frames <= block->size / 5);
        demand(block->earliest_ms <= block->latest_ms || (block->earliest_ms == 1 && block->latest_ms == 0));
        offset = block->offset + block->packed_size;
        frames += block->frames;
        bytes += block->size;
    }
    demand(frames == info->frames && bytes == info->bytes);
}

static void check_origins(const struct tl_sealed_info *info)
{
    uint64_t frames = 0, number = 0;
    size_t block = 0;

    demand(info->origin_count > 0);
    for (size_t i = 0; i < info->origin_count; i++) {
        const struct tl_sealed_origin *origin = &info->origins[i];
        demand(origin->first_frame == frames && origin->number > number);
        frames += origin->frames;
        number = origin->number;
        while (block < info->block_count && info->blocks[block].first_frame < frames)
            block++;
        demand(block < info->block_count ? info->blocks[block].first_frame == frames
                                         : frames == info->frames);
    }
}

static void check_block(struct tl_sealed *sealed, size_t number)
{
    const struct tl_sealed_block *block = &tl_sealed_info(sealed)->blocks[number];
    struct tl_frame_decoder decoder;
    struct tl_bytes frames;
    struct tl_frame frame;
    uint64_t count = 0;

    if (tl_sealed_read(sealed, number, &frames) != TL_OK)
        return;
    demand(frames.size == block->size);
    tl_frame_decoder_init(&decoder, TL_ARCHIVE_FRAME_MAX);
    for (; frames.size; count++)
        demand(tl_frame_next(&decoder, &frames, &frame) == TL_OK && frame.kind == TL_FRAME_DATA);
    demand(count == block->frames);
}

static struct tl_sealed *look(int fd)
{
    static const struct tl_archive_segment segment = {7, 9, 1795467600, true};
    struct tl_sealed *sealed = NULL;
    enum tl_status status = tl_sealed_open(fd, &segment, &sealed);

    demand(status == TL_OK || status == TL_BAD_TEXT);
    return sealed;
}

static void check(int fd)
{
    struct tl_sealed *sealed = look(fd), *again = look(fd);
    struct tl_bytes stream;

    demand((sealed == NULL) == (again == NULL));
    if (!sealed)
        return;
    const struct tl_sealed_info *info = tl_sealed_info(sealed), *other = tl_sealed_info(again);
    demand(info->is_rebuilt == other->is_rebuilt && info->is_rebuilt == (info->damage != NULL));
    demand(info->frames == other->frames && info->bytes == other->bytes);
    demand(info->block_count == other->block_count && info->loss_count == other->loss_count);
    check_blocks(info);
    check_origins(info);
    for (size_t i = 0; i < info->block_count; i++)
        check_block(sealed, i);
    if (tl_sealed_ledger(sealed, &stream) == TL_OK)
        demand(stream.size == 0 || stream.data != NULL);
    tl_sealed_free(sealed);
    tl_sealed_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > FILE_MAX / 4)
        return 0;
    bool is_stream = data[0] & 1;
    int fd = memfd_create("sealed", MFD_CLOEXEC);
    size_t file_size = is_stream ? make_file(data + 1, size - 1) : size - 1;
    const uint8_t *bytes = is_stream ? file : data + 1;

    demand(fd >= 0 && write(fd, bytes, file_size) == (ssize_t)file_size);
    check(fd);
    close(fd);
    return 0;
}
