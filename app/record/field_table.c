/* What fields are called. Invariant: no field's name is that of another. */
#include "record/field.h"

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
