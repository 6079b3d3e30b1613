/* One term of the tree to one of the program: does the operator suit the field, and the value both?
 * Invariant: a term that is compiled can be asked of any record. */
#include "filter/compile.h"

#include <stdio.h>
#include <stdlib.h>

struct compiler {
    struct filter *filter;
    const struct filter_tree *tree;
    const struct filter_node *node;
    const struct field_description *field;
    struct filter_term *term;
    struct filter_error *error;
};

/* Operators and kinds ----------------------------------------------------------------------------------- */

#define OP(name) (1u << FILTER_##name)
#define IS       (OP(EQUAL) | OP(UNEQUAL))
#define ORDER    (OP(LESS) | OP(AT_MOST) | OP(GREATER) | OP(AT_LEAST))
#define PATTERNS (OP(GLOB) | OP(REGEX))

/* What each kind can be asked; every one whether it is there, and `has` of flags and where there are several.
 */
static const unsigned operators[] = {
    [FIELD_KIND_NUMBER] = IS | ORDER | OP(IN),
    [FIELD_KIND_SIZE] = IS | ORDER | OP(IN),
    [FIELD_KIND_WORD] = IS | ORDER | OP(IN) | PATTERNS,
    [FIELD_KIND_FLAGS] = IS | OP(HAS),
    [FIELD_KIND_NAME] = IS | OP(IN) | OP(UNDER) | PATTERNS,
    [FIELD_KIND_ADDRESS] = IS | OP(IN),
    [FIELD_KIND_TEXT] = IS | OP(IN) | PATTERNS,
    [FIELD_KIND_TIME] = IS | ORDER,
    [FIELD_KIND_DURATION] = IS | ORDER | OP(IN),
    [FIELD_KIND_RDATA] = IS | OP(IN) | PATTERNS,
};

static const char *const kinds[] = {
    [FIELD_KIND_NUMBER] = "a number",     [FIELD_KIND_SIZE] = "a size",
    [FIELD_KIND_WORD] = "a word",         [FIELD_KIND_FLAGS] = "a set of flags",
    [FIELD_KIND_NAME] = "a name",         [FIELD_KIND_ADDRESS] = "an address",
    [FIELD_KIND_TEXT] = "text",           [FIELD_KIND_TIME] = "a time",
    [FIELD_KIND_DURATION] = "a duration", [FIELD_KIND_RDATA] = "text",
};

static unsigned relations_of(const struct field_description *field)
{
    return operators[field->kind] | (field->is_many ? OP(HAS) : 0);
}

static bool refuse_operator(const struct compiler *compiler)
{
    const struct filter_token *said = &compiler->node->said;
    unsigned allowed = relations_of(compiler->field);
    char list[80];
    size_t size = 0;

    for (unsigned i = 0; i < FILTER_PRESENT; i++) {
        if (allowed >> i & 1)
            size += (size_t)snprintf(list + size, sizeof(list) - size, size ? ", %s" : "%s",
                                     filter_relation_name((enum filter_relation)i));
    }
    return filter_error_set(compiler->error, said->offset, said->size, "%s is %s, and has no \"%s\", but %s",
                            compiler->field->name, kinds[compiler->field->kind], said->text, list);
}

/* Values ------------------------------------------------------------------------------------------------ */

static const struct filter_token *token_at(const struct compiler *compiler, uint32_t i)
{
    const struct filter_token *values = compiler->tree->values;

    return values ? values + compiler->node->values + i : NULL; /* "has FIELD" has none */
}

static bool value_at(const struct compiler *compiler, uint32_t i, struct filter_value *ret_value)
{
    const struct filter_token *token = token_at(compiler, i);
    char why[FILTER_WHY_SIZE];

    if (filter_value_parse(compiler->node->field, compiler->filter->utc, tl_bytes(token->text, token->length),
                           ret_value, why))
        return true;
    return filter_error_set(compiler->error, token->offset, token->size, "%s", why);
}

