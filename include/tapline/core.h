/* core: what every room of libtapline stands on - statuses, byte slices, a reading cursor, a bounded builder,
 * addresses and times as text.
 *
 * Nothing here makes a system call, allocates, keeps state or knows the time or the time zone; every function
 * may be called from any thread on different arguments. Slices are borrowed: they live as long as the
 * caller's bytes do. On failure the outputs (`ret_...`) are untouched, unless a function says otherwise. */
#ifndef TAPLINE_CORE_H
#define TAPLINE_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TL_API __attribute__((visibility("default")))

/* Status ---------------------------------------------------------------------------------------------- */

enum tl_status {
#define TL_STATUS(name, sentence) TL_##name,
#include <tapline/status.def>
#undef TL_STATUS
};

/* "TL_BAD_LENGTH"; "TL_UNKNOWN" for a number that is no status. Static memory. */
TL_API const char *tl_status_name(enum tl_status status);

/* The sentence of status.def, without capital or full stop. Static memory. */
TL_API const char *tl_status_text(enum tl_status status);

/* Bytes ----------------------------------------------------------------------------------------------- */

/* A borrowed stretch of memory. `data` may be NULL when `size` is 0. */
struct tl_bytes {
    const uint8_t *data;
    size_t size;
};

static inline struct tl_bytes tl_bytes(const void *data, size_t size)
{
    struct tl_bytes bytes = {(const uint8_t *)data, size};
    return bytes;
}

static inline struct tl_bytes tl_bytes_of_text(const char *text)
{
    return tl_bytes(text, strlen(text));
}

