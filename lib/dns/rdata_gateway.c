/* Rdata whose shape depends on its own first bytes: IPSECKEY, AMTRELAY and HIP; and the odd fields of CAA,
 * DOA and SINK. Invariant: a kind of gateway that is not known is not guessed at. */
#include "rdata.h"

enum gateway { GATEWAY_NONE, GATEWAY_V4, GATEWAY_V6, GATEWAY_NAME };

/* RFC 4025 section 2.5. False if nobody knows how long it is. */
static bool put_gateway(struct rdata *rdata, unsigned kind)
{
    switch (kind) {
    case GATEWAY_NONE:
        rdata_separate(rdata);
        tl_builder_put_u8(rdata->out, '.');
        return true;
    case GATEWAY_V4: tl__dns_put_v4(rdata); return true;
    case GATEWAY_V6: tl__dns_put_v6(rdata); return true;
    case GATEWAY_NAME: tl__dns_put_name(rdata); return true;
    default: rdata_take_rest(rdata); return false;
    }
}

/* RFC 4025 section 2.1: precedence, gateway type, algorithm, gateway, key. */
void tl__dns_put_ipseckey(struct rdata *rdata)
{
    tl__dns_put_u8(rdata);
    unsigned kind = tl_cursor_u8(&rdata->in);
    rdata_put_number(rdata, kind);
    tl__dns_put_u8(rdata);
    if (put_gateway(rdata, kind))
        tl__dns_put_rest_as_base64(rdata);
    else if (rdata->is_bind)
        rdata_fail(rdata);
    else
        rdata->is_unknown = true;
}

/* RFC 8777 section 4.2: precedence, D bit and relay type, relay. */
void tl__dns_put_amtrelay(struct rdata *rdata)
{
    tl__dns_put_u8(rdata);
    unsigned kind = tl_cursor_u8(&rdata->in);
    rdata_put_number(rdata, kind >> 7);
    rdata_put_number(rdata, kind & 0x7f);
    if (!put_gateway(rdata, kind & 0x7f))
        rdata->is_unknown = true;
}

/* RFC 8005 section 5: lengths, algorithm, HIT, key, rendezvous servers. These must not be compressed: many
 * pointers to a long name would make megabytes of text. */
void tl__dns_put_hip(struct rdata *rdata)
{
    size_t hit_size = tl_cursor_u8(&rdata->in);
    tl__dns_put_u8(rdata);
    size_t key_size = tl_cursor_be16(&rdata->in);

    rdata_require(rdata, hit_size && key_size);
    rdata_separate(rdata);
    tl__dns_put_hex(rdata, tl_cursor_take(&rdata->in, hit_size));
    rdata_separate(rdata);
    tl__dns_put_base64(rdata, tl_cursor_take(&rdata->in, key_size));
    while (rdata_left(rdata))
        tl__dns_put_plain_name(rdata);
}

static bool is_alphanumeric(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* RFC 8659 section 4.1. */
void tl__dns_put_caa_tag(struct rdata *rdata)
{
    size_t size = tl_cursor_u8(&rdata->in);
    struct tl_bytes tag = tl_cursor_take(&rdata->in, size);

    rdata_require(rdata, tag.size > 0);
    for (size_t i = 0; i < tag.size; i++)
        rdata_require(rdata, is_alphanumeric(tag.data[i]));
    if (rdata->in.status != TL_OK)
        return;
    rdata_separate(rdata);
    tl_builder_put(rdata->out, tag);
}

void tl__dns_put_doa_data(struct rdata *rdata)
{
    struct tl_bytes data = rdata_take_rest(rdata);

    rdata_separate(rdata);
    if (data.size)
        tl__dns_put_base64(rdata, data);
    else
        tl_builder_put_u8(rdata->out, '-');
}

void tl__dns_put_sink_data(struct rdata *rdata)
{
    if (rdata_left(rdata))
        tl__dns_put_rest_as_base64(rdata);
}
