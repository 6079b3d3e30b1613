/* Why a field could not be decoded. The decoder's loops only notice that there is no good field; this looks
 * again, at leisure. Invariant: called for a field that decodes after all, it would still return an error,
 * never TL_OK. */
#include "protobuf.h"

static const struct field {
    enum owner owner;
    uint8_t number;
    uint8_t wire_type;
    enum tl_dnstap_field field;
} fields[] = {
#define DNSTAP(number, kind, field, member, word) {OWNER_DNSTAP, number, WIRE_OF_##kind, TL_DNSTAP_F_##field},
#define MESSAGE(number, kind, field, member, word)                                                           \
    {OWNER_MESSAGE, number, WIRE_OF_##kind, TL_DNSTAP_F_##field},
#define POLICY(number, kind, field, member, word) {OWNER_POLICY, number, WIRE_OF_##kind, TL_DNSTAP_F_##field},
#include "fields.def"
};

_Static_assert(sizeof(fields) / sizeof(fields[0]) == TL_DNSTAP_FIELDS,
               "the list has each field of the header once");

static const struct field *find_field(enum owner owner, uint64_t number)
{
    for (size_t i = 0; i < TL_DNSTAP_FIELDS; i++)
        if (fields[i].owner == owner && fields[i].number == number)
            return &fields[i];
    return NULL;
}

static uint64_t cursor_varint(struct tl_cursor *from)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < VARINT_SIZE_MAX; i++) {
        uint8_t byte = tl_cursor_u8(from);
        value |= (uint64_t)(byte & 0x7f) << 7 * i;
        if (byte < 0x80)
            return value;
    }
    tl_cursor_fail(from, TL_BAD_VARINT);
    return 0;
}

static enum tl_status status_of(uint64_t tag, const struct field *field, struct tl_cursor *value)
{
    unsigned wire_type = tag & 7;

    if (tag >> 3 == 0 || tag >> 3 > FIELD_NUMBER_MAX)
        return TL_BAD_TAG;
    if ((wire_type > WIRE_BYTES && wire_type != WIRE_FIXED32) || (field && field->wire_type != wire_type))
        return TL_BAD_WIRE_TYPE;
    if (wire_type == WIRE_VARINT || wire_type == WIRE_BYTES)
        cursor_varint(value);
    return value->status != TL_OK ? value->status : TL_TRUNCATED;
}

struct explanation tl__dnstap_explain(enum owner owner, struct tl_bytes rest)
{
    static const char *const unknown[] = {
        [OWNER_DNSTAP] = "unknown field",
        [OWNER_MESSAGE] = "unknown field of message",
        [OWNER_POLICY] = "unknown field of message.policy",
    };
    struct tl_cursor from = tl_cursor(rest);
    uint64_t tag = cursor_varint(&from);
    const struct field *field = from.status == TL_OK ? find_field(owner, tag >> 3) : NULL;
    enum tl_status status = from.status == TL_OK ? status_of(tag, field, &from) : from.status;

    return (struct explanation){status, rest.data,
                                field ? tl_dnstap_field_name(field->field) : unknown[owner]};
}
