/* filter/tree: an expression taken apart, before anything in it is looked up but the fields. */
#ifndef FILTER_TREE_H
#define FILTER_TREE_H

#include "filter/lexer.h"
#include "record/field.h"

#define FILTER_DEPTH_MAX 100 /* parentheses in parentheses */

enum filter_relation {
    FILTER_EQUAL,
    FILTER_UNEQUAL,
    FILTER_LESS,
    FILTER_AT_MOST,
    FILTER_GREATER,
    FILTER_AT_LEAST,
    FILTER_IN,
    FILTER_GLOB,
    FILTER_REGEX,
    FILTER_UNDER,
    FILTER_HAS,
    FILTER_PRESENT, /* has FIELD */
    FILTER_RELATIONS
};

/* As it is written. Static memory. */
const char *filter_relation_name(enum filter_relation relation);

#define FILTER_NONE UINT32_MAX

enum filter_node_kind { FILTER_AND, FILTER_OR, FILTER_TERM };

struct filter_node {
    enum filter_node_kind kind;
    bool is_negated;
    uint32_t next;  /* the next one of the same parent, or FILTER_NONE */
    uint32_t first; /* AND, OR: the first child */
    unsigned cost;  /* for the compiler, as is */
    uint32_t term;

    /* TERM */
    enum field field;
    enum filter_relation relation;
    struct filter_token said;     /* the operator */
    uint32_t values, value_count; /* in the tree's `values` */
};

struct filter_tree {
    struct filter_lexer lexer; /* whose texts the tokens borrow */
    struct filter_node *nodes;
    size_t node_count, node_room;
    struct filter_token *values;
    size_t value_count, value_room;
    uint32_t root;
};

/* `expression` is borrowed. False: `ret_error` says why, and there is nothing to be done with. */
bool filter_tree_init(struct filter_tree *tree, const char *expression, struct filter_error *ret_error);
void filter_tree_done(struct filter_tree *tree);

#endif
