/* Tree to program: each term gets two jumps, where to go on if it is true and if it is false, so that `and`,
 * `or` and `not` are no steps of their own. Invariant: jumps lead forward only, so that every filter ends.
 *
 * Terms that are joined by `and` or by `or` are asked in the order of what they cost. None has an effect but
 * its answer (and the count of expressions given up), so that the result is the same. */
#include "filter/compile.h"

#include <stdlib.h>

#define COST_MAX 63

/* Also of all that are below it. */
static unsigned set_cost(struct filter_tree *tree, const struct filter *filter, uint32_t at)
{
    struct filter_node *node = &tree->nodes[at];
    unsigned cost = node->kind == FILTER_TERM ? filter_term_cost(&filter->terms[node->term]) : 0;

    for (uint32_t child = node->first; child != FILTER_NONE; child = tree->nodes[child].next)
        cost += set_cost(tree, filter, child);
    return node->cost = cost < COST_MAX ? cost : COST_MAX;
}

static uint32_t reversed(struct filter_tree *tree, uint32_t first)
{
    uint32_t done = FILTER_NONE;

    while (first != FILTER_NONE) {
        uint32_t next = tree->nodes[first].next;
        tree->nodes[first].next = done;
        done = first;
        first = next;
    }
    return done;
}

/* The children, the dearest first; of the same cost the last one first. */
static uint32_t last_to_first(struct filter_tree *tree, uint32_t first)
{
    uint32_t lists[COST_MAX + 1], sorted = FILTER_NONE, next;

    memset(lists, 0xff, sizeof(lists)); /* FILTER_NONE */
    for (; first != FILTER_NONE; first = next) {
        uint32_t *list = &lists[tree->nodes[first].cost];
        next = tree->nodes[first].next;
        tree->nodes[first].next = *list;
        *list = first;
    }
    for (unsigned cost = 0; cost <= COST_MAX; cost++) {
        uint32_t cheap = reversed(tree, lists[cost]);
        for (; cheap != FILTER_NONE; cheap = next) {
            next = tree->nodes[cheap].next;
            tree->nodes[cheap].next = sorted;
            sorted = cheap;
        }
    }
    return sorted;
}

struct emitter {
    struct filter_tree *tree;
    const struct filter_term *terms; /* as they stand in the expression */
    struct filter_term *to;          /* the same, in the order of asking */
    uint32_t at; /* the next one goes before this: they are put from the last to the first */
};

/* Puts a node so that it goes on as said; returns where it begins. */
static uint32_t emit(struct emitter *emitter, uint32_t at, uint32_t if_true, uint32_t if_false)
{
    const struct filter_node *node = &emitter->tree->nodes[at];

    if (node->is_negated) {
        uint32_t spare = if_true;
        if_true = if_false, if_false = spare;
    }
    if (node->kind == FILTER_TERM) {
        struct filter_term *term = &emitter->to[--emitter->at];
        *term = emitter->terms[node->term];
        term->if_true = if_true;
        term->if_false = if_false;
        return emitter->at;
    }
    uint32_t begin = node->kind == FILTER_AND ? if_true : if_false;
    for (uint32_t child = node->first; child != FILTER_NONE; child = emitter->tree->nodes[child].next)
        begin = node->kind == FILTER_AND ? emit(emitter, child, begin, if_false)
                                         : emit(emitter, child, if_true, begin);
    return begin;
}

static bool compile_terms(struct filter *filter, struct filter_tree *tree, struct filter_error *ret_error)
{
    if (!(filter->terms = calloc(tree->node_count, sizeof(*filter->terms))))
        return filter_error_memory(ret_error);
    for (size_t i = 0; i < tree->node_count; i++) {
        struct filter_node *node = &tree->nodes[i];
        if (node->kind != FILTER_TERM)
            continue;
        node->term = (uint32_t)filter->term_count++;
        if (!filter_term_compile(filter, tree, node, &filter->terms[node->term], ret_error))
            return false;
    }
    return true;
}

bool filter_compile(struct filter *filter, struct filter_tree *tree, struct filter_error *ret_error)
{
    struct emitter emitter = {.tree = tree};

    if (!compile_terms(filter, tree, ret_error))
        return false;
    set_cost(tree, filter, tree->root);
    for (size_t i = 0; i < tree->node_count; i++)
        tree->nodes[i].first = last_to_first(tree, tree->nodes[i].first);
    emitter.terms = filter->terms;
    emitter.at = (uint32_t)filter->term_count;
    if (!(emitter.to = calloc(filter->term_count, sizeof(*emitter.to))))
        return filter_error_memory(ret_error);
    filter->start = emit(&emitter, tree->root, FILTER_PASSES, FILTER_FAILS);
    free(filter->terms);
    filter->terms = emitter.to;
    return true;
}
