/* Building and reading seek tables. Invariant: the frames of a table that is given out lie end to end from
 * the start of the file to the table itself, whatever the bytes of the file are. */
#include "seek_table.h"

#include "place.h"

#define FOOTER_MAGIC  0x8F92EAB1u
#define HAS_CHECKSUMS 0x80
#define RESERVED_BITS 0x7C

enum tl_status tl__seek_table_add(struct growing *table, const struct seek_entry *entry)
{
    size_t head = table->size ? 0 : SEEK_TABLE_HEAD_SIZE;
    uint8_t *to = growing_room(table, head + SEEK_TABLE_ENTRY_SIZE);

    if (!to)
        return TL_NO_MEMORY;
    if (table->size >= SEEK_TABLE_HEAD_SIZE + (size_t)SEEK_TABLE_FRAMES_MAX * SEEK_TABLE_ENTRY_SIZE)
        return TL_FULL;
    to += head;
    set_le32(to, entry->packed_size);
    set_le32(to + 4, entry->size);
    set_le32(to + 8, entry->checksum);
    table->size += head + SEEK_TABLE_ENTRY_SIZE;
    return TL_OK;
}

enum tl_status tl__seek_table_end(struct growing *table)
{
    uint8_t *footer = growing_room(table, SEEK_TABLE_FOOTER_SIZE);
    size_t entries = table->size - SEEK_TABLE_HEAD_SIZE;

    if (!footer)
        return TL_NO_MEMORY;
    set_le32(table->data, SEEK_TABLE_MAGIC);
    set_le32(table->data + 4, (uint32_t)(entries + SEEK_TABLE_FOOTER_SIZE));
    set_le32(footer, (uint32_t)(entries / SEEK_TABLE_ENTRY_SIZE));
    footer[4] = HAS_CHECKSUMS;
    set_le32(footer + 5, FOOTER_MAGIC);
    table->size += SEEK_TABLE_FOOTER_SIZE;
    return TL_OK;
}

static enum tl_status damaged(const char *what, const char **ret_damage)
{
    *ret_damage = what;
    return TL_BAD_TEXT;
}

static struct seek_entry decode_entry(const uint8_t *at)
{
    return (struct seek_entry){get_le32(at), get_le32(at + 4), get_le32(at + 8)};
}

/* Decodes the entries of a whole table in place of its bytes. Returns the sum of the compressed sizes. */
static uint64_t decode_entries(const uint8_t *bytes, struct seek_entry *entries, size_t count)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        entries[i] = decode_entry(bytes + i * SEEK_TABLE_ENTRY_SIZE);
        sum += entries[i].packed_size;
    }
    return sum;
}

/* Reads the table, whose size is known. */
static enum tl_status read_table(int fd, uint64_t offset, size_t count, struct seek_entry **ret_entries,
                                 const char **ret_damage)
{
    size_t size = SEEK_TABLE_HEAD_SIZE + count * SEEK_TABLE_ENTRY_SIZE;
    uint8_t *bytes = malloc(size);
    struct seek_entry *entries = calloc(count + 1, sizeof(*entries));
    enum tl_status status = bytes && entries ? read_place(fd, offset, bytes, size) : TL_NO_MEMORY;

    if (status == TL_OK && (get_le32(bytes) != SEEK_TABLE_MAGIC ||
                            get_le32(bytes + 4) != size - SEEK_TABLE_HEAD_SIZE + SEEK_TABLE_FOOTER_SIZE))
        status = damaged("the seek table is damaged", ret_damage);
    else if (status == TL_OK && decode_entries(bytes + SEEK_TABLE_HEAD_SIZE, entries, count) != offset)
        status = damaged("the seek table does not fit the file", ret_damage);
    free(bytes);
    if (status != TL_OK) {
        free(entries);
        return status;
    }
    *ret_entries = entries;
    return TL_OK;
}

enum tl_status tl__seek_table_read(int fd, uint64_t file_size, struct seek_entry **ret_entries,
                                   size_t *ret_count, const char **ret_damage)
{
    uint8_t footer[SEEK_TABLE_FOOTER_SIZE];

    if (file_size < SEEK_TABLE_HEAD_SIZE + SEEK_TABLE_FOOTER_SIZE)
        return damaged("the seek table is missing", ret_damage);
    enum tl_status status = read_place(fd, file_size - sizeof(footer), footer, sizeof(footer));
    if (status != TL_OK)
        return status;
    uint64_t count = get_le32(footer), room = file_size - SEEK_TABLE_HEAD_SIZE - SEEK_TABLE_FOOTER_SIZE;
    if (get_le32(footer + 5) != FOOTER_MAGIC)
        return damaged("the seek table is missing", ret_damage);
    if (footer[4] & RESERVED_BITS || !(footer[4] & HAS_CHECKSUMS) || count > SEEK_TABLE_FRAMES_MAX ||
        count > room / SEEK_TABLE_ENTRY_SIZE)
        return damaged("the seek table is damaged", ret_damage);
    status = read_table(fd, room - count * SEEK_TABLE_ENTRY_SIZE, count, ret_entries, ret_damage);
    if (status == TL_OK)
        *ret_count = count;
    return status;
}
