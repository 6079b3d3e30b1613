/* Chosen fields as members of a flat object. Invariant: a value has the text that `--format json` gives it,
 * and a field that may have several values is an array whatever it has. */
#include "print/fields_json.h"

#include "print/fields_value.h"
#include "print/json_text.h"

#define NAME_ROOM (2 * TL_DNS_NAME_TEXT_SIZE) /* every byte escaped once more */
#define KEY_ROOM  64

static char *put_key(char *to, enum field field, const char *suffix)
{
    const char *name = field_describe(field)->name;

    *to++ = '"';
    to = put_text(to, name, strlen(name));
    to = put_text(to, suffix, strlen(suffix));
    return PUT(to, "\":");
}

/* Each value with its comma. */
static char *put_in_quotes(struct print_fields *fields, char *to, enum field field,
                           const struct field_value *value)
{
    *to++ = '"';
    to = print_fields_short(&fields->date, to, field, value);
    return PUT(to, "\",");
}

static char *put_flags(struct print_fields *fields, char *to, enum field field, uint64_t set)
{
    struct field_value flag;

    *to++ = '[';
    while ((flag.number = field_next_flag(field, &set)))
        to = put_in_quotes(fields, to, field, &flag);
    return json_close(to, ']');
}

static char *put_name(char *to, struct tl_bytes name)
{
    *to++ = '"';
    return PUT(json_escape(to, print_fields_name(name, to).size), "\",");
}

static char *put_value(struct print_fields *fields, struct print_output *output, char *to, struct look *look,
                       enum field field, const struct field_value *value)
{
    to = json_room(output, to, NAME_ROOM);
    switch (field_describe(field)->kind) {
    case FIELD_KIND_NUMBER:
    case FIELD_KIND_SIZE:
    case FIELD_KIND_DURATION: return PUT(print_fields_short(&fields->date, to, field, value), ",");
    case FIELD_KIND_WORD:
    case FIELD_KIND_ADDRESS:
    case FIELD_KIND_TIME: return put_in_quotes(fields, to, field, value);
    case FIELD_KIND_FLAGS: return put_flags(fields, to, field, value->number);
    case FIELD_KIND_NAME: return put_name(to, value->bytes);
    case FIELD_KIND_RDATA:
        return json_put_string(output, to,
                               print_fields_rdata(look_message(look), value->rdata, fields->scratch));
    case FIELD_KIND_TEXT:
        if (json_is_utf8(value->bytes))
            return json_put_string(output, to, value->bytes);
        to = json_put_hex(output, PUT(to, "{\"hex\":"), value->bytes);
        return json_close(json_room(output, to, 0), '}');
    }
    return to;
}

static char *put_array(struct print_fields *fields, struct print_output *output, char *to, struct look *look,
                       enum field field, struct field_at *at, struct field_value *value)
{
    to = PUT(put_key(to, field, ""), "[");
    do
        to = put_value(fields, output, to, look, field, value);
    while (field_next(look, field, at, value));
    return json_close(json_room(output, to, 0), ']');
}

char *print_fields_member(struct print_fields *fields, struct print_output *output, char *to,
                          struct look *look, enum field field)
{
    const struct field_description *description = field_describe(field);
    struct field_value value;
    struct field_at at;

    field_begin(&at);
    if (!field_next(look, field, &at, &value))
        return to;
    to = json_room(output, to, KEY_ROOM);
    if (description->is_many)
        return put_array(fields, output, to, look, field, &at, &value);
    if (description->kind == FIELD_KIND_TEXT && !json_is_utf8(value.bytes))
        return json_put_hex(output, put_key(to, field, "_hex"), value.bytes);
    return put_value(fields, output, put_key(to, field, ""), look, field, &value);
}
