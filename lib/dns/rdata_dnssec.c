/* The fields of signatures, keys, proofs and certificates: RFC 4034, RFC 5155, RFC 4398, RFC 8945, RFC 2930.
 * Invariant: a number without a name is printed as a number. */
#include "rdata.h"
#include "words.h"

#define COUNT(words) (sizeof(words) / sizeof((words)[0]))

/* IANA's "DNS Security Algorithm Numbers", in BIND's words. */
static const struct numbered_word algorithms[] = {
    {1, WORD("RSAMD5")},
    {2, WORD("DH")},
    {3, WORD("DSA")},
    {5, WORD("RSASHA1")},
    {6, WORD("NSEC3DSA")},
    {7, WORD("NSEC3RSASHA1")},
    {8, WORD("RSASHA256")},
    {10, WORD("RSASHA512")},
    {12, WORD("ECCGOST")},
    {13, WORD("ECDSAP256SHA256")},
    {14, WORD("ECDSAP384SHA384")},
    {15, WORD("ED25519")},
    {16, WORD("ED448")},
    {252, WORD("INDIRECT")},
    {253, WORD("PRIVATEDNS")},
    {254, WORD("PRIVATEOID")},
};

/* RFC 4398 section 2.1. */
static const struct numbered_word cert_types[] = {
    {1, WORD("PKIX")}, {2, WORD("SPKI")},   {3, WORD("PGP")},     {4, WORD("IPKIX")}, {5, WORD("ISPKI")},
    {6, WORD("IPGP")}, {7, WORD("ACPKIX")}, {8, WORD("IACPKIX")}, {253, WORD("URI")}, {254, WORD("OID")},
};

/* RFC 9859 section 2.1. */
static const struct numbered_word schemes[] = {{1, WORD("NOTIFY")}};

/* What TSIG and TKEY add to the rcodes of the header, RFC 8945 section 3 and RFC 2930 section 2.6. */
static const struct numbered_word errors[] = {
    {16, WORD("BADSIG")},  {17, WORD("BADKEY")}, {18, WORD("BADTIME")},  {19, WORD("BADMODE")},
    {20, WORD("BADNAME")}, {21, WORD("BADALG")}, {22, WORD("BADTRUNC")},
};

static void put_word(struct rdata *rdata, const struct numbered_word *words, size_t count, unsigned number)
{
    char text[TL_DNS_WORD_SIZE];
    size_t size = tl__dns_numbered_word_print(words, count, number, "", text);

    rdata_separate(rdata);
    tl_builder_put(rdata->out, tl_bytes(text, size));
}

void tl__dns_put_algorithm(struct rdata *rdata)
{
    put_word(rdata, algorithms, COUNT(algorithms), tl_cursor_u8(&rdata->in));
}

void tl__dns_put_cert_type(struct rdata *rdata)
{
    put_word(rdata, cert_types, COUNT(cert_types), tl_cursor_be16(&rdata->in));
}

void tl__dns_put_scheme(struct rdata *rdata)
{
    put_word(rdata, schemes, COUNT(schemes), tl_cursor_u8(&rdata->in));
}

void tl__dns_put_error(struct rdata *rdata)
{
    unsigned error = tl_cursor_be16(&rdata->in);
    char text[TL_DNS_WORD_SIZE];

    if (error >= 16) {
        put_word(rdata, errors, COUNT(errors), error);
        return;
    }
    rdata_separate(rdata);
    tl_builder_put(rdata->out, tl_bytes(text, tl_dns_rcode_print(error, text)));
}

static size_t type_print(const struct rdata *rdata, uint16_t type, char ret_text[TL_DNS_WORD_SIZE])
{
    return rdata->is_bind ? tl_dns_bind_type_print(type, ret_text) : tl_dns_type_print(type, ret_text);
}

static void put_type_name(struct rdata *rdata, uint16_t type)
{
    char text[TL_DNS_WORD_SIZE];

    rdata_separate(rdata);
    tl_builder_put(rdata->out, tl_bytes(text, type_print(rdata, type, text)));
}

/* SIG and NXT are older than RFC 3597: in them BIND writes an unknown type as a bare number. */
static void put_old_type_name(struct rdata *rdata, uint16_t type)
{
    char text[TL_DNS_WORD_SIZE];
    size_t size = type_print(rdata, type, text);
    size_t prefix = size > 4 && memcmp(text, "TYPE", 4) == 0 ? 4 : 0;

    rdata_separate(rdata);
    tl_builder_put(rdata->out, tl_bytes(text + prefix, size - prefix));
}

void tl__dns_put_type(struct rdata *rdata)
{
    put_type_name(rdata, tl_cursor_be16(&rdata->in));
}

void tl__dns_put_sig_type(struct rdata *rdata)
{
    put_old_type_name(rdata, tl_cursor_be16(&rdata->in));
}

static bool has_bit(struct tl_bytes bits, unsigned i)
{
    return bits.data[i / 8] & 0x80 >> i % 8;
}

/* RFC 4034 section 4.1.2: windows in ascending order, none longer than needed. */
void tl__dns_put_bitmap_if_any(struct rdata *rdata)
{
    int last = -1;

    while (rdata_left(rdata)) {
        int window = tl_cursor_u8(&rdata->in);
        size_t size = tl_cursor_u8(&rdata->in);
        struct tl_bytes bits = tl_cursor_take(&rdata->in, size);
        rdata_require(rdata, window > last && size <= 32 && bits.size && bits.data[bits.size - 1]);
        for (unsigned i = 0; rdata->in.status == TL_OK && i < bits.size * 8; i++) {
            if (has_bit(bits, i))
                put_type_name(rdata, (uint16_t)((unsigned)window * 256 + i));
        }
        last = window;
    }
}

