/* The builder's numbers. Invariant: a value is put whole or not at all. */
#include <tapline/core.h>

void tl_builder_put_be16(struct tl_builder *builder, uint16_t value)
{
    uint8_t *to = tl_builder_take(builder, 2);
    if (!to)
        return;
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
}

void tl_builder_put_be32(struct tl_builder *builder, uint32_t value)
{
    uint8_t *to = tl_builder_take(builder, 4);
    if (!to)
        return;
    to[0] = (uint8_t)(value >> 24);
    to[1] = (uint8_t)(value >> 16);
    to[2] = (uint8_t)(value >> 8);
    to[3] = (uint8_t)value;
}

void tl_builder_put_decimal(struct tl_builder *builder, uint64_t value, unsigned width)
{
    char digits[20]; /* of 2^64 - 1 */
    unsigned count = 0;

    do {
        digits[sizeof(digits) - ++count] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (count < width && count < sizeof(digits))
        digits[sizeof(digits) - ++count] = '0';
    tl_builder_put(builder, tl_bytes(digits + sizeof(digits) - count, count));
}

void tl_builder_put_hex(struct tl_builder *builder, struct tl_bytes bytes)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t *to = tl_builder_take(builder, bytes.size * 2);

    for (size_t i = 0; to && i < bytes.size; i++) {
        to[2 * i] = (uint8_t)digits[bytes.data[i] >> 4];
        to[2 * i + 1] = (uint8_t)digits[bytes.data[i] & 15];
    }
}
