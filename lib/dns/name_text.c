/* Names as text and back. Invariant: what is printed holds bytes from 0x21 to 0x7e alone, and parses back to
 * the same name. */
#include "escape.h"
#include "name.h"

static __attribute__((noinline)) char *put_label_with_escapes(char *to, const uint8_t *label, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        to = put_escaped_in_name(to, label[i]);
    return to;
}

/* May write up to CHUNK bytes behind the label's text: TL_DNS_NAME_TEXT_SIZE leaves room for them. */
ALWAYS_INLINE char *put_label(char *to, const uint8_t *label, unsigned size, const uint8_t *end)
{
    char *behind = to + size;

    for (unsigned left = size;; left -= CHUNK) {
        struct chunk chunk = chunk_at(label, end);
        if (!LIKELY(is_plain_in_name(chunk, left)))
            return put_label_with_escapes(to, label, left);
        memcpy(to, &chunk, CHUNK);
        if (LIKELY(left <= CHUNK))
            return behind;
        to += CHUNK;
        label += CHUNK;
    }
}

enum tl_status tl_dns_name_print(struct tl_bytes wire, size_t offset, char *ret_text, size_t *ret_length,
                                 size_t *ret_end)
{
    struct labels labels = labels_at(wire, offset);
    char *to = ret_text;
    unsigned size;

    for (;;) {
        enum tl_status status = next_label(&labels, &size);
        if (!LIKELY(status == TL_OK))
            return status;
        if (size == 0)
            break;
        to = put_label(to, wire.data + labels.at + 1, size, wire.data + wire.size);
        *to++ = '.';
        step_over(&labels, size);
    }
    step_over(&labels, 0);
    to -= labels.size > 1; /* the final dot, which only the root keeps */
    if (labels.size == 1)
        *to++ = '.';
    *to = '\0';
    *ret_length = (size_t)(to - ret_text);
    if (ret_end)
        *ret_end = labels_end(&labels);
    return TL_OK;
}

/* One byte of a label, its escape undone. False if the text ends too early or \DDD is above 255. */
static bool take_character(const uint8_t **at, const uint8_t *end, uint8_t *ret_byte)
{
    const uint8_t *from = *at;

    if (*from++ != '\\') {
        *ret_byte = from[-1];
    } else if (from < end && (*from < '0' || *from > '9')) {
        *ret_byte = *from++;
    } else {
        unsigned value = 0;
        if (end - from < 3)
            return false;
        for (int i = 0; i < 3; i++, from++) {
            if (*from < '0' || *from > '9')
                return false;
            value = value * 10 + (unsigned)(*from - '0');
        }
        if (value > 255)
            return false;
        *ret_byte = (uint8_t)value;
    }
    *at = from;
    return true;
}

enum tl_status tl_dns_name_parse(struct tl_bytes text, uint8_t ret_name[TL_DNS_NAME_SIZE_MAX],
                                 size_t *ret_size)
{
    const uint8_t *at = text.data, *end = text.size ? text.data + text.size : text.data;
    uint8_t name[TL_DNS_NAME_SIZE_MAX];
    size_t size = 1, label = 0; /* `label`: where the length of the current one goes */

    if (text.size == 0)
        return TL_BAD_TEXT;
    if (text.size == 1 && *at == '.')
        at++;
    while (at < end) {
        if (*at == '.') {
            if (size == label + 1)
                return TL_BAD_TEXT;
            name[label] = (uint8_t)(size - label - 1);
            label = size++;
            at++;
        } else if (size == sizeof(name)) {
            return TL_NAME_TOO_LONG;
        } else if (size - label > 63 || !take_character(&at, end, &name[size++])) {
            return TL_BAD_TEXT;
        }
        if (size > sizeof(name))
            return TL_NAME_TOO_LONG;
    }
    if (size > label + 1) {
        name[label] = (uint8_t)(size - label - 1);
        label = size++;
    }
    if (size > sizeof(name))
        return TL_NAME_TOO_LONG;
    name[label] = 0;
    memcpy(ret_name, name, size);
    *ret_size = size;
    return TL_OK;
}
