/* PCRE2. Invariant: whatever the expression and the text, a match ends after a bounded number of steps, in
 * bounded memory; one that would not is none. */
#include "filter/regex.h"

#include <stdio.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define STEPS_MAX     100000 /* a fifth of a millisecond; an honest expression takes some hundreds for a name */
#define DEPTH_MAX     2000
#define HEAP_MAX_KIB  1024 /* without JIT */
#define JIT_STACK_MIN ((size_t)32 << 10)
#define JIT_STACK_MAX ((size_t)512 << 10)

struct filter_regex {
    pcre2_code *code;
};

struct filter_matcher {
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    pcre2_match_data *data;
    uint64_t given_up;
};

/* So that PCRE2 asks for memory where the rest of the program does. */
static void *get_memory(size_t size, void *unused)
{
    (void)unused;
    return malloc(size);
}

static void free_memory(void *memory, void *unused)
{
    (void)unused;
    free(memory);
}

static pcre2_code *compile(struct tl_bytes pattern, bool folds, int *ret_error, size_t *ret_offset)
{
    pcre2_general_context *memory = pcre2_general_context_create(get_memory, free_memory, NULL);
    pcre2_compile_context *context = memory ? pcre2_compile_context_create(memory) : NULL;
    uint32_t options =
        PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_DOLLAR_ENDONLY | (folds ? PCRE2_CASELESS : 0);
    pcre2_code *code = NULL;

    *ret_error = PCRE2_ERROR_HEAP_FAILED;
    *ret_offset = 0;
    if (context)
        code = pcre2_compile(pattern.data, pattern.size, options, ret_error, ret_offset, context);
    pcre2_compile_context_free(context);
    pcre2_general_context_free(memory);
    return code;
}

struct filter_regex *filter_regex_new(struct tl_bytes pattern, bool folds, size_t *ret_offset,
                                      char ret_why[128])
{
    struct filter_regex *regex = malloc(sizeof(*regex));
    int error;
    size_t offset;

    if (!regex) {
        snprintf(ret_why, 128, "not enough memory");
        return NULL;
    }
    if (!(regex->code = compile(pattern, folds, &error, &offset))) {
        const int said = snprintf(ret_why, 128, "in this regular expression: ");
        if (pcre2_get_error_message(error, (PCRE2_UCHAR *)ret_why + said, 128 - (size_t)said) < 0)
            ret_why[127] = '\0';
        *ret_offset = offset;
        free(regex);
        return NULL;
    }
    pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE); /* where there is none, it goes without */
    return regex;
}

void filter_regex_free(struct filter_regex *regex)
{
    if (regex)
        pcre2_code_free(regex->code);
    free(regex);
}

struct filter_matcher *filter_matcher_new(void)
{
    struct filter_matcher *matcher = calloc(1, sizeof(*matcher));
    pcre2_general_context *memory = pcre2_general_context_create(get_memory, free_memory, NULL);
    uint32_t has_jit = 0;

    pcre2_config(PCRE2_CONFIG_JIT, &has_jit);
    if (matcher && memory) {
        matcher->context = pcre2_match_context_create(memory);
        matcher->data = pcre2_match_data_create(1, memory);
        matcher->stack = has_jit ? pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, memory) : NULL;
    }
    pcre2_general_context_free(memory);
    if (!matcher || !matcher->context || !matcher->data || (has_jit && !matcher->stack)) {
        filter_matcher_free(matcher);
        return NULL;
    }
    pcre2_set_match_limit(matcher->context, STEPS_MAX);
    pcre2_set_depth_limit(matcher->context, DEPTH_MAX);
    pcre2_set_heap_limit(matcher->context, HEAP_MAX_KIB);
    if (matcher->stack)
        pcre2_jit_stack_assign(matcher->context, NULL, matcher->stack);
    return matcher;
}

void filter_matcher_free(struct filter_matcher *matcher)
{
    if (!matcher)
        return;
    pcre2_match_context_free(matcher->context);
    pcre2_match_data_free(matcher->data);
    pcre2_jit_stack_free(matcher->stack);
    free(matcher);
}

bool filter_regex_matches(const struct filter_regex *regex, struct filter_matcher *matcher,
                          struct tl_bytes text)
{
    const uint8_t *data = text.size ? text.data : (const uint8_t *)"";
    int found = pcre2_match(regex->code, data, text.size, 0, 0, matcher->data, matcher->context);

    if (found < PCRE2_ERROR_NOMATCH)
        matcher->given_up++;
    return found >= 0;
}

uint64_t filter_matcher_given_up(const struct filter_matcher *matcher)
{
    return matcher->given_up;
}
