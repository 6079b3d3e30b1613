/* filter/lexer: the words and signs of an expression, one after the other. */
#ifndef FILTER_LEXER_H
#define FILTER_LEXER_H

#include "filter/error.h"

#define FILTER_EXPRESSION_MAX 65536 /* bytes */

enum filter_token_kind {
    FILTER_END,
    FILTER_WORD,   /* bare; which words mean something is for the parser to say, by where they stand */
    FILTER_QUOTED, /* "..." or '...' */
    FILTER_LIST,   /* @PATH or @"PATH" */
    FILTER_OPEN,
    FILTER_CLOSE,
    FILTER_COMMA,
    FILTER_SIGN, /* any other: == != < <= > >= ~ =~ && || ! */
};

struct filter_token {
    enum filter_token_kind kind;
    uint32_t offset, size; /* where it stands in the expression */
    const char *text; /* of words, signs, quotations and paths: without quotes and escapes; of the lexer */
    uint32_t length;  /* of `text`, which has a NUL behind it */
};

struct filter_lexer {
    const char *expression; /* borrowed */
    size_t size, at;
    char *texts; /* owned: of all tokens, together at most twice as long as the expression */
    size_t texts_size;
};

/* False without memory, or if the expression is too long. */
bool filter_lexer_init(struct filter_lexer *lexer, const char *expression, struct filter_error *ret_error);
void filter_lexer_done(struct filter_lexer *lexer);

/* The next token; END again and again at the end. False: it is none. */
bool filter_lexer_next(struct filter_lexer *lexer, struct filter_token *ret_token,
                       struct filter_error *ret_error);

#endif
