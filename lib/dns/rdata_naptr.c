/* NAPTR's regexp, RFC 3402 section 3.2: delimiter, POSIX extended regular expression, delimiter, replacement,
 * delimiter, flags. BIND refuses what is none, and its notion of an expression is the one here. Invariant:
 * the walk goes forward only, so a string costs as much as it is long. */
#include "rdata.h"

/* An expression being looked at. */
struct expression {
    const char *at; /* ends with a NUL, and holds no other */
    unsigned groups, open;
    int low;          /* the last character in brackets */
    bool has_atom;    /* there is something that may be repeated */
    bool is_repeated; /* it was, so it may not be again */
    bool may_be_empty;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A number of repetitions, up to 255. */
static bool take_count(const char **at, unsigned *ret_count)
{
    unsigned count = 0;

    if (!is_digit(**at))
        return false;
    for (; is_digit(**at); ++*at) {
        count = count * 10 + (unsigned)(**at - '0');
        if (count > 255)
            return false;
    }
    *ret_count = count;
    return true;
}

/* "2}", "2,}" or "2,3}". */
static bool take_bound(const char **at)
{
    unsigned low, high;

    if (!take_count(at, &low))
        return false;
    if (**at == ',') {
        ++*at;
        if (**at != '}' && (!take_count(at, &high) || high < low))
            return false;
    }
    return *(*at)++ == '}';
}

static bool take_class(const char **at)
{
    static const char *const classes[] = {":alnum:", ":digit:", ":punct:", ":alpha:", ":graph:", ":space:",
                                          ":blank:", ":lower:", ":upper:", ":cntrl:", ":print:", ":xdigit:"};

    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        size_t size = strlen(classes[i]);
        if (strncmp(*at, classes[i], size) == 0 && (*at)[size] == ']') {
            *at += size + 1;
            return true;
        }
    }
    return false;
}

/* ".x.]" or "=x=]", up to its bracket. */
static bool take_named(const char **at)
{
    char kind = *(*at)++;
    const char *start = *at;

    while (**at && !(**at == kind && (*at)[1] == ']'))
        ++*at;
    if (!**at || *at == start)
        return false;
    *at += 2;
    return true;
}

/* What is between brackets, up to the closing one. A range does not end with a class, before its
 * beginning, or where another begins. BIND takes its beginning from the last character, whatever class is
 * between (from other brackets, too: `low` is of the whole expression), and does not see a bracket that opens
 * nothing. */
static bool take_brackets(const char **at, int *low)
{
    const int after_all = 256; /* where what is longer than a character stands */
    const char *start = *at += **at == '^';
    enum { NOTHING, ITEM, RANGE } last = NOTHING;
    bool is_range = false;

    for (;;) {
        int c = (unsigned char)*(*at)++;
        if (c == '\0')
            return false;
        if (c == ']' && *at - 1 > start)
            return true;
        if (c == '[' && (**at == ':' || **at == '=')) {
            if (is_range || !(**at == ':' ? take_class(at) : take_named(at)))
                return false;
            last = last == RANGE ? RANGE : ITEM;
            continue;
        }
        if (c == '-' && last == RANGE)
            return false;
        if (c == '-' && last != NOTHING && !is_range && **at != ']') {
            is_range = true;
            continue;
        }
        if (c == '[' && **at == '.') {
            const char *name = *at + 1;
            if (!take_named(at))
                return false;
            c = is_range ? *low : *at - name > 3 ? after_all : (unsigned char)*name;
        } else if (c == '[') {
            last = last == RANGE ? RANGE : ITEM;
            continue;
        }
        if (is_range && c < *low)
            return false;
        last = is_range ? RANGE : ITEM;
        is_range = false;
        *low = c;
    }
}

/* Whether it, or a part of it, may end here. */
static bool is_complete(const struct expression *expression)
{
    return expression->has_atom || expression->is_repeated;
}

static bool repeat(struct expression *expression)
{
    if (expression->is_repeated || !expression->has_atom)
        return false;
    expression->has_atom = false;
    expression->is_repeated = true;
    return true;
}

static void set_atom(struct expression *expression)
{
    expression->has_atom = true;
    expression->is_repeated = false;
}

static bool take_escape(struct expression *expression)
{
    char c = *expression->at++;

    if (c == '\0' || (c >= '1' && c <= '9' && (unsigned)(c - '0') > expression->groups))
        return false;
    set_atom(expression);
    return true;
}

static bool take_item(struct expression *expression)
{
    char c = *expression->at++;

    switch (c) {
    case '\\': return take_escape(expression);
    case '[': set_atom(expression); return take_brackets(&expression->at, &expression->low);
    case '{':
        if (is_digit(*expression->at))
            return repeat(expression) && take_bound(&expression->at);
        set_atom(expression);
        return true;
    case '*':
    case '+':
    case '?': return repeat(expression);
    case '(':
        expression->groups++;
        expression->open++;
        expression->has_atom = expression->is_repeated = false;
        expression->may_be_empty = true;
        return true;
    case ')':
        if (expression->open && !is_complete(expression) && !expression->may_be_empty)
            return false;
        expression->open -= expression->open > 0;
        set_atom(expression);
        return true;
    case '|':
        if (!is_complete(expression))
            return false;
        expression->has_atom = expression->is_repeated = expression->may_be_empty = false;
        return true;
    case '^':
    case '$': expression->has_atom = expression->is_repeated = true; return true;
    default: set_atom(expression); return true;
    }
}

/* Whether it is one, and how many groups it has. */
static bool is_expression(const char *text, unsigned *ret_groups)
{
    struct expression expression = {.at = text};

    if (!*text)
        return false;
    while (*expression.at) {
        if (!take_item(&expression))
            return false;
    }
    *ret_groups = expression.groups;
    return expression.open == 0 && is_complete(&expression);
}

static bool is_delimiter(uint8_t byte)
{
    return byte != 0 && byte != '\\' && byte != 'i' && !(byte >= '0' && byte <= '9');
}

static bool is_regexp(struct tl_bytes string)
{
    enum { EXPRESSION, REPLACEMENT, FLAGS } part = EXPRESSION;
    char text[256], *to = text;
    unsigned groups, last_group = 0;

    if (!string.size)
        return true;
    if (!is_delimiter(string.data[0]))
        return false;
    for (size_t at = 1; at < string.size; at++) {
        uint8_t c = string.data[at], escaped = 0;
        if (c == 0 || (part == FLAGS && c != 'i'))
            return false;
        if (c == string.data[0]) {
            part++;
            continue;
        }
        if (c == '\\') {
            if (++at == string.size || (escaped = string.data[at]) == 0)
                return false;
        }
        if (part == EXPRESSION) {
            *to++ = (char)c;
            if (escaped)
                *to++ = (char)escaped;
        } else if (part == REPLACEMENT && is_digit((char)escaped)) {
            if (escaped == '0')
                return false;
            if ((unsigned)(escaped - '0') > last_group)
                last_group = (unsigned)(escaped - '0');
        }
    }
    *to = '\0';
    return part == FLAGS && is_expression(text, &groups) && last_group <= groups;
}

void tl__dns_put_regexp(struct rdata *rdata)
{
    const uint8_t *string = rdata->in.at;

    tl__dns_put_string(rdata);
    rdata_require(rdata, rdata->in.status != TL_OK ||
                             is_regexp(tl_bytes(string + 1, (size_t)(rdata->in.at - string) - 1)));
}
