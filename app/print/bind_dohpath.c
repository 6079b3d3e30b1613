/* SVCB's dohpath, RFC 9461 section 5, which BIND demands to be an RFC 6570 template with a variable "dns",
 * though it has no name for the key. Invariant: the walk goes forward only, and never behind the end. */
#include "print/bind_message.h"

#define KEY_DOHPATH 7

struct template
{
    const uint8_t *at, *end;
    bool has_dns;
};

static bool take(struct template *template, uint8_t byte)
{
    if (template->at == template->end || *template->at != byte)
        return false;
    template->at++;
    return true;
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(uint8_t byte)
{
    byte |= 0x20;
    return byte >= 'a' && byte <= 'z';
}

static bool is_hex(uint8_t byte)
{
    return is_digit(byte) || (is_letter(byte) && (byte | 0x20) <= 'f');
}

/* The rest of "%41". */
static bool take_percent(struct template *template)
{
    if (template->end - template->at < 2 || !is_hex(template->at[0]) || !is_hex(template->at[1]))
        return false;
    template->at += 2;
    return true;
}

/* A name of a variable, which may be empty. */
static bool take_name(struct template *template)
{
    while (template->at < template->end) {
        if (is_digit(*template->at) || is_letter(*template->at) || *template->at == '_')
            template->at++;
        else if (*template->at != '%')
            break;
        else if (template->at++, !take_percent(template))
            return false;
    }
    return true;
}

/* The rest of ":3": 1 to 9999. */
static bool take_length(struct template *template)
{
    const uint8_t *first = template->at;

    while (template->at < template->end && is_digit(*template->at) && template->at - first < 4)
        template->at++;
    return template->at > first && *first != '0';
}

static void take_operator(struct template *template)
{
    if (template->at < template->end && *template->at && strchr("+#./;?&", *template->at))
        template->at++;
}

/* The rest of "{?dns,x:3}". What BIND makes of it beyond the RFC: an operator before each variable but the
 * one that follows a length, which may be empty instead, and is not "dns". */
static bool take_expression(struct template *template)
{
    bool is_behind_length = false;

    do {
        if (!is_behind_length)
            take_operator(template);
        const uint8_t *name = template->at;
        if (!take_name(template) || (!is_behind_length && template->at == name))
            return false;
        if (!is_behind_length && template->at - name == 3 && memcmp(name, "dns", 3) == 0)
            template->has_dns = true;
        is_behind_length = false;
        if (take(template, ':')) {
            is_behind_length = true;
            if (!take_length(template))
                return false;
        } else {
            take(template, '*');
        }
    } while (take(template, ','));
    return take(template, '}');
}

static bool is_dohpath(struct tl_bytes path)
{
    struct template template = {.at = path.data, .end = path.data + path.size};

    if (!bind_is_utf8(path) || !take(&template, '/'))
        return false;
    while (template.at < template.end) {
        uint8_t byte = *template.at++;
        if ((byte == '%' && !take_percent(&template)) || (byte == '{' && !take_expression(&template)))
            return false;
    }
    return template.has_dns;
}

bool bind_is_svcb(struct tl_bytes rdata)
{
    struct tl_cursor in = tl_cursor(rdata);

    tl_cursor_be16(&in);
    for (uint8_t size = 1; size && size < 0xc0;) {
        size = tl_cursor_u8(&in);
        tl_cursor_take(&in, size < 0xc0 ? size : 1); /* a pointer ends the name */
    }
    while (in.status == TL_OK && tl_cursor_left(&in)) {
        unsigned key = tl_cursor_be16(&in);
        struct tl_bytes value = tl_cursor_take(&in, tl_cursor_be16(&in));
        if (key == KEY_DOHPATH && !is_dohpath(value))
            return false;
    }
    return in.status == TL_OK;
}