/* The term's own copy. */
static bool keep_text(const struct compiler *compiler, const void *text, size_t size)
{
    struct filter_term *term = compiler->term;

    if (!(term->text = malloc(size ? size : 1)))
        return filter_error_memory(compiler->error);
    if (size)
        memcpy(term->text, text, size);
    term->text_size = size;
    return true;
}

/* Sets -------------------------------------------------------------------------------------------------- */

/* An empty one more. */
static struct filter_source *new_set(const struct compiler *compiler)
{
    struct filter *filter = compiler->filter;
    size_t room = filter->set_room ? 2 * filter->set_room : 4;
    struct filter_source *sets;

    if (filter->set_count == filter->set_room) {
        if (!(sets = realloc(filter->sets, room * sizeof(*sets)))) {
            filter_error_memory(compiler->error);
            return NULL;
        }
        filter->sets = sets;
        filter->set_room = room;
    }
    struct filter_source *set = &filter->sets[filter->set_count++];
    memset(set, 0, sizeof(*set));
    set->field = compiler->node->field;
    compiler->term->set = (uint32_t)(set - filter->sets);
    return set;
}

/* A list that is there already, read for the same kind of field; of words only for the same field. */
static bool find_list(const struct compiler *compiler, const char *path)
{
    for (size_t i = 0; i < compiler->filter->set_count; i++) {
        const struct filter_source *set = &compiler->filter->sets[i];
        enum field_kind kind = field_describe(set->field)->kind;
        if (set->path && strcmp(set->path, path) == 0 && kind == compiler->field->kind &&
            (kind != FIELD_KIND_WORD || set->field == compiler->node->field)) {
            compiler->term->set = (uint32_t)i;
            return true;
        }
    }
    return false;
}

static bool compile_list(const struct compiler *compiler, const struct filter_token *token)
{
    struct filter_source *set;
    char why[sizeof(compiler->error->text)];

    if (find_list(compiler, token->text))
        return true;
    if (!(set = new_set(compiler)))
        return false;
    if (!(set->path = strdup(token->text)))
        return filter_error_memory(compiler->error);
    if (!filter_list_read(&set->set, set->field, compiler->filter->utc, set->path, why))
        return filter_error_set(compiler->error, token->offset, token->size, "%s", why);
    return true;
}

static bool compile_set(const struct compiler *compiler)
{
    const struct filter_token *token = token_at(compiler, 0);
    struct filter_value value;
    struct filter_source *set;

    if (token->kind == FILTER_LIST)
        return compile_list(compiler, token);
    if (!(set = new_set(compiler)))
        return false;
    for (uint32_t i = 0; i < compiler->node->value_count; i++) {
        if (!value_at(compiler, i, &value))
            return false;
        if (!filter_set_add(&set->set, compiler->field->kind, &value))
            return filter_error_memory(compiler->error);
    }
    filter_set_settle(&set->set);
    return true;
}

/* Operators --------------------------------------------------------------------------------------------- */

/* Numbers that compare so with `number`; none at all is a range that is upside down. */
static void set_range(struct filter_term *term, enum filter_relation relation, uint64_t number)
{
    bool is_above = relation == FILTER_GREATER || relation == FILTER_AT_LEAST;
    bool is_below = relation == FILTER_LESS || relation == FILTER_AT_MOST;

    term->test = FILTER_RANGE;
    term->least = is_below ? 0 : number;
    term->most = is_above ? UINT64_MAX : number;
    if ((relation == FILTER_LESS && number == 0) || (relation == FILTER_GREATER && number == UINT64_MAX))
        term->least = 1, term->most = 0;
    else if (relation == FILTER_LESS)
        term->most--;
    else if (relation == FILTER_GREATER)
        term->least++;
}

static const struct tl_time first_time = {0, 0}, last_time = {UINT64_MAX, UINT32_MAX};

/* The nanosecond before and behind. Before the first there is none, which is never asked for. */
static struct tl_time before(struct tl_time time)
{
    return time.nanoseconds ? (struct tl_time){time.seconds, time.nanoseconds - 1}
                            : (struct tl_time){time.seconds - 1, 999999999};
}

