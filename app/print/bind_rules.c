/* What BIND demands of a record besides the form of its rdata, which lib/dns knows. Invariant: nothing here
 * reads a name that was not found sound before. */
#include "print/bind_message.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

enum { TYPE_CNAME = 5, TYPE_SOA = 6, TYPE_DNAME = 39, TYPE_RESINFO = 261 };

uint16_t bind_covered(const struct tl_dns_record *record)
{
    return record->rdata.size >= 2 ? tl_be16(record->rdata.data) : 0;
}

bool bind_is_singleton(uint16_t type)
{
    return type == TYPE_CNAME || type == TYPE_SOA || type == TYPE_DNAME || type == TYPE_RESINFO;
}

static size_t behind_name(const uint8_t *wire, size_t at)
{
    for (; wire[at] && wire[at] < 0xc0; at += wire[at] + 1u)
        ;
    return at + (wire[at] ? 2 : 1);
}

bool bind_same_rdata(struct tl_bytes wire, const struct tl_dns_record *a, const struct tl_dns_record *b)
{
    size_t at = (size_t)(a->rdata.data - wire.data), other = (size_t)(b->rdata.data - wire.data);
    size_t end = at + a->rdata.size, other_end = other + b->rdata.size;
    int names = a->type == TYPE_SOA ? 2 : a->type == TYPE_RESINFO ? 0 : 1;

    for (int i = 0; i < names; i++) {
        if (!bind_names_equal(wire, at, other))
            return false;
        at = behind_name(wire.data, at);
        other = behind_name(wire.data, other);
    }
    return tl_bytes_equal(tl_bytes(wire.data + at, end - at), tl_bytes(wire.data + other, other_end - other));
}

static unsigned count_labels(const uint8_t *wire, size_t at)
{
    unsigned count = 1;

    for (;;) {
        at = bind_behind_pointers(wire, at);
        if (!wire[at])
            return count;
        at += wire[at] + 1u;
        count++;
    }
}

bool bind_is_signer_above(struct tl_bytes wire, const struct tl_dns_record *record)
{
    const size_t labels = 3, signer = 18; /* where they stand, RFC 4034 section 3.1 */
    size_t at = (size_t)(record->rdata.data - wire.data);

    return wire.data[at + labels] + 1u >= count_labels(wire.data, at + signer);
}

static int base32_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'v' ? c - 'a' + 10 : -1;
}

/* RFC 4648 section 7, without padding: the bits that are left over are zero. */
bool bind_is_nsec3_owner(struct tl_bytes wire, size_t name)
{
    static const uint8_t spare_bits[8] = {0, 0xff, 3, 0xff, 15, 1, 0xff, 7}; /* by the size modulo 8 */
    const uint8_t *label = wire.data + bind_behind_pointers(wire.data, name);
    unsigned size = *label, spare = spare_bits[size % 8];
    for (unsigned i = 1; i <= size; i++) {
        if (base32_value(label[i]) < 0)
            return false;
    }
    return spare == 0 || (spare != 0xff && (base32_value(label[size]) & (int)spare) == 0);
}

bool bind_is_nsec3(struct tl_bytes rdata)
{
    const size_t salt = 4; /* where its length stands, RFC 5155 section 3.2 */
    uint8_t size = rdata.data[salt + 1 + rdata.data[salt]];

    return rdata.data[0] == 1 ? size == 20 : (size * 8 + 4) / 5 <= 63;
}

/* EDNS options. -------------------------------------------------------------------------------------- */

/* RFC 7871 section 6: as many bytes of address as the prefix asks for, and no bit behind it. */
static bool is_client_subnet(struct tl_bytes value)
{
    if (value.size < 4)
        return false;
    unsigned family = tl_be16(value.data), prefix = value.data[2], scope = value.data[3];
    size_t size = value.size - 4;

    if (family == 0)
        return prefix == 0 && scope == 0 && size == 0;
    if (family > 2)
        return false;
    unsigned longest = family == 1 ? 32 : 128;
    if (prefix > longest || scope > longest || size != (prefix + 7) / 8)
        return false;
    return prefix % 8 == 0 || (value.data[value.size - 1] & 0xff >> prefix % 8) == 0;
}

/* RFC 3629, but that BIND takes the halves of surrogate pairs as well. */
bool bind_is_utf8(struct tl_bytes text)
{
    const uint8_t *at = text.data, *end = text.data + text.size;

    while (at < end) {
        unsigned size = *at < 0x80                  ? 1
                        : *at >= 0xc2 && *at < 0xe0 ? 2
                        : *at >= 0xe0 && *at < 0xf0 ? 3
                        : *at >= 0xf0 && *at < 0xf5 ? 4
                                                    : 0;
        if (!size || (size_t)(end - at) < size)
            return false;
        for (unsigned i = 1; i < size; i++) {
            if ((at[i] & 0xc0) != 0x80)
                return false;
        }
        if ((*at == 0xe0 && at[1] < 0xa0) || (*at == 0xf0 && at[1] < 0x90) || (*at == 0xf4 && at[1] >= 0x90))
            return false;
        at += size;
    }
    return true;
}

/* RFC 8914 section 2: text without a byte order mark. */
static bool is_extended_error(struct tl_bytes value)
{
    if (value.size < 2)
        return false;
    struct tl_bytes text = tl_bytes(value.data + 2, value.size - 2);
    return !(text.size >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0) && bind_is_utf8(text);
}

static bool is_option(uint16_t code, struct tl_bytes value, enum print_bind_release release)
{
    size_t size = value.size;

    switch (code) {
    case 1: return size == 18;
    case 2: return release == PRINT_BIND_9_18 || size == 4 || size == 8;
    case 8: return is_client_subnet(value);
    case 9: return size == 0 || size == 4;
    case 10: return size == 8 || (size >= 16 && size <= 40);
    case 14: return size > 0 && size % 2 == 0;
    case 15: return is_extended_error(value);
    case 16:
    case 17: return size == 2;
    default: return true;
    }
}

const char *bind_options_fault(struct tl_bytes options, enum print_bind_release release, size_t *ret_at)
{
    const uint8_t *start = options.data;
    struct tl_bytes value;
    uint16_t code;
    enum tl_status status;

    for (;;) {
        *ret_at = (size_t)(options.data - start);
        status = tl_dns_next_option(&options, &code, &value);
        if (status == TL_END)
            return NULL;
        if (status != TL_OK)
            return "an EDNS option is cut off";
        if (!is_option(code, value, release))
            return "an EDNS option does not have the form of its code";
    }
}
