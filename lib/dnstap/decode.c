/* A frame to struct tl_dnstap: for each protobuf message one loop with one `switch` over the tag, made from
 * fields.def. A `take_` function returns the byte behind its value, or NULL when there is no such value; only
 * then is it asked why, so that good frames do not pay for reasons. Invariant: nothing outside the current
 * message's bytes is read, and the result leaves only when it is whole. */
#include "protobuf.h"

#define LIKELY(x) __builtin_expect(!!(x), 1)

struct decoding {
    struct tl_dnstap *to;
    struct explanation why; /* status TL_OK until something fails */
};

static __attribute__((noinline)) const uint8_t *take_long_varint(const uint8_t *at, const uint8_t *end,
                                                                 uint64_t *ret_value)
{
    uint64_t value = 0;

    for (unsigned shift = 0; at < end && shift < 7 * VARINT_SIZE_MAX; shift += 7) {
        uint8_t byte = *at++;
        value |= (uint64_t)(byte & 0x7f) << shift; /* protobuf drops what does not fit into 64 bits */
        if (byte < 0x80) {
            *ret_value = value;
            return at;
        }
    }
    return NULL;
}

static inline const uint8_t *take_UINT64(const uint8_t *at, const uint8_t *end, uint64_t *ret_value)
{
    if (LIKELY(at < end && *at < 0x80)) {
        *ret_value = *at;
        return at + 1;
    }
    return take_long_varint(at, end, ret_value);
}

static inline const uint8_t *take_UINT32(const uint8_t *at, const uint8_t *end, uint32_t *ret_value)
{
    uint64_t value = 0;
    at = take_UINT64(at, end, &value);
    *ret_value = (uint32_t)value;
    return at;
}

static inline const uint8_t *take_ENUM(const uint8_t *at, const uint8_t *end, int32_t *ret_value)
{
    uint64_t value = 0;
    at = take_UINT64(at, end, &value);
    *ret_value = (int32_t)(uint32_t)value;
    return at;
}

