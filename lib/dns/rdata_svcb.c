/* The parameters of SVCB and HTTPS, RFC 9460 section 2.1. Invariant: keys ascend, each value has the form of
 * its key, and what `mandatory` lists is there; otherwise the rdata is bad. */
#include "rdata.h"
#include "words.h"

#define COUNT(words) (sizeof(words) / sizeof((words)[0]))

enum key { KEY_MANDATORY, KEY_ALPN, KEY_NO_DEFAULT_ALPN, KEY_PORT, KEY_IPV4HINT, KEY_ECH, KEY_IPV6HINT };

static const struct numbered_word keys[] = {
    {KEY_MANDATORY, WORD("mandatory")},
    {KEY_ALPN, WORD("alpn")},
    {KEY_NO_DEFAULT_ALPN, WORD("no-default-alpn")},
    {KEY_PORT, WORD("port")},
    {KEY_IPV4HINT, WORD("ipv4hint")},
    {KEY_ECH, WORD("ech")},
    {KEY_IPV6HINT, WORD("ipv6hint")},
};

static void put_key_name(struct rdata *rdata, unsigned key)
{
    char text[TL_DNS_WORD_SIZE];
    size_t size = tl__dns_numbered_word_print(keys, COUNT(keys), key, "key", text);

    tl_builder_put(rdata->out, tl_bytes(text, size));
}

static void put_comma(struct rdata *rdata, size_t at)
{
    if (at)
        tl_builder_put_u8(rdata->out, ',');
}

/* Section 8. Both lists ascend, so one walk over the parameters behind this one finds all keys. */
static void put_mandatory(struct rdata *rdata, struct tl_bytes value)
{
    struct tl_cursor behind = tl_cursor(tl_bytes(rdata->in.at, tl_cursor_left(&rdata->in)));
    int last = KEY_MANDATORY, found = KEY_MANDATORY;

    rdata_require(rdata, value.size && value.size % 2 == 0);
    for (size_t at = 0; rdata->in.status == TL_OK && at < value.size; at += 2) {
        int key = tl_be16(value.data + at);
        while (found < key && tl_cursor_has(&behind, 4)) {
            found = tl_cursor_be16(&behind);
            tl_cursor_take(&behind, tl_cursor_be16(&behind));
        }
        rdata_require(rdata, key > last && found == key);
        put_comma(rdata, at);
        put_key_name(rdata, (unsigned)key);
        last = key;
    }
}

/* Section 7.1.1: in the list of ids a comma and a backslash have a backslash, and that text is then escaped
 * as any other string; but BIND escapes spaces as well. */
static void put_alpn(struct rdata *rdata, struct tl_bytes value)
{
    struct tl_cursor in = tl_cursor(value);

    rdata_require(rdata, value.size > 0);
    tl_builder_put_u8(rdata->out, '"');
    while (in.status == TL_OK && tl_cursor_left(&in)) {
        put_comma(rdata, tl_cursor_offset(&in));
        struct tl_bytes id = tl_cursor_take(&in, tl_cursor_u8(&in));
        rdata_require(rdata, id.size > 0);
        for (size_t i = 0; i < id.size; i++) {
            if (id.data[i] == ',' || id.data[i] == '\\')
                tl_builder_put_text(rdata->out, "\\\\");
            if (id.data[i] == ' ')
                tl_builder_put_text(rdata->out, "\\032");
            else
                tl__dns_put_escaped(rdata, tl_bytes(id.data + i, 1));
        }
    }
    tl_builder_put_u8(rdata->out, '"');
}

static void put_addresses(struct rdata *rdata, struct tl_bytes value, size_t size)
{
    rdata_require(rdata, value.size && value.size % size == 0);
    for (size_t at = 0; rdata->in.status == TL_OK && at < value.size; at += size) {
        put_comma(rdata, at);
        tl__dns_put_address(rdata, tl_bytes(value.data + at, size));
    }
}

static void put_value(struct rdata *rdata, unsigned key, struct tl_bytes value)
{
    switch (key) {
    case KEY_MANDATORY: put_mandatory(rdata, value); break;
    case KEY_ALPN: put_alpn(rdata, value); break;
    case KEY_PORT:
        rdata_require(rdata, value.size == 2);
        if (rdata->in.status == TL_OK)
            tl_builder_put_decimal(rdata->out, tl_be16(value.data), 0);
        break;
    case KEY_IPV4HINT: put_addresses(rdata, value, 4); break;
    case KEY_ECH:
        rdata_require(rdata, value.size > 0);
        tl__dns_put_base64(rdata, value);
        break;
    case KEY_IPV6HINT: put_addresses(rdata, value, 16); break;
    default:
        tl_builder_put_u8(rdata->out, '"');
        tl__dns_put_escaped(rdata, value);
        tl_builder_put_u8(rdata->out, '"');
    }
}

void tl__dns_put_svcb_parameters(struct rdata *rdata)
{
    int last = -1;
    bool has_alpn = false;

    while (rdata_left(rdata)) {
        int key = tl_cursor_be16(&rdata->in);
        struct tl_bytes value = tl_cursor_take(&rdata->in, tl_cursor_be16(&rdata->in));
        rdata_require(rdata, key > last);
        if (key == KEY_NO_DEFAULT_ALPN)
            rdata_require(rdata, has_alpn && value.size == 0);
        if (rdata->in.status != TL_OK)
            return;
        rdata_separate(rdata);
        put_key_name(rdata, (unsigned)key);
        if (key < KEY_IPV6HINT + 1 ? key != KEY_NO_DEFAULT_ALPN : value.size > 0) {
            tl_builder_put_u8(rdata->out, '=');
            put_value(rdata, (unsigned)key, value);
        }
        has_alpn |= key == KEY_ALPN;
        last = key;
    }
}
