/* Recognises compressions: one table of beginnings. Invariant: no beginning is also that of a Frame Streams
 * file, whose first byte is zero. */
#include "source/unpack.h"

struct magic {
    uint8_t bytes[UNPACK_MAGIC_SIZE];
    uint8_t mask[UNPACK_MAGIC_SIZE]; /* of the bits that count */
    size_t size;
    const struct unpack_kind *kind;
};

static const struct magic magics[] = {
    {{0x28, 0xb5, 0x2f, 0xfd}, {255, 255, 255, 255}, 4, &unpack_zstd},  /* RFC 8878 section 3.1.1 */
    {{0x50, 0x2a, 0x4d, 0x18}, {0xf0, 255, 255, 255}, 4, &unpack_zstd}, /* ... 3.1.2, a skippable frame */
    {{0x1f, 0x8b}, {255, 255}, 2, &unpack_gzip},                        /* RFC 1952 section 2.3.1 */
    {{0xfd, '7', 'z', 'X', 'Z', 0}, {255, 255, 255, 255, 255, 255}, 6, &unpack_xz}, /* xz-file-format 2.1.1 */
};

static bool begins_so(struct tl_bytes bytes, const struct magic *magic, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if ((bytes.data[i] & magic->mask[i]) != magic->bytes[i])
            return false;
    }
    return true;
}

enum tl_status unpack_find(struct tl_bytes first_bytes, const struct unpack_kind **ret_kind)
{
    bool is_open = false;

    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
        bool is_long_enough = first_bytes.size >= magics[i].size;
        if (!begins_so(first_bytes, &magics[i], is_long_enough ? magics[i].size : first_bytes.size))
            continue;
        if (is_long_enough) {
            *ret_kind = magics[i].kind;
            return TL_OK;
        }
        is_open = true;
    }
    if (is_open)
        return TL_MORE;
    *ret_kind = NULL;
    return TL_OK;
}
