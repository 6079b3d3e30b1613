/* Tokens to tree, by recursive descent: or, and, not, term. Invariant: the depth of the recursion is bounded
 * by FILTER_DEPTH_MAX, whatever is written; chains of `and`, `or` and `not` do not add to it. */
#include "filter/tree.h"

#include "record/excerpt.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

struct parser {
    struct filter_tree *tree;
    struct filter_token token; /* not used yet */
    struct filter_error *error;
    unsigned depth;
    uint32_t term_end; /* behind the last value, in the expression */
    bool has_pattern;  /* which is a bare pattern */
};

static const char *const relation_names[FILTER_RELATIONS] = {
    "==", "!=", "<", "<=", ">", ">=", "in", "~", "=~", "under", "has", "has"};

const char *filter_relation_name(enum filter_relation relation)
{
    return relation_names[relation];
}

/* Room for one more in an array. */
static bool grow(void **array, size_t count, size_t *room, size_t size, struct filter_error *ret_error)
{
    size_t wanted = *room ? 2 * *room : 16;
    void *grown;

    if (count < *room)
        return true;
    if (!(grown = realloc(*array, wanted * size)))
        return filter_error_memory(ret_error);
    *array = grown;
    *room = wanted;
    return true;
}

static uint32_t new_node(struct parser *parser, enum filter_node_kind kind)
{
    struct filter_tree *tree = parser->tree;

    if (!grow((void **)&tree->nodes, tree->node_count, &tree->node_room, sizeof(*tree->nodes), parser->error))
        return FILTER_NONE;
    tree->nodes[tree->node_count] =
        (struct filter_node){.kind = kind, .next = FILTER_NONE, .first = FILTER_NONE};
    return (uint32_t)tree->node_count++;
}

static bool advance(struct parser *parser)
{
    return filter_lexer_next(&parser->tree->lexer, &parser->token, parser->error);
}

static bool is_word(const struct filter_token *token, const char *word)
{
    return token->kind == FILTER_WORD && strcasecmp(token->text, word) == 0;
}

static bool is_sign(const struct filter_token *token, const char *sign)
{
    return token->kind == FILTER_SIGN && strcmp(token->text, sign) == 0;
}

static bool is_and(const struct filter_token *token)
{
    return is_word(token, "and") || is_sign(token, "&&");
}

static bool is_or(const struct filter_token *token)
{
    return is_word(token, "or") || is_sign(token, "||");
}

static bool is_not(const struct filter_token *token)
{
    return is_word(token, "not") || is_sign(token, "!");
}

/* The token is wrong where it stands; `wanted` says what should stand there. */
static bool refuse(struct parser *parser, const char *wanted)
{
    const struct filter_token *token = &parser->token;
    char excerpt[EXCERPT_SIZE];
    struct tl_bytes text = tl_bytes(parser->tree->lexer.expression + token->offset, token->size);

    if (token->kind == FILTER_END)
        return filter_error_set(parser->error, token->offset, 1, "the end comes too early: %s", wanted);
    return filter_error_set(parser->error, token->offset, token->size, "%s, not \"%s\"", wanted,
                            excerpt_of(text, excerpt));
}

/* Values ------------------------------------------------------------------------------------------------ */

static bool take_value(struct parser *parser, struct filter_node *term)
{
    struct filter_tree *tree = parser->tree;

    if (!grow((void **)&tree->values, tree->value_count, &tree->value_room, sizeof(*tree->values),
              parser->error))
        return false;
    tree->values[tree->value_count++] = parser->token;
    parser->term_end = parser->token.offset + parser->token.size;
    parser->has_pattern = parser->token.kind == FILTER_WORD &&
                          (term->relation == FILTER_GLOB || term->relation == FILTER_REGEX);
    term->value_count++;
    return advance(parser);
}

static bool is_value(const struct filter_token *token)
{
    return token->kind == FILTER_WORD || token->kind == FILTER_QUOTED;
}

/* Behind "(": VALUE {"," VALUE} ")" */
static bool take_values(struct parser *parser, struct filter_node *term)
{
    do {
        if (!advance(parser))
            return false;
        if (parser->token.kind == FILTER_LIST)
            return filter_error_set(parser->error, parser->token.offset, parser->token.size,
                                    "a list stands alone: %s %s @FILE", field_describe(term->field)->name,
                                    term->said.text);
        if (!is_value(&parser->token))
            return refuse(parser, "a value belongs here");
        if (!take_value(parser, term))
            return false;
    } while (parser->token.kind == FILTER_COMMA);
    if (parser->token.kind != FILTER_CLOSE)
        return refuse(parser, "\",\" or \")\" belongs here");
    return advance(parser);
}

