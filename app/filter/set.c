/* Sets of values. Invariant: what was added is found, whatever its kind and in whatever order it came. */
#include "filter/set.h"

#include <stdlib.h>

static bool add_number(struct filter_set *set, uint64_t number)
{
    size_t room = set->number_room ? 2 * set->number_room : 8;
    uint64_t *grown;

    if (set->number_count == set->number_room) {
        if (!(grown = realloc(set->numbers, room * sizeof(*grown))))
            return false;
        set->numbers = grown;
        set->number_room = room;
    }
    set->numbers[set->number_count++] = number;
    return true;
}

bool filter_set_add(struct filter_set *set, enum field_kind kind, const struct filter_value *value)
{
    switch (kind) {
    case FIELD_KIND_NAME: return filter_names_add(&set->names, tl_bytes(value->name, value->name_size));
    case FIELD_KIND_ADDRESS: return filter_ranges_add(&set->ranges, value->range);
    case FIELD_KIND_TEXT:
    case FIELD_KIND_RDATA: return filter_table_add(&set->texts, value->text, filter_hash(0, value->text));
    default: return add_number(set, value->number);
    }
}

static int compare(const void *a, const void *b)
{
    const uint64_t *first = a, *second = b;

    return (*first > *second) - (*first < *second);
}

void filter_set_settle(struct filter_set *set)
{
    filter_ranges_settle(&set->ranges);
    filter_table_trim(&set->names.table);
    filter_table_trim(&set->texts);
    if (set->number_count)
        qsort(set->numbers, set->number_count, sizeof(*set->numbers), compare);
}

bool filter_set_has_number(const struct filter_set *set, uint64_t number)
{
    const uint64_t *at = set->numbers;

    if (!set->number_count)
        return false;
    for (size_t left = set->number_count; left > 1;) {
        size_t half = left / 2;
        at += at[half] <= number ? half : 0;
        left -= half;
    }
    return *at == number;
}

bool filter_set_has_text(const struct filter_set *set, struct tl_bytes text)
{
    return filter_table_has(&set->texts, text, filter_hash(0, text));
}

void filter_set_done(struct filter_set *set)
{
    filter_names_done(&set->names);
    filter_table_done(&set->texts);
    filter_ranges_done(&set->ranges);
    free(set->numbers);
    memset(set, 0, sizeof(*set));
}
