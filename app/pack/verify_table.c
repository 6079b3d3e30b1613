/* The outline of a sealed segment. Invariant: it is read here from the file alone, without what the library
 * knows of it; so both have to be right. Formats: RFC 8878 (zstd), and zstd's seekable format. */
#include "pack/verify_table.h"

#include "pack/finding.h"

#include <tapline/dnstap.h>
#include <tapline/frame.h>

#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#define FOOTER_SIZE     9 /* number of entries, descriptor, magic number */
#define ENTRY_SIZE      12
#define SKIPPABLE_HEAD  8 /* magic number, size */
#define SEEKABLE_MAGIC  0x8f92eab1u
#define SKIPPABLE_MAGIC 0x184d2a50u /* to ...5f */
#define TABLE_MAGIC     0x184d2a5eu
#define HAS_CHECKSUMS   0x80
#define SUM_OF_NOTHING  0x51d8e999u /* the low half of XXH64 of no bytes */
#define MARK_SIZE       8           /* "taplineL" */
#define SMALL_PART_MAX  1024        /* of START and STOP, compressed */
#define AROUND_BLOCKS   4           /* entries that are no blocks */

struct part {
    uint64_t offset;
    uint32_t packed_size, size, checksum;
};

struct outline {
    struct verify *verify;
    const char *place;
    int fd;
    const struct tl_sealed_info *info;
    uint8_t *table;
    uint32_t count; /* of its entries */
    uint64_t table_offset;
};

