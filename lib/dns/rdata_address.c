/* The fields that hold addresses of one kind or another: A6, APL, WKS, NSAP, ATMA, EUI48, EUI64, NID, L64.
 * Invariant: an address is printed only if as many of its bytes are there as its prefix or length asks for.
 */
#include "rdata.h"

#define V4_SIZE 4
#define V6_SIZE 16

static void put_lower_hex(struct rdata *rdata, struct tl_bytes bytes)
{
    tl_builder_put_hex(rdata->out, bytes);
}

static void put_eui(struct rdata *rdata, size_t size)
{
    struct tl_bytes bytes = tl_cursor_take(&rdata->in, size);

    for (size_t i = 0; i < bytes.size; i++) {
        if (i)
            tl_builder_put_u8(rdata->out, '-');
        put_lower_hex(rdata, tl_bytes(bytes.data + i, 1));
    }
}

/* RFC 7043 section 3.2. */
void tl__dns_put_eui48(struct rdata *rdata)
{
    put_eui(rdata, 6);
}

/* RFC 7043 section 4.2. */
void tl__dns_put_eui64(struct rdata *rdata)
{
    put_eui(rdata, 8);
}

/* RFC 6742 sections 2.1.2 and 2.3.2; no leading zeros. */
void tl__dns_put_locator(struct rdata *rdata)
{
    rdata_separate(rdata);
    for (int i = 0; i < 4; i++) {
        unsigned group = tl_cursor_be16(&rdata->in);
        int shift = group >> 12 ? 12 : group >> 8 ? 8 : group >> 4 ? 4 : 0;
        if (i)
            tl_builder_put_u8(rdata->out, ':');
        for (; shift >= 0; shift -= 4)
            tl_builder_put_u8(rdata->out, (uint8_t) "0123456789abcdef"[group >> shift & 15]);
    }
}

/* RFC 1035 section 3.4.2. */
void tl__dns_put_ports(struct rdata *rdata)
{
    tl__dns_put_u8(rdata);
    struct tl_bytes bits = rdata_take_rest(rdata);

    rdata_require(rdata, bits.size <= 65536 / 8 && (!bits.size || bits.data[bits.size - 1]));
    for (size_t i = 0; rdata->in.status == TL_OK && i < bits.size * 8; i++) {
        if (bits.data[i / 8] & 0x80 >> i % 8)
            rdata_put_number(rdata, i);
    }
}

/* RFC 1706 section 7. */
void tl__dns_put_nsap(struct rdata *rdata)
{
    rdata_require(rdata, rdata_left(rdata) > 0);
    tl_builder_put_text(rdata->out, "0x");
    put_lower_hex(rdata, rdata_take_rest(rdata));
}

/* ATM Forum af-saa-0069, section 5.3. */
void tl__dns_put_atma(struct rdata *rdata)
{
    enum { AESA, E164 };
    unsigned format = tl_cursor_u8(&rdata->in);
    struct tl_bytes address = rdata_take_rest(rdata);

    rdata_require(rdata, address.size > 0);
    if (format == AESA) {
        put_lower_hex(rdata, address);
    } else if (format == E164) {
        for (size_t i = 0; i < address.size; i++)
            rdata_require(rdata, address.data[i] >= '0' && address.data[i] <= '9');
        tl_builder_put_u8(rdata->out, '+');
        tl_builder_put(rdata->out, address);
    } else {
        rdata->is_unknown = true;
    }
}

/* RFC 2874 section 3.1: prefix length, the bits behind the prefix, and a name if there is a prefix. */
void tl__dns_put_a6(struct rdata *rdata)
{
    uint8_t address[V6_SIZE] = {0};
    unsigned prefix = tl_cursor_u8(&rdata->in);
    rdata_require(rdata, prefix <= 128);
    size_t size = rdata->in.status == TL_OK ? V6_SIZE - prefix / 8 : 0;
    struct tl_bytes suffix = tl_cursor_take(&rdata->in, size);

    rdata_put_number(rdata, prefix);
    tl_builder_put_u8(rdata->out, ' ');
    if (suffix.size) {
        rdata_require(rdata, (suffix.data[0] & ~(0xffu >> prefix % 8)) == 0);
        memcpy(address + V6_SIZE - suffix.size, suffix.data, suffix.size);
        tl__dns_put_address(rdata, tl_bytes(address, V6_SIZE));
    }
    if (prefix)
        tl__dns_put_name(rdata);
}

/* One item of APL, RFC 3123 section 4. False if its family is unknown. */
static bool put_prefix(struct rdata *rdata)
{
    unsigned family = tl_cursor_be16(&rdata->in);
    unsigned length = tl_cursor_u8(&rdata->in);
    unsigned size = tl_cursor_u8(&rdata->in);
    struct tl_bytes bytes = tl_cursor_take(&rdata->in, size & 0x7f);
    uint8_t address[V6_SIZE] = {0};
    size_t full = family == 1 ? V4_SIZE : V6_SIZE;

    rdata_require(rdata, bytes.size == 0 || bytes.data[bytes.size - 1] != 0);
    if (family != 1 && family != 2)
        return false;
    rdata_require(rdata, length <= full * 8 && bytes.size <= full);
    if (rdata->in.status != TL_OK)
        return true;
    if (bytes.size)
        memcpy(address, bytes.data, bytes.size);
    rdata_separate(rdata);
    tl_builder_put_text(rdata->out, size & 0x80 ? "!" : "");
    tl_builder_put_decimal(rdata->out, family, 0);
    tl_builder_put_u8(rdata->out, ':');
    tl__dns_put_address(rdata, tl_bytes(address, full));
    tl_builder_put_u8(rdata->out, '/');
    tl_builder_put_decimal(rdata->out, length, 0);
    return true;
}

void tl__dns_put_prefixes(struct rdata *rdata)
{
    while (rdata_left(rdata)) {
        if (!put_prefix(rdata))
            rdata->is_unknown = true;
    }
}