static inline const uint8_t *take_FIXED32(const uint8_t *at, const uint8_t *end, uint32_t *ret_value)
{
    if (end - at < 4)
        return NULL;
    *ret_value = (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
    return at + 4;
}

static inline const uint8_t *take_BYTES(const uint8_t *at, const uint8_t *end, struct tl_bytes *ret_bytes)
{
    uint64_t size = 0;
    at = take_UINT64(at, end, &size);
    if (!LIKELY(at && (uint64_t)(end - at) >= size))
        return NULL;
    *ret_bytes = tl_bytes(at, (size_t)size);
    return at + size;
}

static void keep(struct tl_dnstap_unknown *unknown, struct tl_bytes field)
{
    struct tl_bytes *last = unknown->count ? &unknown->fields[unknown->count - 1] : NULL;

    if (last && last->data + last->size == field.data)
        last->size += field.size;
    else if (unknown->count < TL_DNSTAP_UNKNOWN_MAX)
        unknown->fields[unknown->count++] = field;
    else if (field.size < UINT32_MAX - unknown->omitted)
        unknown->omitted += (uint32_t)field.size;
    else
        unknown->omitted = UINT32_MAX;
}

struct tag {
    uint64_t value;
    const uint8_t *start;
};

/* A field whose tag is none of the owner's; `known` has a bit for each number that the owner does have. */
static __attribute__((noinline)) const uint8_t *take_unknown(struct tag tag, const uint8_t *at,
                                                             const uint8_t *end, uint32_t known,
                                                             struct tl_dnstap_unknown *unknown)
{
    uint64_t number = tag.value >> 3, varint;
    struct tl_bytes bytes;

    if (number == 0 || number > FIELD_NUMBER_MAX || (number < 32 && known >> number & 1))
        return NULL;
    switch (tag.value & 7) {
    case WIRE_VARINT: at = take_UINT64(at, end, &varint); break;
    case WIRE_FIXED64: at = end - at < 8 ? NULL : at + 8; break;
    case WIRE_BYTES: at = take_BYTES(at, end, &bytes); break;
    case WIRE_FIXED32: at = end - at < 4 ? NULL : at + 4; break;
    default: return NULL;
    }
    if (at)
        keep(unknown, tl_bytes(tag.start, (size_t)(at - tag.start)));
    return at;
}

/* Reads the value of the field with this tag and sets its bit. `present` is a register of the loop: bits set
 * in memory one after the other would chain all fields of a frame to each other. */
typedef const uint8_t *take_field(struct decoding *decoding, struct tag tag, const uint8_t *at,
                                  const uint8_t *end, uint32_t *present);

/* The loop over one message's fields. Inlined with its take_field, so that each message has a loop of its
 * own. */
static inline __attribute__((always_inline)) bool decode_fields(struct decoding *decoding, enum owner owner,
                                                                take_field *take, struct tl_bytes message)
{
    const uint8_t *at = message.data, *end = message.size ? at + message.size : at;
    uint32_t present = 0;

    while (at < end) {
        struct tag tag = {0, at};
        at = take_UINT64(at, end, &tag.value);
        if (LIKELY(at))
            at = take(decoding, tag, at, end, &present);
        if (!LIKELY(at)) {
            if (decoding->why.status == TL_OK)
                decoding->why = tl__dnstap_explain(owner, tl_bytes(tag.start, (size_t)(end - tag.start)));
            return false;
        }
    }
    decoding->to->present |= present;
    return true;
}

#define CASE_SCALAR(number, kind, field, member)                                                             \
    case TAG(number, kind):                                                                                  \
        *present |= PRESENT(field);                                                                          \
        return take_##kind(at, end, &to->member);
#define CASE_BYTES   CASE_SCALAR
#define CASE_ENUM    CASE_SCALAR
#define CASE_UINT32  CASE_SCALAR
#define CASE_UINT64  CASE_SCALAR
#define CASE_FIXED32 CASE_SCALAR
#define CASE_SUBMESSAGE(number, kind, field, member)                                                         \
    case TAG(number, kind):                                                                                  \
        *present |= PRESENT(field);                                                                          \
        at = take_BYTES(at, end, &inner);                                                                    \
        return at && decode_##member(decoding, inner) ? at : NULL;
#define CASE(number, kind, field, member, word) CASE_##kind(number, kind, field, member)

#define NUMBER(number, kind, field, member, word) | 1u << (number)
#define DNSTAP                                    NUMBER
static const uint32_t dnstap_numbers = 0
#include "fields.def"
    ;
#define MESSAGE NUMBER
static const uint32_t message_numbers = 0
#include "fields.def"
    ;
#define POLICY NUMBER
static const uint32_t policy_numbers = 0
#include "fields.def"
    ;

static inline __attribute__((always_inline)) const uint8_t *
take_policy_field(struct decoding *decoding, struct tag tag, const uint8_t *at, const uint8_t *end,
                  uint32_t *present)
{
    struct tl_dnstap *to = decoding->to;

    switch (tag.value) {
#define POLICY CASE
#include "fields.def"
    default: return take_unknown(tag, at, end, policy_numbers, &to->policy_unknown);
    }
}

static __attribute__((noinline)) bool decode_policy(struct decoding *decoding, struct tl_bytes policy)
{
    return decode_fields(decoding, OWNER_POLICY, take_policy_field, policy);
}

static inline __attribute__((always_inline)) const uint8_t *
take_message_field(struct decoding *decoding, struct tag tag, const uint8_t *at, const uint8_t *end,
                   uint32_t *present)
{
    struct tl_dnstap *to = decoding->to;
    struct tl_bytes inner;

    switch (tag.value) {
#define MESSAGE CASE
#include "fields.def"
    default: return take_unknown(tag, at, end, message_numbers, &to->message_unknown);
    }
}

static bool decode_message(struct decoding *decoding, struct tl_bytes message)
{
    return decode_fields(decoding, OWNER_MESSAGE, take_message_field, message);
}

static inline __attribute__((always_inline)) const uint8_t *
take_dnstap_field(struct decoding *decoding, struct tag tag, const uint8_t *at, const uint8_t *end,
                  uint32_t *present)
{
    struct tl_dnstap *to = decoding->to;
    struct tl_bytes inner;

    switch (tag.value) {
#define DNSTAP CASE
#include "fields.def"
    default: return take_unknown(tag, at, end, dnstap_numbers, &to->unknown);
    }
}

/* The required field that is missing, or TL_DNSTAP_FIELDS. Known only at the end of the frame, since a
 * repeated `message` adds to the one before. */
static enum tl_dnstap_field missing_field(uint32_t present)
{
    if (!(present & PRESENT(TYPE)))
        return TL_DNSTAP_F_TYPE;
    if (present & PRESENT(MESSAGE) && !(present & PRESENT(MESSAGE_TYPE)))
        return TL_DNSTAP_F_MESSAGE_TYPE;
    return TL_DNSTAP_FIELDS;
}

static enum tl_status fail(struct explanation why, size_t offset, struct tl_dnstap_error *ret_error)
{
    if (ret_error) {
        ret_error->offset = offset;
        ret_error->what = why.what;
    }
    return why.status;
}

enum tl_status tl_dnstap_decode(struct tl_bytes frame, struct tl_dnstap *ret_dnstap,
                                struct tl_dnstap_error *ret_error)
{
    struct tl_dnstap dnstap = {0};
    struct decoding decoding = {&dnstap, {TL_OK, NULL, NULL}};

    if (!decode_fields(&decoding, OWNER_DNSTAP, take_dnstap_field, frame))
        return fail(decoding.why, (size_t)(decoding.why.at - frame.data), ret_error);

    enum tl_dnstap_field missing = missing_field(dnstap.present);
    if (missing != TL_DNSTAP_FIELDS)
        return fail((struct explanation){TL_MISSING_FIELD, NULL, tl_dnstap_field_name(missing)}, frame.size,
                    ret_error);
    *ret_dnstap = dnstap;
    return TL_OK;
}
