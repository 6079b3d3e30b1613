/* ACK and LOSS, the control frames that two taplines have beside the standard ones. Invariant: what is
 * encoded here decodes here to the same; fields that are not known are passed over, and nothing is taken of a
 * frame that has a known one cut off, missing or twice. */
#include <tapline/frame.h>

#define FIELD_OFFSET 0x80 /* ACK: 64 bits */
#define FIELD_SENDER 0x81 /* LOSS: 64 bits */
#define FIELD_LOST   0x82 /* LOSS, for each cause: cause 32 bits, before and total 64 bits */

#define FIELD_HEAD  8u
#define NUMBER_SIZE 8u
#define LOST_SIZE   20u

static void put_be64(struct tl_builder *to, uint64_t value)
{
    tl_builder_put_be32(to, (uint32_t)(value >> 32));
    tl_builder_put_be32(to, (uint32_t)value);
}

static uint64_t take_be64(struct tl_cursor *from)
{
    uint64_t high = tl_cursor_be32(from);

    return high << 32 | tl_cursor_be32(from);
}

/* Encoding ---------------------------------------------------------------------------------------------- */

static void put_head(struct tl_builder *to, uint32_t type, uint32_t fields_size)
{
    tl_builder_put_be32(to, 0);
    tl_builder_put_be32(to, 4 + fields_size);
    tl_builder_put_be32(to, type);
}

static void put_number(struct tl_builder *to, uint32_t field, uint64_t value)
{
    tl_builder_put_be32(to, field);
    tl_builder_put_be32(to, NUMBER_SIZE);
    put_be64(to, value);
}

static enum tl_status end(const struct tl_builder *to, size_t *ret_size)
{
    if (to->status == TL_OK)
        *ret_size = tl_builder_size(to);
    return to->status;
}

enum tl_status tl_ack_encode(uint64_t offset, uint8_t *buffer, size_t size, size_t *ret_size)
{
    struct tl_builder to = tl_builder(buffer, size);

    put_head(&to, TL_CONTROL_ACK, FIELD_HEAD + NUMBER_SIZE);
    put_number(&to, FIELD_OFFSET, offset);
    return end(&to, ret_size);
}

static bool is_plausible(const struct tl_lost *lost)
{
    return lost->cause >= 1 && lost->cause <= TL_LOSS_CAUSE_MAX && lost->before <= lost->total &&
           lost->total <= TL_LOSS_TOTAL_LIMIT;
}

enum tl_status tl_loss_encode(const struct tl_loss *loss, uint8_t *buffer, size_t size, size_t *ret_size)
{
    struct tl_builder to = tl_builder(buffer, size);

    if (loss->count > TL_LOSS_CAUSES_MAX)
        return TL_BAD_CONTROL_FIELD;
    put_head(&to, TL_CONTROL_LOSS, FIELD_HEAD + NUMBER_SIZE + loss->count * (FIELD_HEAD + LOST_SIZE));
    put_number(&to, FIELD_SENDER, loss->sender);
    for (uint32_t i = 0; i < loss->count; i++) {
        if (!is_plausible(&loss->lost[i]))
            return TL_BAD_CONTROL_FIELD;
        tl_builder_put_be32(&to, FIELD_LOST);
        tl_builder_put_be32(&to, LOST_SIZE);
        tl_builder_put_be32(&to, loss->lost[i].cause);
        put_be64(&to, loss->lost[i].before);
        put_be64(&to, loss->lost[i].total);
    }
    return end(&to, ret_size);
}

/* Decoding ---------------------------------------------------------------------------------------------- */

static enum tl_status begin(struct tl_cursor *from, size_t size, uint32_t type)
{
    uint32_t found = tl_cursor_be32(from);

    if (from->status != TL_OK || size > TL_CONTROL_SIZE_MAX)
        return TL_BAD_CONTROL_LENGTH;
    return found == type ? TL_OK : TL_UNEXPECTED_CONTROL;
}

/* The next field. False at the end, and if it is cut off. */
static bool next_field(struct tl_cursor *from, uint32_t *ret_type, struct tl_bytes *ret_value)
{
    if (!tl_cursor_left(from))
        return false;
    *ret_type = tl_cursor_be32(from);
    uint32_t size = tl_cursor_be32(from);
    *ret_value = tl_cursor_take(from, size);
    return from->status == TL_OK;
}

/* A field of 64 bits, that may be there once. */
static bool take_number(struct tl_bytes value, bool *is_there, uint64_t *ret_number)
{
    struct tl_cursor from = tl_cursor(value);

    if (*is_there || value.size != NUMBER_SIZE)
        return false;
    *is_there = true;
    *ret_number = take_be64(&from);
    return true;
}

enum tl_status tl_ack_decode(struct tl_bytes payload, uint64_t *ret_offset)
{
    struct tl_cursor from = tl_cursor(payload);
    enum tl_status status = begin(&from, payload.size, TL_CONTROL_ACK);
    struct tl_bytes value;
    uint64_t offset = 0;
    uint32_t type;
    bool is_there = false;

    if (status != TL_OK)
        return status;
    while (next_field(&from, &type, &value)) {
        if (type == FIELD_OFFSET && !take_number(value, &is_there, &offset))
            return TL_BAD_CONTROL_FIELD;
    }
    if (from.status != TL_OK || !is_there)
        return TL_BAD_CONTROL_FIELD;
    *ret_offset = offset;
    return TL_OK;
}

static bool take_lost(struct tl_bytes value, struct tl_loss *loss)
{
    struct tl_cursor from = tl_cursor(value);
    struct tl_lost *lost = &loss->lost[loss->count];

    if (value.size != LOST_SIZE || loss->count == TL_LOSS_CAUSES_MAX)
        return false;
    lost->cause = tl_cursor_be32(&from);
    lost->before = take_be64(&from);
    lost->total = take_be64(&from);
    loss->count++;
    return is_plausible(lost);
}

enum tl_status tl_loss_decode(struct tl_bytes payload, struct tl_loss *ret_loss)
{
    struct tl_cursor from = tl_cursor(payload);
    enum tl_status status = begin(&from, payload.size, TL_CONTROL_LOSS);
    struct tl_loss loss = {.count = 0};
    struct tl_bytes value;
    uint32_t type;
    bool is_there = false;

    if (status != TL_OK)
        return status;
    while (next_field(&from, &type, &value)) {
        if ((type == FIELD_SENDER && !take_number(value, &is_there, &loss.sender)) ||
            (type == FIELD_LOST && !take_lost(value, &loss)))
            return TL_BAD_CONTROL_FIELD;
    }
    if (from.status != TL_OK || !is_there)
        return TL_BAD_CONTROL_FIELD;
    *ret_loss = loss;
    return TL_OK;
}

/* Causes ------------------------------------------------------------------------------------------------ */

const char *tl_loss_cause_name(uint32_t cause)
{
    static const char *const names[] = {
        [TL_LOSS_FULL] = "full",           [TL_LOSS_TOO_LONG] = "too long", [TL_LOSS_CONTENDED] = "contended",
        [TL_LOSS_NO_MEMORY] = "no memory", [TL_LOSS_STOPPED] = "stopped",   [TL_LOSS_OLDEST] = "oldest",
        [TL_LOSS_LAGGING] = "lagging",
    };

    return cause < sizeof(names) / sizeof(*names) ? names[cause] : NULL;
}
