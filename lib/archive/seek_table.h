/* The seek table of zstd's seekable format (zstd_seekable_compression_format.md, published with zstd): a
 * skippable frame at the end of the file which lists the frames before it. All numbers little endian:
 *
 *     0x184D2A5E, size of what follows
 *     per frame: compressed size, uncompressed size, checksum (low half of XXH64 of the uncompressed bytes)
 *     number of frames, descriptor (a byte; bit 7: there are checksums), 0x8F92EAB1 */
#ifndef TL_ARCHIVE_SEEK_TABLE_H
#define TL_ARCHIVE_SEEK_TABLE_H

#include "growing.h"

#define SEEK_TABLE_MAGIC       0x184D2A5Eu
#define SEEK_TABLE_HEAD_SIZE   8
#define SEEK_TABLE_ENTRY_SIZE  12
#define SEEK_TABLE_FOOTER_SIZE 9
#define SEEK_TABLE_FRAMES_MAX  0x8000000u /* says the format */

#define CHECKSUM_OF_NOTHING                                                                                  \
    0x51D8E999u /* low half of XXH64(""): what a skippable frame holds is no content */

struct seek_entry {
    uint32_t packed_size, size, checksum;
};

static inline uint32_t get_le32(const uint8_t *at)
{
    return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

static inline void set_le32(uint8_t *to, uint32_t value)
{
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)(value >> 8);
    to[2] = (uint8_t)(value >> 16);
    to[3] = (uint8_t)(value >> 24);
}

/* Adds the next frame to a table in the making, which is empty at first. TL_NO_MEMORY, TL_FULL. */
enum tl_status tl__seek_table_add(struct growing *table, const struct seek_entry *entry);

/* Puts the head and the footer in their places. TL_NO_MEMORY. */
enum tl_status tl__seek_table_end(struct growing *table);

/* Reads the table of the file in `fd`, which has `file_size` bytes. `*ret_entries` is to be freed. The frames
 * it lists fill the file exactly. TL_BAD_TEXT if there is none or it is damaged (`*ret_damage` says which),
 * TL_SYSTEM, TL_NO_MEMORY. */
enum tl_status tl__seek_table_read(int fd, uint64_t file_size, struct seek_entry **ret_entries,
                                   size_t *ret_count, const char **ret_damage);

#endif