static uint32_t le32(const uint8_t *at)
{
    return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

static bool read_at(int fd, uint64_t offset, void *buffer, size_t size)
{
    uint8_t *to = buffer;

    while (size) {
        ssize_t got = pread(fd, to, size, (off_t)offset);
        if (got <= 0)
            return false;
        to += got;
        size -= (size_t)got;
        offset += (uint64_t)got;
    }
    return true;
}

static void say(struct outline *outline, const char *what)
{
    finding_say(outline->verify, VERIFY_DAMAGE, outline->place, "%s", what);
}

static struct part part_at(const struct outline *outline, uint32_t index, uint64_t offset)
{
    const uint8_t *entry = outline->table + SKIPPABLE_HEAD + (size_t)index * ENTRY_SIZE;

    return (struct part){offset, le32(entry), le32(entry + 4), le32(entry + 8)};
}

/* Finds and reads the table; false if there is none that can be right. */
static bool read_table(struct outline *outline)
{
    uint64_t end = outline->info->file_size;
    uint8_t footer[FOOTER_SIZE];

    if (end < FOOTER_SIZE || !read_at(outline->fd, end - FOOTER_SIZE, footer, FOOTER_SIZE) ||
        le32(footer + 5) != SEEKABLE_MAGIC || footer[4] != HAS_CHECKSUMS)
        return false;
    outline->count = le32(footer);
    uint64_t size = SKIPPABLE_HEAD + (uint64_t)outline->count * ENTRY_SIZE + FOOTER_SIZE;
    if (size > end || !(outline->table = malloc(size)))
        return false;
    outline->table_offset = end - size;
    return read_at(outline->fd, outline->table_offset, outline->table, size) &&
           le32(outline->table) == TABLE_MAGIC && le32(outline->table + 4) == size - SKIPPABLE_HEAD;
}

/* Is the sum in the table the one at the end of the zstd frame? That one zstd compares with the bytes itself.
 */
static bool has_checksum(const struct outline *outline, const struct part *part)
{
    uint8_t sum[4];

    return part->packed_size > sizeof(sum) &&
           read_at(outline->fd, part->offset + part->packed_size - sizeof(sum), sum, sizeof(sum)) &&
           le32(sum) == part->checksum;
}

/* Is it a zstd frame of one control frame of `type` alone? */
static bool is_control(const struct outline *outline, const struct part *part, enum tl_control_type type)
{
    uint8_t packed[SMALL_PART_MAX], bytes[TL_CONTROL_FRAME_MAX], expected[TL_CONTROL_FRAME_MAX];
    struct tl_control control = tl_control(
        type, type == TL_CONTROL_START ? tl_bytes_of_text(TL_DNSTAP_CONTENT_TYPE) : tl_bytes(NULL, 0));
    size_t size, expected_size;

    if (part->packed_size > sizeof(packed) ||
        !read_at(outline->fd, part->offset, packed, part->packed_size) ||
        tl_control_encode(&control, expected, sizeof(expected), &expected_size) != TL_OK)
        return false;
    size = ZSTD_decompress(bytes, sizeof(bytes), packed, part->packed_size);
    return !ZSTD_isError(size) && size == part->size && has_checksum(outline, part) &&
           tl_bytes_equal(tl_bytes(bytes, size), tl_bytes(expected, expected_size));
}

/* Is it a skippable frame with our mark? */
static bool is_marked(const struct outline *outline, const struct part *part, const char *mark)
{
    uint8_t head[SKIPPABLE_HEAD + MARK_SIZE];

    return part->size == 0 && part->checksum == SUM_OF_NOTHING && part->packed_size >= sizeof(head) &&
           read_at(outline->fd, part->offset, head, sizeof(head)) && (le32(head) & ~15u) == SKIPPABLE_MAGIC &&
           le32(head + 4) == part->packed_size - SKIPPABLE_HEAD &&
           memcmp(head + SKIPPABLE_HEAD, mark, MARK_SIZE) == 0;
}

static void check_block(struct outline *outline, size_t index, const struct part *part)
{
    const struct tl_sealed_block *block = &outline->info->blocks[index];

    if (part->offset != block->offset || part->packed_size != block->packed_size || part->size != block->size)
        finding_say(outline->verify, VERIFY_DAMAGE, outline->place,
                    "block %zu is %u bytes at %llu, %u unpacked, says the seek table; the contents say %u at "
                    "%llu, %u",
                    index + 1, part->packed_size, (unsigned long long)part->offset, part->size,
                    block->packed_size, (unsigned long long)block->offset, block->size);
    else if (!has_checksum(outline, part))
        finding_say(outline->verify, VERIFY_DAMAGE, outline->place,
                    "block %zu: the seek table has another checksum than the block itself", index + 1);
}

static void check_part(struct outline *outline, uint32_t index, const struct part *part)
{
    size_t blocks = outline->info->block_count;

    if (index == 0 && !is_control(outline, part, TL_CONTROL_START))
        say(outline, "does not begin with START; tools that read it as Frame Streams will refuse it");
    else if (index > 0 && index <= blocks)
        check_block(outline, index - 1, part);
    else if (index == blocks + 1 && !is_control(outline, part, TL_CONTROL_STOP))
        say(outline, "has no STOP behind its last block");
    else if (index == blocks + 2 && !is_marked(outline, part, "taplineL"))
        say(outline, "has no ledger where the seek table says");
    else if (index == blocks + 3 && !is_marked(outline, part, "taplineC"))
        say(outline, "has no contents where the seek table says");
}

void verify_table(struct verify *verify, const char *place, int fd, const struct tl_sealed_info *info)
{
    struct outline outline = {.verify = verify, .place = place, .fd = fd, .info = info};
    uint64_t offset = 0;

    if (!read_table(&outline)) {
        say(&outline, "does not end with a seek table");
    } else if (outline.count != info->block_count + AROUND_BLOCKS) {
        finding_say(verify, VERIFY_DAMAGE, place, "its seek table lists %u parts, %zu are due", outline.count,
                    info->block_count + AROUND_BLOCKS);
    } else {
        for (uint32_t i = 0; i < outline.count; i++) {
            struct part part = part_at(&outline, i, offset);
            check_part(&outline, i, &part);
            offset += part.packed_size;
        }
        if (offset != outline.table_offset)
            finding_say(verify, VERIFY_DAMAGE, place,
                        "its parts have %llu bytes, %llu lie before the seek table",
                        (unsigned long long)offset, (unsigned long long)outline.table_offset);
    }
    free(outline.table);
}
