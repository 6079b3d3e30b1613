/* filter/value: what users write behind an operator, or as a line of a list, made into what a field is
 * compared with. */
#ifndef FILTER_VALUE_H
#define FILTER_VALUE_H

#include "filter/ranges.h"
#include "record/field.h"

struct filter_value {
    uint64_t number;           /* NUMBER, SIZE, WORD, FLAGS, DURATION */
    struct tl_time time;       /* TIME */
    struct filter_range range; /* ADDRESS */
    struct tl_bytes text;      /* TEXT, RDATA: borrowed from what was parsed */
    uint8_t name[TL_DNS_NAME_SIZE_MAX];
    size_t name_size;
};

#define FILTER_WHY_SIZE 176

/* `text` has a NUL behind it. Sets the part that the field's kind asks for. False: `ret_why` says what is
 * wrong and what to write instead. `utc`: times without a zone are UTC. */
bool filter_value_parse(enum field field, bool utc, struct tl_bytes text, struct filter_value *ret_value,
                        char ret_why[FILTER_WHY_SIZE]);

#endif