/* NSEC has at least its own bit, RFC 4034 section 4.1.2. */
void tl__dns_put_bitmap(struct rdata *rdata)
{
    rdata_require(rdata, rdata_left(rdata) > 0);
    tl__dns_put_bitmap_if_any(rdata);
}

/* RFC 2535 section 5.2: the types below 128 alone. The first bit would stand for another format, which nobody
 * defined. */
void tl__dns_put_nxt_bitmap(struct rdata *rdata)
{
    struct tl_bytes bits = rdata_take_rest(rdata);

    if (bits.size)
        rdata_require(rdata, bits.size <= 16 && bits.data[bits.size - 1] && !has_bit(bits, 0));
    for (unsigned i = 0; rdata->in.status == TL_OK && i < bits.size * 8; i++) {
        if (has_bit(bits, i))
            put_old_type_name(rdata, (uint16_t)i);
    }
}

static void put_two_digits(uint8_t *to, unsigned value)
{
    to[0] = (uint8_t)('0' + value / 10 % 10);
    to[1] = (uint8_t)('0' + value % 10);
}

#define CYCLE_YEARS   400 /* after which the calendar repeats itself */
#define CYCLE_SECONDS (146097 * INT64_C(86400))

/* RFC 4034 section 3.2. The 32 bits are a time modulo 2^32, section 3.1.5. */
void tl__dns_put_time(struct rdata *rdata)
{
    uint32_t bits = tl_cursor_be32(&rdata->in);
    int64_t seconds = bits;
    struct tl_date date;
    uint8_t *to;

    if (rdata->is_bind)
        seconds = (int64_t)rdata->now + (int32_t)(bits - (uint32_t)rdata->now);
    bool is_before_1970 = seconds < 0;
    if (tl_date_of((uint64_t)(is_before_1970 ? seconds + CYCLE_SECONDS : seconds), &date) != TL_OK)
        return; /* never: 32 bits end in the year 2106 */
    if (is_before_1970)
        date.year -= CYCLE_YEARS;
    rdata_separate(rdata);
    to = tl_builder_take(rdata->out, 14);
    if (!to)
        return;
    put_two_digits(to, date.year / 100);
    put_two_digits(to + 2, date.year);
    put_two_digits(to + 4, date.month);
    put_two_digits(to + 6, date.day);
    put_two_digits(to + 8, date.hour);
    put_two_digits(to + 10, date.minute);
    put_two_digits(to + 12, date.second);
}

void tl__dns_put_time48(struct rdata *rdata)
{
    uint64_t high = tl_cursor_be16(&rdata->in);
    rdata_put_number(rdata, high << 32 | tl_cursor_be32(&rdata->in));
}

/* The flags of RKEY, draft-reid-dnsext-rkey section 2.1: none is defined. */
void tl__dns_put_zero(struct rdata *rdata)
{
    unsigned flags = tl_cursor_be16(&rdata->in);

    rdata_require(rdata, flags == 0);
    rdata_put_number(rdata, flags);
}

#define ALGORITHM_PRIVATEDNS 253

/* Algorithm and key. A private key begins with the name of its algorithm, RFC 4034 appendix A.1.1. */
void tl__dns_put_algorithm_and_key(struct rdata *rdata)
{
    uint8_t algorithm = tl_cursor_u8(&rdata->in), name[TL_DNS_NAME_SIZE_MAX];
    size_t size;

    rdata_put_number(rdata, algorithm);
    if (algorithm == ALGORITHM_PRIVATEDNS && rdata_left(rdata)) {
        struct tl_bytes key = tl_bytes(rdata->in.at, rdata_left(rdata));
        rdata_require(rdata, tl_dns_name(key, 0, name, &size, NULL) == TL_OK);
    }
    tl__dns_put_rest_as_base64(rdata);
}

#define KEY_FLAGS_NO_KEY 0xc000u /* RFC 2535 section 3.1.2 */

void tl__dns_put_key(struct rdata *rdata)
{
    unsigned flags = tl_cursor_be16(&rdata->in);

    rdata_put_number(rdata, flags);
    tl__dns_put_u8(rdata);
    if ((flags & KEY_FLAGS_NO_KEY) == KEY_FLAGS_NO_KEY)
        tl__dns_put_u8(rdata);
    else
        tl__dns_put_algorithm_and_key(rdata);
}

/* A kind and a digest, which has the size of its kind: `sizes` by kind, 0 for those that are not assigned. */
static void put_digest(struct rdata *rdata, const uint8_t *sizes, size_t count, size_t size_min)
{
    unsigned kind = tl_cursor_u8(&rdata->in);
    size_t size = rdata_left(rdata);

    rdata_put_number(rdata, kind);
    rdata_require(rdata, kind < count && sizes[kind] ? size == sizes[kind] : size >= size_min);
    if (size)
        tl__dns_put_rest_as_hex(rdata);
}

/* RFC 4034 section 5.1.4, RFC 4509, RFC 5933, RFC 6605. */
void tl__dns_put_ds_digest(struct rdata *rdata)
{
    static const uint8_t sizes[] = {0, 20, 32, 0,
                                    48}; /* 3 is GOST, deprecated, which BIND does not measure */
    put_digest(rdata, sizes, COUNT(sizes), 1);
}

/* RFC 4255 section 3.1.3, RFC 6594. */
void tl__dns_put_sshfp_digest(struct rdata *rdata)
{
    static const uint8_t sizes[] = {0, 20, 32};
    put_digest(rdata, sizes, COUNT(sizes), 0);
}

/* RFC 8976 section 2.2.4. */
void tl__dns_put_zonemd_digest(struct rdata *rdata)
{
    static const uint8_t sizes[] = {0, 48, 64};
    put_digest(rdata, sizes, COUNT(sizes), 12);
}