static bool takes_sets(enum filter_relation relation)
{
    return relation == FILTER_IN || relation == FILTER_UNDER || relation == FILTER_HAS;
}

static bool operand(struct parser *parser, struct filter_node *term)
{
    const struct filter_token *token = &parser->token;

    term->values = (uint32_t)parser->tree->value_count;
    if (token->kind == FILTER_OPEN && takes_sets(term->relation))
        return take_values(parser, term);
    if (token->kind == FILTER_OPEN && (term->relation == FILTER_GLOB || term->relation == FILTER_REGEX))
        return filter_error_set(parser->error, token->offset, token->size,
                                "%s takes one pattern; put it into quotes", term->said.text);
    if (token->kind == FILTER_OPEN || (token->kind == FILTER_LIST && !takes_sets(term->relation)))
        return filter_error_set(parser->error, token->offset, token->size,
                                "%s takes one value; for several there is \"in\"", term->said.text);
    if (token->kind == FILTER_SIGN || (!is_value(token) && token->kind != FILTER_LIST))
        return refuse(parser, "a value belongs here");
    return take_value(parser, term);
}

/* Terms ------------------------------------------------------------------------------------------------- */

/* The name of a field. `wanted`: what to say if it is none at all. */
static bool field(struct parser *parser, const char *wanted, enum field *ret_field)
{
    const struct filter_token *token = &parser->token;
    struct tl_bytes name = tl_bytes(token->text, token->length);
    char why[FIELD_UNKNOWN_SIZE];

    if (token->kind != FILTER_WORD || is_and(token) || is_or(token))
        return refuse(parser, wanted);
    if (field_parse(name, ret_field))
        return advance(parser);
    field_say_unknown(name, why);
    return filter_error_set(parser->error, token->offset, token->size, "%s", why);
}

static bool find_relation(const struct filter_token *token, enum filter_relation *ret_relation)
{
    for (unsigned i = 0; i < FILTER_PRESENT; i++) {
        if (is_sign(token, relation_names[i]) || is_word(token, relation_names[i])) {
            *ret_relation = (enum filter_relation)i;
            return true;
        }
    }
    return false;
}

/* Behind a field: ["not"] OPERATOR OPERAND. The `not` is for `in` and `under`, where English has it. */
static bool comparison(struct parser *parser, struct filter_node *term)
{
    const char *name = field_describe(term->field)->name;
    char wanted[128];

    if (is_word(&parser->token, "not")) {
        term->is_negated = true;
        if (!advance(parser))
            return false;
        if (!is_word(&parser->token, "in") && !is_word(&parser->token, "under"))
            return refuse(parser, "behind a field and \"not\" belongs \"in\" or \"under\"");
    }
    if (is_sign(&parser->token, "!"))
        return filter_error_set(parser->error, parser->token.offset, 1, "write \"not\" before %s", name);
    if (!find_relation(&parser->token, &term->relation)) {
        snprintf(wanted, sizeof(wanted),
                 "an operator belongs behind %s, such as == or in (\"has %s\" asks whether it is there)",
                 name, name);
        return refuse(parser, wanted);
    }
    term->said = parser->token;
    term->is_negated ^= term->relation == FILTER_UNEQUAL; /* which is a form of == from here on */
    return advance(parser) && operand(parser, term);
}

static bool term(struct parser *parser, struct filter_node *ret_term)
{
    struct filter_token first = parser->token;

    if (!is_word(&first, "has"))
        return field(parser, "a field belongs here, such as qname or client", &ret_term->field) &&
               comparison(parser, ret_term);
    ret_term->said = first;
    ret_term->relation = FILTER_PRESENT;
    return advance(parser) && field(parser, "a field belongs behind \"has\"", &ret_term->field);
}

/* Expressions ------------------------------------------------------------------------------------------- */

static uint32_t parse_or(struct parser *parser);

/* The token does not go on behind a term; a value may have come to its end too early. */
static bool refuse_behind_term(struct parser *parser, const char *wanted)
{
    const struct filter_token *token = &parser->token;
    enum field field;
    char hinted[128];

    if (parser->has_pattern && token->offset == parser->term_end && token->kind != FILTER_CLOSE &&
        token->kind != FILTER_END)
        return filter_error_set(parser->error, token->offset, token->size,
                                "a pattern with \"%c\" in it belongs into quotes",
                                parser->tree->lexer.expression[token->offset]);
    if (token->kind == FILTER_COMMA)
        return filter_error_set(parser->error, token->offset, token->size,
                                "several values belong into parentheses: in (A, B)");
    if (!is_value(token) || field_parse(tl_bytes(token->text, token->length), &field))
        return refuse(parser, wanted);
    snprintf(hinted, sizeof(hinted), "%s (a value with a blank in it belongs into quotes)", wanted);
    return refuse(parser, hinted);
}

