/* Values as text. Invariant: what has a text in `--format json` of `tapline read` has the same here. */
#include "cli/stats_print.h"

#include "print/fields_value.h"

struct tl_bytes stats_value(enum field field, const struct field_value *value, char memory[STATS_VALUE_SIZE])
{
    struct print_date date;
    uint64_t set;
    char *end;

    switch (field_describe(field)->kind) {
    case FIELD_KIND_NAME: return print_fields_name(value->bytes, memory);
    case FIELD_KIND_TEXT:
    case FIELD_KIND_RDATA: return value->bytes;
    case FIELD_KIND_FLAGS:
        end = memory;
        set = value->number;
        while (set) {
            if (end != memory)
                *end++ = ' ';
            end += field_word_print(field, field_next_flag(field, &set), end);
        }
        return tl_bytes(memory, (size_t)(end - memory));
    default:
        print_date_init(&date, true);
        end = print_fields_short(&date, memory, field, value);
        return tl_bytes(memory, (size_t)(end - memory));
    }
}

struct tl_bytes stats_thing(enum summary_thing thing, struct tl_bytes key, char memory[STATS_VALUE_SIZE])
{
    const struct field_value value = {.bytes = key};
    return stats_value(thing == SUMMARY_ADDRESSES ? FIELD_CLIENT : FIELD_QNAME, &value, memory);
}
