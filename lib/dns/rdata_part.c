/* Names, addresses and parameters out of rdata, by the form that types.def gives for its type: no type is
 * named here. Invariant: only what stands before the part that is asked for is looked at, and nothing outside
 * the rdata but names that a pointer leads to. */
#include "rdata.h"

/* Bytes of the fields that may stand before a name. A form with another field there must have it here. */
static const uint8_t widths[128] = {
    ['1'] = 1, ['2'] = 2, ['4'] = 4, ['8'] = 8, ['T'] = 2, ['j'] = 2, ['D'] = 1, ['t'] = 4, ['G'] = 1,
};

/* The name where `in` stands, with which `in` goes on behind it. */
static void take_name(struct tl_cursor *in, struct tl_bytes wire, uint8_t name[TL_DNS_NAME_SIZE_MAX],
                      size_t *size)
{
    size_t offset = (size_t)(in->at - wire.data), end;

    if (in->status != TL_OK)
        return;
    if (tl_dns_name(wire, offset, name, size, &end) == TL_OK)
        in->at = wire.data + end;
    else
        tl_cursor_fail(in, TL_BAD_RDATA);
}

static struct tl_bytes wire_up_to(const struct tl_dns *message, struct tl_bytes rdata)
{
    return tl_bytes(message->wire.data, (size_t)(rdata.data - message->wire.data) + rdata.size);
}

static bool is_string(char letter)
{
    return letter == 's' || letter == 'r';
}

/* Takes one field off the rdata; a name is left in `name`. False if the field is none of those above. */
static bool take_field(struct tl_cursor *in, char letter, struct tl_bytes wire,
                       uint8_t name[TL_DNS_NAME_SIZE_MAX], size_t *size)
{
    if (letter == 'N')
        take_name(in, wire, name, size);
    else if (is_string(letter))
        tl_cursor_take(in, tl_cursor_u8(in));
    else
        tl_cursor_take(in, widths[(unsigned char)letter]);
    return letter == 'N' || is_string(letter) || widths[(unsigned char)letter];
}

enum tl_status tl_dns_rdata_name(const struct tl_dns *message, const struct tl_dns_record *record,
                                 unsigned index, uint8_t ret_name[TL_DNS_NAME_SIZE_MAX], size_t *ret_size)
{
    const char *form = tl__dns_form(record->type, record->rclass);
    struct tl_cursor in = tl_cursor(record->rdata);
    struct tl_bytes wire = wire_up_to(message, record->rdata);
    uint8_t name[TL_DNS_NAME_SIZE_MAX];
    size_t size = 0;

    if (!strchr(form, 'N'))
        return TL_END;
    for (; *form && take_field(&in, *form, wire, name, &size); form++) {
        if (in.status != TL_OK)
            return TL_BAD_RDATA;
        if (*form == 'N' && index-- == 0) {
            memcpy(ret_name, name, size);
            *ret_size = size;
            return TL_OK;
        }
    }
    return TL_END;
}

enum tl_status tl_dns_rdata_address(const struct tl_dns_record *record, struct tl_bytes *ret_address)
{
    const char *form = tl__dns_form(record->type, record->rclass);
    bool is_v4 = strcmp(form, "a") == 0;

    if (!is_v4 && strcmp(form, "A") != 0)
        return TL_END;
    if (record->rdata.size != (is_v4 ? 4 : 16))
        return TL_BAD_RDATA;
    *ret_address = record->rdata;
    return TL_OK;
}

enum tl_status tl_dns_rdata_parameters(const struct tl_dns *message, const struct tl_dns_record *record,
                                       struct tl_bytes *ret_parameters)
{
    const char *form = tl__dns_form(record->type, record->rclass);
    struct tl_cursor in = tl_cursor(record->rdata);
    struct tl_bytes wire = wire_up_to(message, record->rdata);
    uint8_t name[TL_DNS_NAME_SIZE_MAX];
    size_t size;

    if (!strchr(form, 'V'))
        return TL_END;
    while (*form != 'V' && take_field(&in, *form, wire, name, &size))
        form++;
    if (in.status != TL_OK || *form != 'V')
        return TL_BAD_RDATA;
    *ret_parameters = tl_bytes(in.at, tl_cursor_left(&in));
    return TL_OK;
}