static uint32_t parse_parentheses(struct parser *parser)
{
    struct filter_token open = parser->token;

    if (parser->depth == FILTER_DEPTH_MAX) {
        filter_error_set(parser->error, open.offset, open.size, "more than %d parentheses in each other",
                         FILTER_DEPTH_MAX);
        return FILTER_NONE;
    }
    if (!advance(parser))
        return FILTER_NONE;
    parser->depth++;
    uint32_t node = parse_or(parser);
    parser->depth--;
    if (node == FILTER_NONE)
        return FILTER_NONE;
    if (parser->token.kind != FILTER_CLOSE) {
        if (parser->token.kind == FILTER_END)
            filter_error_set(parser->error, open.offset, open.size, "nothing closes this parenthesis");
        else
            refuse_behind_term(parser, "\"and\", \"or\" or \")\" belongs here");
        return FILTER_NONE;
    }
    return advance(parser) ? node : FILTER_NONE;
}

static uint32_t parse_term(struct parser *parser)
{
    struct filter_node found = {.kind = FILTER_TERM, .next = FILTER_NONE, .first = FILTER_NONE};

    if (!term(parser, &found))
        return FILTER_NONE;
    uint32_t node = new_node(parser, FILTER_TERM);
    if (node != FILTER_NONE)
        parser->tree->nodes[node] = found;
    return node;
}

static uint32_t parse_not(struct parser *parser)
{
    bool is_negated = false;

    for (; is_not(&parser->token); is_negated = !is_negated) {
        if (!advance(parser))
            return FILTER_NONE;
    }
    uint32_t node = parser->token.kind == FILTER_OPEN ? parse_parentheses(parser) : parse_term(parser);
    if (node != FILTER_NONE)
        parser->tree->nodes[node].is_negated ^= is_negated;
    return node;
}

/* One, or several that `is_between` joins, as children of one node. */
static uint32_t parse_chain(struct parser *parser, enum filter_node_kind kind,
                            uint32_t (*parse)(struct parser *parser),
                            bool (*is_between)(const struct filter_token *token))
{
    uint32_t first = parse(parser), last = first, parent;

    if (first == FILTER_NONE || !is_between(&parser->token))
        return first;
    if ((parent = new_node(parser, kind)) == FILTER_NONE)
        return FILTER_NONE;
    parser->tree->nodes[parent].first = first;
    while (is_between(&parser->token)) {
        uint32_t child = advance(parser) ? parse(parser) : FILTER_NONE;
        if (child == FILTER_NONE)
            return FILTER_NONE;
        parser->tree->nodes[last].next = child;
        last = child;
    }
    return parent;
}

static uint32_t parse_and(struct parser *parser)
{
    return parse_chain(parser, FILTER_AND, parse_not, is_and);
}

static uint32_t parse_or(struct parser *parser)
{
    return parse_chain(parser, FILTER_OR, parse_and, is_or);
}

static bool parse_all(struct parser *parser)
{
    if (!advance(parser))
        return false;
    if (parser->token.kind == FILTER_END)
        return filter_error_set(parser->error, parser->token.offset, 1,
                                "it is empty; write for example qname under example.com");
    if ((parser->tree->root = parse_or(parser)) == FILTER_NONE)
        return false;
    if (parser->token.kind == FILTER_CLOSE)
        return filter_error_set(parser->error, parser->token.offset, 1, "this parenthesis closes nothing");
    return parser->token.kind == FILTER_END || refuse_behind_term(parser, "\"and\" or \"or\" belongs here");
}

bool filter_tree_init(struct filter_tree *tree, const char *expression, struct filter_error *ret_error)
{
    struct parser parser = {.tree = tree, .error = ret_error};

    memset(tree, 0, sizeof(*tree));
    if (!filter_lexer_init(&tree->lexer, expression, ret_error))
        return false;
    if (parse_all(&parser))
        return true;
    filter_tree_done(tree);
    return false;
}

void filter_tree_done(struct filter_tree *tree)
{
    filter_lexer_done(&tree->lexer);
    free(tree->nodes);
    free(tree->values);
    tree->nodes = NULL;
    tree->values = NULL;
}
