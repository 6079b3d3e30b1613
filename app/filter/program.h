/* filter/program: a compiled expression. */
#ifndef FILTER_PROGRAM_H
#define FILTER_PROGRAM_H

#include "filter/filter.h"
#include "filter/regex.h"
#include "filter/set.h"
#include "record/field.h"

/* Where a filter goes on instead of at a term: it is decided. */
#define FILTER_FAILS  UINT32_MAX
#define FILTER_PASSES (UINT32_MAX - 1)

enum filter_test {
    FILTER_IS_THERE,
    FILTER_RANGE,   /* least <= number <= most */
    FILTER_PERIOD,  /* from <= time <= until */
    FILTER_BITS,    /* number & least */
    FILTER_NUMBERS, /* in the set, as are those behind it */
    FILTER_ADDRESSES,
    FILTER_NAMES,
    FILTER_NAMES_ABOVE, /* the name is under one of the set */
    FILTER_TEXTS,       /* of rdata: its text */
    FILTER_NAME,        /* `text`, a name in lower case; as are those behind it */
    FILTER_NAME_ABOVE,
    FILTER_TEXT, /* `text` */
    FILTER_GLOB_MATCHES,
    FILTER_REGEX_MATCHES,
};

/* One question about one field: true if one of its values is what the test says. */
struct filter_term {
    enum filter_test test;
    enum field field;
    enum field_kind kind; /* of it */
    bool is_many;
    uint32_t if_true, if_false; /* the next term, always one further on; or that it is decided */

    uint64_t least, most; /* if least > most nothing is between them */
    struct tl_time from, until;
    uint32_t set;  /* in the filter's `sets` */
    uint8_t *text; /* owned */
    size_t text_size;
    struct filter_regex *regex; /* owned */
};

/* A set, and where it is from. */
struct filter_source {
    struct filter_set set;
    enum field field; /* by whose kind and words it was read */
    char *path;       /* owned; NULL: the values stood in the expression */
};

struct filter {
    struct filter_term *terms;
    size_t term_count;
    uint32_t start;
    struct filter_source *sets;
    size_t set_count, set_room;
    bool utc;
    bool has_regex;
    bool has_rdata; /* some term looks at the text of rdata */
};

#endif
