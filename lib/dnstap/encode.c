/* struct tl_dnstap to a frame. A first pass measures the messages from the inside out, since each length
 * stands before its bytes; then everything is written without another check. Both passes are made from
 * fields.def. Invariant: encode writes exactly tl_dnstap_size() bytes, or none. */
#include "protobuf.h"

/* Bytes of each message without its own tag and length. */
struct sizes {
    size_t policy;
    size_t message;
    size_t dnstap;
    uint32_t present; /* with the sub-messages that their fields bring along */
};

static size_t size_of_varint(uint64_t value)
{
    unsigned bits = 64 - (unsigned)__builtin_clzll(value | 1);
    return (bits + 6) / 7;
}

static size_t size_of_slice(size_t size)
{
    return size_of_varint(size) + size;
}

static uint64_t sign_extended(int32_t value)
{
    return (uint64_t)(int64_t)value;
}

static size_t size_of_unknown(const struct tl_dnstap_unknown *unknown)
{
    size_t size = 0;

    for (uint32_t i = 0; i < unknown->count; i++)
        size += unknown->fields[i].size;
    return size;
}

#define SIZE_OF_BYTES(member)      size_of_slice(dnstap->member.size)
#define SIZE_OF_SUBMESSAGE(member) size_of_slice(sizes.member)
#define SIZE_OF_ENUM(member)       size_of_varint(sign_extended(dnstap->member))
#define SIZE_OF_UINT32(member)     size_of_varint(dnstap->member)
#define SIZE_OF_UINT64(member)     size_of_varint(dnstap->member)
#define SIZE_OF_FIXED32(member)    4
#define SIZE(number, kind, field, member, word)                                                              \
    if (sizes.present & PRESENT(field))                                                                      \
        size += size_of_varint(TAG(number, kind)) + SIZE_OF_##kind(member);

/* A sub-message is there if its own bit, one of its fields' or an unknown field says so. */
static uint32_t with_submessages(const struct tl_dnstap *dnstap)
{
#define BIT(number, kind, field, member, word) | PRESENT(field)
    uint32_t present = dnstap->present;
    const uint32_t of_policy = 0
#define POLICY BIT
#include "fields.def"
        ;
    const uint32_t of_message = 0
#define MESSAGE BIT
#include "fields.def"
        ;
    if (present & of_policy || dnstap->policy_unknown.count)
        present |= PRESENT(POLICY);
    if (present & of_message || dnstap->message_unknown.count)
        present |= PRESENT(MESSAGE);
    return present;
}

static struct sizes measure(const struct tl_dnstap *dnstap)
{
    struct sizes sizes = {.present = with_submessages(dnstap)};
    size_t size;

    size = size_of_unknown(&dnstap->policy_unknown);
#define POLICY SIZE
#include "fields.def"
    sizes.policy = size;

    size = size_of_unknown(&dnstap->message_unknown);
#define MESSAGE SIZE
#include "fields.def"
    sizes.message = size;

    size = size_of_unknown(&dnstap->unknown);
#define DNSTAP SIZE
#include "fields.def"
    sizes.dnstap = size;
    return sizes;
}

size_t tl_dnstap_size(const struct tl_dnstap *dnstap)
{
    return measure(dnstap).dnstap;
}

static uint8_t *put_varint(uint8_t *to, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        *to++ = (uint8_t)(value | 0x80);
    *to++ = (uint8_t)value;
    return to;
}

static uint8_t *put_fixed32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++, value >>= 8)
        *to++ = (uint8_t)value;
    return to;
}

static uint8_t *put_raw(uint8_t *to, struct tl_bytes bytes)
{
    if (bytes.size)
        memcpy(to, bytes.data, bytes.size);
    return to + bytes.size;
}

static uint8_t *put_slice(uint8_t *to, struct tl_bytes bytes)
{
    return put_raw(put_varint(to, bytes.size), bytes);
}

static uint8_t *put_unknown(uint8_t *to, const struct tl_dnstap_unknown *unknown)
{
    for (uint32_t i = 0; i < unknown->count; i++)
        to = put_raw(to, unknown->fields[i]);
    return to;
}

#define PUT_BYTES(member)      put_slice(to, dnstap->member)
#define PUT_SUBMESSAGE(member) put_##member(put_varint(to, sizes->member), dnstap, sizes)
#define PUT_ENUM(member)       put_varint(to, sign_extended(dnstap->member))
#define PUT_UINT32(member)     put_varint(to, dnstap->member)
#define PUT_UINT64(member)     put_varint(to, dnstap->member)
#define PUT_FIXED32(member)    put_fixed32(to, dnstap->member)
#define PUT(number, kind, field, member, word)                                                               \
    if (sizes->present & PRESENT(field)) {                                                                   \
        to = put_varint(to, TAG(number, kind));                                                              \
        to = PUT_##kind(member);                                                                             \
    }

static uint8_t *put_policy(uint8_t *to, const struct tl_dnstap *dnstap, const struct sizes *sizes)
{
#define POLICY PUT
#include "fields.def"
    return put_unknown(to, &dnstap->policy_unknown);
}

static uint8_t *put_message(uint8_t *to, const struct tl_dnstap *dnstap, const struct sizes *sizes)
{
#define MESSAGE PUT
#include "fields.def"
    return put_unknown(to, &dnstap->message_unknown);
}

static uint8_t *put_dnstap(uint8_t *to, const struct tl_dnstap *dnstap, const struct sizes *sizes)
{
#define DNSTAP PUT
#include "fields.def"
    return put_unknown(to, &dnstap->unknown);
}

enum tl_status tl_dnstap_encode(const struct tl_dnstap *dnstap, uint8_t *buffer, size_t size)
{
    struct sizes sizes = measure(dnstap);

    if (sizes.dnstap > size)
        return TL_FULL;
    put_dnstap(buffer, dnstap, &sizes);
    return TL_OK;
}
