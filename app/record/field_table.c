/* What fields are called. Invariant: no field's name is that of another. */
#include "record/field.h"

#define NAME_MAX 40 /* longer ones are near to none */

static const struct field_description descriptions[FIELDS] = {
#define FIELD(id, name, kind, many, json, sentence) {name, FIELD_KIND_##kind, many, json, sentence},
#include "record/fields.def"
#undef FIELD
};

const struct field_description *field_describe(enum field field)
{
    return &descriptions[field];
}

bool field_parse(struct tl_bytes name, enum field *ret_field)
{
    for (unsigned i = 0; i < FIELDS; i++) {
        if (tl_bytes_equal(name, tl_bytes_of_text(descriptions[i].name))) {
            *ret_field = (enum field)i;
            return true;
        }
    }
    return false;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

/* How many letters have to be inserted, removed, replaced, or exchanged with their neighbour, to make `b` of
 * `a`; both at most NAME_MAX long. */
static unsigned distance(struct tl_bytes a, struct tl_bytes b)
{
    unsigned rows[3][NAME_MAX + 1]; /* of the letter before the last one, of the last one, of this one */
    unsigned *before = rows[0], *last = rows[1], *row = rows[2];

    for (unsigned j = 0; j <= b.size; j++)
        last[j] = j;
    for (unsigned i = 1; i <= a.size; i++) {
        row[0] = i;
        for (unsigned j = 1; j <= b.size; j++) {
            uint8_t c = lower(a.data[i - 1]), d = b.data[j - 1];
            row[j] = least(last[j - 1] + (c != d), least(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && c == b.data[j - 2] && lower(a.data[i - 2]) == d)
                row[j] = least(row[j], before[j - 2] + 1);
        }
        unsigned *free_row = before;
        before = last;
        last = row;
        row = free_row;
    }
    return last[b.size];
}

/* Whether it is the key under which the JSON has the field. */
static bool is_json_key(const struct field_description *description, struct tl_bytes name)
{
    return description->json && tl_bytes_equal(name, tl_bytes_of_text(description->json + 1));
}

enum field field_nearest(struct tl_bytes name)
{
    enum field nearest = FIELDS;
    unsigned least_distance = 1 + (unsigned)name.size / 3;

    if (name.size > NAME_MAX)
        return FIELDS;
    for (unsigned i = 0; i < FIELDS; i++) {
        struct tl_bytes other = tl_bytes_of_text(descriptions[i].name);
        unsigned found = is_json_key(&descriptions[i], name) ? 0 : distance(name, other);
        if (found < least_distance) {
            least_distance = found;
            nearest = (enum field)i;
        }
    }
    return nearest;
}