static void set_period(struct filter_term *term, enum filter_relation relation, struct tl_time time)
{
    term->test = FILTER_PERIOD;
    term->from = relation == FILTER_LESS || relation == FILTER_AT_MOST ? first_time : time;
    term->until = relation == FILTER_GREATER || relation == FILTER_AT_LEAST ? last_time : time;
    if (relation == FILTER_GREATER)
        term->from
            .nanoseconds++; /* what is compared with it has less than 1e9 of them, or one more is no time */
    if (relation == FILTER_LESS && !time.seconds && !time.nanoseconds)
        term->from = last_time, term->until = first_time;
    else if (relation == FILTER_LESS)
        term->until = before(time);
}

/* A word has no order: only a number of one has. */
static bool check_order(const struct compiler *compiler)
{
    const struct filter_token *token = token_at(compiler, 0);
    bool orders = ORDER >> compiler->node->relation & 1;

    if (!orders || compiler->field->kind != FIELD_KIND_WORD ||
        (token->text[0] >= '0' && token->text[0] <= '9'))
        return true;
    return filter_error_set(compiler->error, token->offset, token->size,
                            "words have no order; write a number behind %s", compiler->node->said.text);
}

/* One value with == or one of its kin. */
static bool compile_one(const struct compiler *compiler)
{
    struct filter_term *term = compiler->term;
    enum field_kind kind = compiler->field->kind;
    struct filter_value value;
    uint8_t lower[TL_DNS_NAME_SIZE_MAX];

    if (!check_order(compiler) || !value_at(compiler, 0, &value))
        return false;
    if (kind == FIELD_KIND_TIME) {
        set_period(term, compiler->node->relation, value.time);
        return true;
    }
    if (kind == FIELD_KIND_NAME) {
        term->test = compiler->node->relation == FILTER_UNDER ? FILTER_NAME_ABOVE : FILTER_NAME;
        filter_name_lower(tl_bytes(value.name, value.name_size), lower);
        return keep_text(compiler, lower, value.name_size);
    }
    if (kind == FIELD_KIND_TEXT || kind == FIELD_KIND_RDATA) {
        term->test = FILTER_TEXT;
        return keep_text(compiler, value.text.data, value.text.size);
    }
    set_range(term, compiler->node->relation, value.number);
    return true;
}

static enum filter_test set_test(enum field_kind kind, enum filter_relation relation)
{
    switch (kind) {
    case FIELD_KIND_NAME: return relation == FILTER_UNDER ? FILTER_NAMES_ABOVE : FILTER_NAMES;
    case FIELD_KIND_ADDRESS: return FILTER_ADDRESSES;
    case FIELD_KIND_TEXT:
    case FIELD_KIND_RDATA: return FILTER_TEXTS;
    default: return FILTER_NUMBERS;
    }
}

/* == and !=, in, under, and has where there are several. */
static bool compile_equal(const struct compiler *compiler)
{
    const struct filter_node *node = compiler->node;
    bool is_one = node->value_count == 1 && token_at(compiler, 0)->kind != FILTER_LIST;

    if (is_one && compiler->field->kind != FIELD_KIND_ADDRESS)
        return compile_one(compiler);
    compiler->term->test = set_test(compiler->field->kind, node->relation);
    return compile_set(compiler);
}

/* Any of the flags that are named. */
static bool compile_flags(const struct compiler *compiler)
{
    const struct filter_token *token = token_at(compiler, 0);
    struct filter_value value;

    compiler->term->test = FILTER_BITS;
    if (token->kind == FILTER_LIST)
        return filter_error_set(compiler->error, token->offset, token->size,
                                "there are no lists of flags; write them in parentheses");
    for (uint32_t i = 0; i < compiler->node->value_count; i++) {
        if (!value_at(compiler, i, &value))
            return false;
        token = token_at(compiler, i);
        if (!value.number)
            return filter_error_set(compiler->error, token->offset, token->size,
                                    "0 is no flag; write %s == 0", compiler->field->name);
        compiler->term->least |= value.number;
    }
    return true;
}

