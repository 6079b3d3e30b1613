/* A list of fields out of text. Invariant: a list that is given out has each field once at most, so it is
 * never longer than FIELDS. */
#include "record/field_list.h"

#include <stdio.h>
#include <stdlib.h>

static struct tl_bytes trim(struct tl_bytes name)
{
    while (name.size && name.data[0] == ' ')
        name = tl_bytes(name.data + 1, name.size - 1);
    while (name.size && name.data[name.size - 1] == ' ')
        name.size--;
    return name;
}

static bool refuse_unknown(struct tl_bytes name, char *ret_text)
{
    if (name.size)
        field_say_unknown(name, ret_text);
    else
        snprintf(ret_text, FIELD_LIST_ERROR_SIZE, "a name is missing in the list of fields");
    return false;
}

static bool has(const enum field *fields, size_t count, enum field field)
{
    for (size_t i = 0; i < count; i++) {
        if (fields[i] == field)
            return true;
    }
    return false;
}

/* Fills `fields`, which has room for all that are not the same. */
static bool fill(struct tl_bytes text, enum field *fields, size_t *ret_count, char *ret_text)
{
    size_t count = 0;

    for (;;) {
        const uint8_t *comma = text.size ? memchr(text.data, ',', text.size) : NULL;
        struct tl_bytes name = trim(tl_bytes(text.data, comma ? (size_t)(comma - text.data) : text.size));
        enum field field;

        if (!field_parse(name, &field))
            return refuse_unknown(name, ret_text);
        if (has(fields, count, field)) {
            snprintf(ret_text, FIELD_LIST_ERROR_SIZE, "field %s is there twice", field_describe(field)->name);
            return false;
        }
        fields[count++] = field;
        if (!comma)
            break;
        text = tl_bytes(comma + 1, text.size - (size_t)(comma + 1 - text.data));
    }
    *ret_count = count;
    return true;
}

bool field_list_parse(const char *text, const enum field **ret_fields, size_t *ret_count, char *ret_text)
{
    enum field *fields = malloc(FIELDS * sizeof(*fields));

    if (!fields) {
        snprintf(ret_text, FIELD_LIST_ERROR_SIZE, "no memory for the list of fields");
        return false;
    }
    if (!fill(tl_bytes_of_text(text), fields, ret_count, ret_text)) {
        free(fields);
        return false;
    }
    *ret_fields = fields;
    return true;
}
