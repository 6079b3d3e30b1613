/* filter/set: what `in` and `under` look for - values of one kind, any number of them. */
#ifndef FILTER_SET_H
#define FILTER_SET_H

#include "filter/names.h"
#include "filter/value.h"

/* The part for the kind is used, the others stay empty. All zero: an empty set of any kind. */
struct filter_set {
    struct filter_names names;
    struct filter_table texts;
    struct filter_ranges ranges;
    uint64_t *numbers; /* owned; sorted once settled */
    size_t number_count, number_room;
};

/* Kinds that sets are made of: all but TIME and FLAGS. False without memory. */
bool filter_set_add(struct filter_set *set, enum field_kind kind, const struct filter_value *value);

/* To be called between the last addition and the first question. */
void filter_set_settle(struct filter_set *set);

bool filter_set_has_number(const struct filter_set *set, uint64_t number);
bool filter_set_has_text(const struct filter_set *set, struct tl_bytes text);

void filter_set_done(struct filter_set *set);

/* Reads a set from a file: one value a line; a # at its beginning or behind a blank begins a comment, and
 * empty lines do not count. The set must be empty. False: `ret_why` has the file, the line and the reason,
 * and the set is empty again. */
bool filter_list_read(struct filter_set *set, enum field field, bool utc, const char *path,
                      char ret_why[256]);

/* The same for one that was read before: nothing is waited for, so what is no regular file is refused. A pipe
 * would be empty by now, or would keep whoever opens it until somebody writes. */
bool filter_list_read_again(struct filter_set *set, enum field field, bool utc, const char *path,
                            char ret_why[256]);

#endif
