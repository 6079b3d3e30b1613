/* Rdata as text, driven by the form that types.def gives for its type. Invariant: text is put only for rdata
 * that is taken to its last byte; otherwise the builder is as it was. */
#include "rdata.h"

#include "types.h"

#define CLASS_IN   1
#define CLASS_CH   3
#define CLASS_HS   4
#define CLASS_NONE 254
#define CLASS_ANY  255

#define TYPE_A        1
#define OPCODE_UPDATE 5

enum type_class { ALL, INTERNET };

static const struct {
    enum type_class of;
    const char *form;
} types[TYPES_COUNT] = {
#define TYPE(number, name, class, form) [TYPES_SLOT(number)] = {class, form},
#include "types.def"
#undef TYPE
};

static put_field *const fields[128] = {
    ['1'] = tl__dns_put_u8,
    ['2'] = tl__dns_put_u16,
    ['4'] = tl__dns_put_u32,
    ['8'] = tl__dns_put_u64,
    ['a'] = tl__dns_put_v4,
    ['A'] = tl__dns_put_v6,
    ['N'] = tl__dns_put_name,
    ['0'] = tl__dns_put_zero,
    ['p'] = tl__dns_put_algorithm_and_key,
    ['r'] = tl__dns_put_regexp,
    ['n'] = tl__dns_put_x25,
    ['s'] = tl__dns_put_string,
    ['S'] = tl__dns_put_strings,
    ['o'] = tl__dns_put_optional_string,
    ['q'] = tl__dns_put_rest_as_string,
    ['T'] = tl__dns_put_type,
    ['j'] = tl__dns_put_sig_type,
    ['X'] = tl__dns_put_rest_as_hex,
    ['B'] = tl__dns_put_rest_as_base64,
    ['x'] = tl__dns_put_counted_hex,
    ['H'] = tl__dns_put_counted_base32,
    ['M'] = tl__dns_put_bitmap,
    ['i'] = tl__dns_put_bitmap_if_any,
    ['m'] = tl__dns_put_nxt_bitmap,
    ['t'] = tl__dns_put_time,
    ['G'] = tl__dns_put_algorithm,
    ['K'] = tl__dns_put_key,
    ['f'] = tl__dns_put_ds_digest,
    ['F'] = tl__dns_put_sshfp_digest,
    ['v'] = tl__dns_put_zonemd_digest,
    ['e'] = tl__dns_put_eui48,
    ['E'] = tl__dns_put_eui64,
    ['l'] = tl__dns_put_locator,
    ['w'] = tl__dns_put_counted_base64,
    ['u'] = tl__dns_put_counted_base64_if_any,
    ['Z'] = tl__dns_put_error,
    ['W'] = tl__dns_put_ports,
    ['P'] = tl__dns_put_nsap,
    ['L'] = tl__dns_put_loc,
    ['Q'] = tl__dns_put_atma,
    ['C'] = tl__dns_put_cert_type,
    ['6'] = tl__dns_put_a6,
    ['I'] = tl__dns_put_prefixes,
    ['y'] = tl__dns_put_ipseckey,
    ['h'] = tl__dns_put_hip,
    ['V'] = tl__dns_put_svcb_parameters,
    ['D'] = tl__dns_put_scheme,
    ['g'] = tl__dns_put_caa_tag,
    ['d'] = tl__dns_put_doa_data,
    ['R'] = tl__dns_put_amtrelay,
    ['z'] = tl__dns_put_time48,
    ['k'] = tl__dns_put_sink_data,
    ['c'] = tl__dns_put_octal,
};

const char *tl__dns_form(uint16_t type, uint16_t rclass)
{
    unsigned slot = types_slot(type);

    if (slot < TYPES_COUNT && types[slot].form && (types[slot].of == ALL || rclass == CLASS_IN))
        return types[slot].form;
    if (type == TYPE_A && rclass == CLASS_HS)
        return "a";
    if (type == TYPE_A && rclass == CLASS_CH)
        return "Nc";
    return "";
}

/* RFC 3597 section 5. */
static void put_unknown(struct rdata *rdata)
{
    struct tl_bytes rest = rdata_take_rest(rdata);

    tl_builder_put_text(rdata->out, "\\# ");
    tl_builder_put_decimal(rdata->out, rest.size, 0);
    if (rest.size) {
        tl_builder_put_u8(rdata->out, ' ');
        tl__dns_put_long_hex(rdata, rest);
    }
}

/* A prerequisite or deletion that names no rdata, RFC 2136 sections 2.4 and 2.5: there is nothing to write.
 */
static bool is_without_rdata(const struct tl_dns *message, const struct tl_dns_record *record)
{
    return record->rdata.size == 0 && (record->rclass == CLASS_ANY || record->rclass == CLASS_NONE) &&
           tl_dns_opcode(message) == OPCODE_UPDATE;
}

static struct rdata rdata_of(const struct tl_dns *message, const struct tl_dns_record *record,
                             struct tl_builder *builder, bool is_bind, uint64_t now)
{
    size_t end = (size_t)(record->rdata.data - message->wire.data) + record->rdata.size;
    struct rdata rdata = {
        .in = tl_cursor(record->rdata),
        .out = builder,
        .text = builder->at,
        .wire = tl_bytes(message->wire.data, end),
        .is_bind = is_bind,
        .now = now,
    };
    return rdata;
}

/* Whether all of it was taken, as its form wants. */
static bool is_whole(const struct rdata *rdata)
{
    return rdata->in.status == TL_OK && tl_cursor_left(&rdata->in) == 0;
}

static enum tl_status print(const struct tl_dns *message, const struct tl_dns_record *record,
                            struct tl_builder *builder, bool is_bind, uint64_t now)
{
    bool is_newer = is_bind && type_is_newer_than_bind(record->type);
    const char *form = is_newer ? "" : tl__dns_form(record->type, record->rclass);
    uint8_t *start = builder->at;
    struct rdata rdata;
    enum tl_status status;

    if (builder->status != TL_OK)
        return builder->status;
    if (!is_bind && is_without_rdata(message, record)) /* BIND asks the section as well: its reader has */
        return TL_OK;
    rdata = rdata_of(message, record, builder, is_bind, now);
    for (const char *letter = form; *letter; letter++)
        fields[(unsigned char)*letter](&rdata);
    if (!*form || (rdata.is_unknown && is_whole(&rdata))) {
        builder->at = start;
        builder->status = TL_OK;
        rdata = rdata_of(message, record, builder, is_bind, now);
        put_unknown(&rdata);
    }
    status = is_whole(&rdata) ? builder->status : TL_BAD_RDATA;
    if (status != TL_OK)
        builder->at = start;
    if (status == TL_BAD_RDATA)
        builder->status = TL_OK;
    return status;
}

enum tl_status tl_dns_rdata_print(const struct tl_dns *message, const struct tl_dns_record *record,
                                  struct tl_builder *builder)
{
    return print(message, record, builder, false, 0);
}

enum tl_status tl_dns_bind_rdata_print(const struct tl_dns *message, const struct tl_dns_record *record,
                                       uint64_t now, struct tl_builder *builder)
{
    return print(message, record, builder, true, now);
}
