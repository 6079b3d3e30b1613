/* Expression to tokens. Invariant: every byte of the expression is blank, or belongs to one token, or is what
 * the error points at. */
#include "filter/lexer.h"

#include <stdlib.h>

#define BLANKS " \t\r\n"
/* What ends a bare word: values such as 10.0.0.0/8, *.example.com and 2026-11-23T10:00 are one. */
#define BREAKS BLANKS "(),\"'=!<>&|~"

bool filter_lexer_init(struct filter_lexer *lexer, const char *expression, struct filter_error *ret_error)
{
    size_t size = strnlen(expression, FILTER_EXPRESSION_MAX + 1);

    if (size > FILTER_EXPRESSION_MAX)
        return filter_error_set(ret_error, FILTER_EXPRESSION_MAX, 1,
                                "more than %d bytes; long lists belong into a file: in @FILE",
                                FILTER_EXPRESSION_MAX);
    *lexer = (struct filter_lexer){.expression = expression, .size = size};
    lexer->texts = malloc(2 * size + 1);
    return lexer->texts || filter_error_memory(ret_error);
}

void filter_lexer_done(struct filter_lexer *lexer)
{
    free(lexer->texts);
    lexer->texts = NULL;
}

/* Gives the token its text: so many bytes that stand in the expression. */
static void keep(struct filter_lexer *lexer, struct filter_token *token, const char *text, size_t length)
{
    char *to = lexer->texts + lexer->texts_size;

    memcpy(to, text, length);
    to[length] = '\0';
    token->text = to;
    token->length = (uint32_t)length;
    lexer->texts_size += length + 1;
}

/* A backslash takes away the meaning of a quote or a backslash behind it, and stands for itself before
 * anything else, so that names and regular expressions keep theirs. */
static bool quotation(struct filter_lexer *lexer, struct filter_token *token, struct filter_error *ret_error)
{
    const char *at = lexer->expression + lexer->at, quote = *at++;
    char *text = lexer->texts + lexer->texts_size, *to = text;

    for (; *at && *at != quote; at++) {
        if (*at == '\\' && (at[1] == quote || at[1] == '\\'))
            at++;
        *to++ = *at;
    }
    if (!*at)
        return filter_error_set(ret_error, lexer->at, 1, "this quotation has no end");
    *to++ = '\0';
    token->text = text;
    token->length = (uint32_t)(to - text - 1);
    lexer->texts_size += (size_t)(to - text);
    lexer->at = (size_t)(at + 1 - lexer->expression);
    return true;
}

static bool word(struct filter_lexer *lexer, struct filter_token *token)
{
    const char *at = lexer->expression + lexer->at;
    size_t length = strcspn(at, BREAKS);

    keep(lexer, token, at, length);
    lexer->at += length;
    return true;
}

static bool list(struct filter_lexer *lexer, struct filter_token *token, struct filter_error *ret_error)
{
    size_t from = lexer->at++;
    char next = lexer->expression[lexer->at];
    bool is_sound = next == '"' || next == '\'' ? quotation(lexer, token, ret_error) : word(lexer, token);

    if (is_sound && !token->length)
        return filter_error_set(ret_error, from, 1, "the path of a file belongs behind \"@\": @names.txt");
    token->kind = FILTER_LIST;
    return is_sound;
}

static bool sign(struct filter_lexer *lexer, struct filter_token *token, struct filter_error *ret_error)
{
    static const char *const signs[] = {"==", "=~", "!=", "<=", ">=", "&&", "||", "<", ">", "~", "!"};
    const char *at = lexer->expression + lexer->at;

    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        size_t length = strlen(signs[i]);
        if (strncmp(at, signs[i], length) == 0) {
            keep(lexer, token, at, length);
            lexer->at += length;
            return true;
        }
    }
    bool is_in_value = lexer->at && *at != '=' && !strchr(BREAKS, at[-1]);
    return filter_error_set(ret_error, lexer->at, 1, "\"%c\" is no operator; write \"%s\"%s", *at,
                            *at == '='   ? "=="
                            : *at == '&' ? "and"
                                         : "or",
                            is_in_value ? ", or quotes around a value that has it" : "");
}

static enum filter_token_kind kind_of(char first)
{
    switch (first) {
    case '\0': return FILTER_END;
    case '(': return FILTER_OPEN;
    case ')': return FILTER_CLOSE;
    case ',': return FILTER_COMMA;
    case '"':
    case '\'': return FILTER_QUOTED;
    case '@': return FILTER_LIST;
    default: return strchr(BREAKS, first) ? FILTER_SIGN : FILTER_WORD;
    }
}

static bool token_at(struct filter_lexer *lexer, struct filter_token *token, struct filter_error *ret_error)
{
    switch (token->kind) {
    case FILTER_END: return true;
    case FILTER_OPEN:
    case FILTER_CLOSE:
    case FILTER_COMMA: lexer->at++; return true;
    case FILTER_QUOTED: return quotation(lexer, token, ret_error);
    case FILTER_LIST: return list(lexer, token, ret_error);
    case FILTER_SIGN: return sign(lexer, token, ret_error);
    case FILTER_WORD: break;
    }
    return word(lexer, token);
}

bool filter_lexer_next(struct filter_lexer *lexer, struct filter_token *ret_token,
                       struct filter_error *ret_error)
{
    lexer->at += strspn(lexer->expression + lexer->at, BLANKS);
    struct filter_token token = {
        .kind = kind_of(lexer->expression[lexer->at]), .offset = (uint32_t)lexer->at, .text = ""};

    if (!token_at(lexer, &token, ret_error))
        return false;
    token.size = (uint32_t)(lexer->at - token.offset);
    *ret_token = token;
    return true;
}