static inline bool tl_bytes_equal(struct tl_bytes a, struct tl_bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline uint16_t tl_be16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t tl_be32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Cursor ---------------------------------------------------------------------------------------------- */

/* Reads a slice from front to back. The error is sticky: after the first failure every read returns zero (or
 * an empty slice) and moves nothing, so a decoder reads on and looks at `status` once, at the end. */
struct tl_cursor {
    const uint8_t *start;
    const uint8_t *at; /* next byte to be read; stays at the failing value after an error */
    const uint8_t *end;
    enum tl_status status; /* TL_OK, or why reading stopped */
};

static inline struct tl_cursor tl_cursor(struct tl_bytes bytes)
{
    struct tl_cursor cursor = {bytes.data, bytes.data, bytes.data ? bytes.data + bytes.size : NULL, TL_OK};
    return cursor;
}

static inline size_t tl_cursor_left(const struct tl_cursor *cursor)
{
    return (size_t)(cursor->end - cursor->at);
}

/* Bytes from the start of the slice to the next one to be read, or to the value that failed. */
static inline size_t tl_cursor_offset(const struct tl_cursor *cursor)
{
    return (size_t)(cursor->at - cursor->start);
}

/* Makes the cursor fail with `status`, unless it already has. */
static inline void tl_cursor_fail(struct tl_cursor *cursor, enum tl_status status)
{
    if (cursor->status == TL_OK)
        cursor->status = status;
}

/* True if `size` more bytes can be read; otherwise the cursor fails with TL_TRUNCATED. */
static inline bool tl_cursor_has(struct tl_cursor *cursor, size_t size)
{
    if (cursor->status == TL_OK && tl_cursor_left(cursor) >= size)
        return true;
    tl_cursor_fail(cursor, TL_TRUNCATED);
    return false;
}

/* The next `size` bytes as a slice. */
static inline struct tl_bytes tl_cursor_take(struct tl_cursor *cursor, size_t size)
{
    struct tl_bytes taken = {NULL, 0};
    if (tl_cursor_has(cursor, size)) {
        taken = tl_bytes(cursor->at, size);
        if (size) /* C forbids adding even 0 to NULL */
            cursor->at += size;
    }
    return taken;
}

static inline uint8_t tl_cursor_u8(struct tl_cursor *cursor)
{
    return tl_cursor_has(cursor, 1) ? *cursor->at++ : 0;
}

/* Big endian, as DNS (RFC 1035 section 2.3.2) and Frame Streams write their numbers. */
static inline uint16_t tl_cursor_be16(struct tl_cursor *cursor)
{
    if (!tl_cursor_has(cursor, 2))
        return 0;
    cursor->at += 2;
    return tl_be16(cursor->at - 2);
}

static inline uint32_t tl_cursor_be32(struct tl_cursor *cursor)
{
    if (!tl_cursor_has(cursor, 4))
        return 0;
    cursor->at += 4;
    return tl_be32(cursor->at - 4);
}

/* Builder --------------------------------------------------------------------------------------------- */

/* Appends to the caller's memory and never past its end. The overflow is sticky: what does not fit is not put
 * at all, nor anything after it, and `status` is TL_FULL. */
struct tl_builder {
    uint8_t *start;
    uint8_t *at;
    uint8_t *end;
    enum tl_status status; /* TL_OK or TL_FULL */
};

static inline struct tl_builder tl_builder(void *memory, size_t size)
{
    uint8_t *start = (uint8_t *)memory;
    struct tl_builder builder = {start, start, start ? start + size : NULL, TL_OK};
    return builder;
}

static inline size_t tl_builder_size(const struct tl_builder *builder)
{
    return (size_t)(builder->at - builder->start);
}

/* What was built so far. */
static inline struct tl_bytes tl_builder_bytes(const struct tl_builder *builder)
{
    return tl_bytes(builder->start, tl_builder_size(builder));
}

/* Room for `size` bytes that the caller then fills, or NULL and TL_FULL. */
static inline uint8_t *tl_builder_take(struct tl_builder *builder, size_t size)
{
    uint8_t *taken = builder->at;
    if (builder->status != TL_OK || (size_t)(builder->end - builder->at) < size) {
        builder->status = TL_FULL;
        return NULL;
    }
    if (size)
        builder->at += size;
    return taken;
}

static inline void tl_builder_put(struct tl_builder *builder, struct tl_bytes bytes)
{
    uint8_t *to = bytes.size ? tl_builder_take(builder, bytes.size) : NULL;
    if (to)
        memcpy(to, bytes.data, bytes.size);
}

static inline void tl_builder_put_u8(struct tl_builder *builder, uint8_t value)
{
    uint8_t *to = tl_builder_take(builder, 1);
    if (to)
        *to = value;
}

static inline void tl_builder_put_text(struct tl_builder *builder, const char *text)
{
    tl_builder_put(builder, tl_bytes_of_text(text));
}

TL_API void tl_builder_put_be16(struct tl_builder *builder, uint16_t value);
TL_API void tl_builder_put_be32(struct tl_builder *builder, uint32_t value);

/* Decimal digits, zero-padded on the left to at least `width` (0 to 20). */
TL_API void tl_builder_put_decimal(struct tl_builder *builder, uint64_t value, unsigned width);

/* Two lower-case hexadecimal digits a byte. */
TL_API void tl_builder_put_hex(struct tl_builder *builder, struct tl_bytes bytes);

/* Address --------------------------------------------------------------------------------------------- */

/* Longest text of an address with its final NUL ("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"). */
#define TL_ADDRESS_TEXT_SIZE 46

/* Text of a network address: 4 bytes as dotted decimal, 16 bytes in the canonical form of RFC 5952 with the
 * mixed notation that inet_ntop(3) uses for v4-mapped and v4-compatible ones. Writes at most
 * TL_ADDRESS_TEXT_SIZE bytes with the NUL and returns the length without it; 0 (and an empty string) if
 * `address` is of another size. */
TL_API size_t tl_address_print(struct tl_bytes address, char *ret_text);

/* The reverse: any form that RFC 4291 section 2.2 allows, no zone, no port. Fills 4 or 16 bytes. TL_BAD_TEXT.
 */
TL_API enum tl_status tl_address_parse(struct tl_bytes text, uint8_t ret_address[16], size_t *ret_size);

/* Time ------------------------------------------------------------------------------------------------ */

/* A point in time since 1970-01-01T00:00:00Z, without leap seconds. */
struct tl_time {
    uint64_t seconds;
    uint32_t nanoseconds; /* 0 to 999,999,999 */
};

/* A day and a time of day in the proleptic Gregorian calendar. */
struct tl_date {
    uint32_t year;
    uint8_t month; /* 1 to 12 */
    uint8_t day;   /* 1 to 31 */
    uint8_t hour, minute, second;
};

#define TL_TIME_TEXT_SIZE   31            /* "2026-11-23T21:24:22.402123456Z" and a NUL */
#define TL_TIME_SECONDS_MAX 253402300799u /* 9999-12-31T23:59:59Z: the last that RFC 3339 can write */

/* UTC date of `seconds`, which must not be above TL_TIME_SECONDS_MAX (TL_BAD_ARGUMENT). */
TL_API enum tl_status tl_date_of(uint64_t seconds, struct tl_date *ret_date);

/* RFC 3339 in UTC with nine digits of fraction; writes TL_TIME_TEXT_SIZE bytes with the NUL and returns the
 * length. 0 (and an empty string) if the time is above TL_TIME_SECONDS_MAX or `nanoseconds` is out of range.
 */
TL_API size_t tl_time_print(struct tl_time time, char *ret_text);

/* RFC 3339 section 5.6: date, 'T', 't' or a space, time, up to nine digits of fraction, 'Z', 'z' or an
 * offset. A leap second (":60") counts as the second after. TL_BAD_TEXT for anything else or before 1970. */
TL_API enum tl_status tl_time_parse(struct tl_bytes text, struct tl_time *ret_time);

#ifdef __cplusplus
}
#endif

#endif