/* The part of the expression from a pattern's `offset` on, if the token is the pattern with or without
 * quotes; else all of it. */
static bool refuse_pattern(const struct compiler *compiler, size_t offset, const char *why)
{
    const struct filter_token *token = token_at(compiler, 0);
    bool has_quotes = token->size == token->length + 2, is_bare = token->size == token->length;

    if (offset >= token->length)
        offset = token->length ? token->length - 1 : 0;
    if (!has_quotes && !is_bare)
        return filter_error_set(compiler->error, token->offset, token->size, "%s", why);
    return filter_error_set(compiler->error, token->offset + has_quotes + offset, 1, "%s", why);
}

static bool compile_regex(const struct compiler *compiler)
{
    const struct filter_token *token = token_at(compiler, 0);
    struct filter_term *term = compiler->term;
    bool folds = compiler->field->kind != FIELD_KIND_TEXT;
    char why[128];
    size_t offset = 0;

    term->test = FILTER_REGEX_MATCHES;
    term->regex = filter_regex_new(tl_bytes(token->text, token->length), folds, &offset, why);
    compiler->filter->has_regex = true;
    return term->regex || refuse_pattern(compiler, offset, why);
}

static bool compile_glob(const struct compiler *compiler)
{
    const struct filter_token *token = token_at(compiler, 0);

    compiler->term->test = FILTER_GLOB_MATCHES;
    return keep_text(compiler, token->text, token->length);
}

static bool compile_operand(const struct compiler *compiler)
{
    switch (compiler->node->relation) {
    case FILTER_PRESENT: compiler->term->test = FILTER_IS_THERE; return true;
    case FILTER_GLOB: return compile_glob(compiler);
    case FILTER_REGEX: return compile_regex(compiler);
    case FILTER_HAS:
        return compiler->field->kind == FIELD_KIND_FLAGS ? compile_flags(compiler) : compile_equal(compiler);
    default: return compile_equal(compiler);
    }
}

bool filter_term_compile(struct filter *filter, const struct filter_tree *tree,
                         const struct filter_node *node, struct filter_term *ret_term,
                         struct filter_error *ret_error)
{
    struct compiler compiler = {filter, tree, node, field_describe(node->field), ret_term, ret_error};

    ret_term->field = node->field;
    ret_term->kind = compiler.field->kind;
    ret_term->is_many = compiler.field->is_many;
    filter->has_rdata |= ret_term->kind == FIELD_KIND_RDATA;
    if (node->relation != FILTER_PRESENT && !(relations_of(compiler.field) >> node->relation & 1))
        return refuse_operator(&compiler);
    return compile_operand(&compiler);
}

/* Costs ------------------------------------------------------------------------------------------------- */

/* What it takes to get at a value: from dnstap, from the message's header, from its question, or by a walk
 * through its records. The fields of each stand together in fields.def. */
static unsigned field_cost(enum field field)
{
    if (field < FIELD_ID || (field > FIELD_EDNS_EDE_TEXT && field != FIELD_ERROR))
        return 1;
    if (field == FIELD_RCODE || field >= FIELD_ANSWER_NAME)
        return 8;
    return field >= FIELD_QNAME && field <= FIELD_QCLASS ? 4 : 2;
}

unsigned filter_term_cost(const struct filter_term *term)
{
    unsigned cost = field_cost(term->field) + (term->kind == FIELD_KIND_RDATA ? 10 : 0);

    switch (term->test) {
    case FILTER_GLOB_MATCHES: return cost + 6;
    case FILTER_REGEX_MATCHES: return cost + 20;
    case FILTER_ADDRESSES:
    case FILTER_NAMES:
    case FILTER_NAMES_ABOVE:
    case FILTER_TEXTS: return cost + 2;
    default: return cost;
    }
}
