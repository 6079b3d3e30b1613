/* Rdata on its way from wire form to text. Each field function takes one field off `in` and puts its text; it
 * need not look whether that went well, since both remember their first failure. Invariant: nothing outside
 * the rdata is read but names that a pointer leads to, in the message before it. */
#ifndef TL_DNS_RDATA_H
#define TL_DNS_RDATA_H

#include "name.h"

struct rdata {
    struct tl_cursor in;    /* what was not taken yet */
    struct tl_builder *out; /* what was put so far */
    const uint8_t *text;    /* where the text begins */
    struct tl_bytes wire;   /* the message up to the end of the rdata */
    bool is_unknown;        /* well formed, but only RFC 3597 can write it */
    bool is_bind;           /* as BIND prints it in a whole message */
    uint64_t now;           /* seconds since 1970; if `is_bind` */
};

typedef void put_field(struct rdata *rdata);

/* The form that types.def gives for a type in a class; empty if its rdata is to be written as that of an
 * unknown type. */
const char *tl__dns_form(uint16_t type, uint16_t rclass);

/* The rdata does not have the form of its type. */
static inline void rdata_fail(struct rdata *rdata)
{
    tl_cursor_fail(&rdata->in, TL_BAD_RDATA);
}

static inline void rdata_require(struct rdata *rdata, bool condition)
{
    if (!condition)
        rdata_fail(rdata);
}

static inline size_t rdata_left(const struct rdata *rdata)
{
    return rdata->in.status == TL_OK ? tl_cursor_left(&rdata->in) : 0;
}

static inline struct tl_bytes rdata_take_rest(struct rdata *rdata)
{
    return tl_cursor_take(&rdata->in, rdata_left(rdata));
}

/* The space before every field but the first. */
static inline void rdata_separate(struct rdata *rdata)
{
    if (rdata->out->at != rdata->text)
        tl_builder_put_u8(rdata->out, ' ');
}

static inline void rdata_put_number(struct rdata *rdata, uint64_t number)
{
    rdata_separate(rdata);
    tl_builder_put_decimal(rdata->out, number, 0);
}

/* Shared by several files. The `put` functions put no space in front. */
void tl__dns_put_hex(struct rdata *rdata, struct tl_bytes bytes);
void tl__dns_put_base64(struct rdata *rdata, struct tl_bytes bytes);
void tl__dns_put_escaped(struct rdata *rdata, struct tl_bytes bytes);
void tl__dns_put_address(struct rdata *rdata, struct tl_bytes address);

/* Hex and base64 of the fields that BIND breaks into words when it prints whole messages; in words if
 * `is_bind`. */
void tl__dns_put_long_hex(struct rdata *rdata, struct tl_bytes bytes);
void tl__dns_put_long_base64(struct rdata *rdata, struct tl_bytes bytes);

/* The field functions, by the letters of types.def. */
put_field tl__dns_put_u8, tl__dns_put_u16, tl__dns_put_u32, tl__dns_put_u64, tl__dns_put_octal;
put_field tl__dns_put_v4, tl__dns_put_v6;
put_field tl__dns_put_name, tl__dns_put_plain_name;
put_field tl__dns_put_x25, tl__dns_put_string, tl__dns_put_strings, tl__dns_put_optional_string,
    tl__dns_put_rest_as_string;
put_field tl__dns_put_rest_as_hex, tl__dns_put_rest_as_base64;
put_field tl__dns_put_counted_hex, tl__dns_put_counted_base32;
put_field tl__dns_put_type, tl__dns_put_sig_type, tl__dns_put_time;
put_field tl__dns_put_bitmap, tl__dns_put_bitmap_if_any, tl__dns_put_nxt_bitmap;
put_field tl__dns_put_ds_digest, tl__dns_put_sshfp_digest, tl__dns_put_zonemd_digest;
put_field tl__dns_put_algorithm, tl__dns_put_key, tl__dns_put_cert_type, tl__dns_put_scheme;
put_field tl__dns_put_error, tl__dns_put_time48, tl__dns_put_zero, tl__dns_put_algorithm_and_key,
    tl__dns_put_regexp;
put_field tl__dns_put_counted_base64, tl__dns_put_counted_base64_if_any;
put_field tl__dns_put_eui48, tl__dns_put_eui64, tl__dns_put_locator, tl__dns_put_ports, tl__dns_put_nsap,
    tl__dns_put_atma;
put_field tl__dns_put_a6, tl__dns_put_prefixes;
put_field tl__dns_put_loc, tl__dns_put_svcb_parameters;
put_field tl__dns_put_ipseckey, tl__dns_put_amtrelay, tl__dns_put_hip;
put_field tl__dns_put_caa_tag, tl__dns_put_doa_data, tl__dns_put_sink_data;

#endif
