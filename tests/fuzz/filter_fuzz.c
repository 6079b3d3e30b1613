/* Property: any text is a filter, or what is wrong with it is said at a place inside it and shown in
 * printable ASCII in the locale C. A filter answers for every record, twice the same; `not (E)` says the
 * opposite, and `E and not E` is never true. Files are not read: what has an @ is only taken apart. */
#include "filter/filter.h"
#include "filter/lexer.h"
#include "filter/samples.h"
#include "filter/tree.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct filter_samples samples;

static void demand(bool condition)
{
    if (!condition)
        abort();
}

static bool is_printable(const char *text)
{
    for (; *text; text++) {
        if ((*text < 0x20 && *text != '\n') || *text > 0x7e)
            return false;
    }
    return true;
}

static void check_error(const char *expression, const struct filter_error *error)
{
    char shown[FILTER_ERROR_PRINT_SIZE];
    size_t length = strlen(expression);

    demand(error->size >= 1 && error->offset <= length);
    demand(error->offset + error->size <= length + (error->offset == length || length == 0));
    demand(*error->text && is_printable(error->text) && !strchr(error->text, '\n'));
    demand(filter_error_print(expression, error, shown, sizeof(shown)) == strlen(shown));
    demand(is_printable(shown) && strlen(shown) < sizeof(shown) - 1);
    if (expression[strspn(expression, " \t\r\n")])
        demand(shown[strlen(shown) - 1] == '\n' && strchr(shown, '^') != NULL);
    else
        demand(!*shown);
}

/* Which samples pass, as bits. */
static unsigned ask(const struct filter *filter)
{
    struct filter_thread *thread = filter_thread_new(filter);
    struct look look;
    unsigned passed = 0;

    demand(thread != NULL);
    for (unsigned i = 0; i < SAMPLES; i++) {
        look_at(&look, &samples.records[i]);
        bool passes = filter_passes(filter, thread, &look);
        demand(passes == filter_passes(filter, thread, &look));
        passed |= (unsigned)passes << i;
    }
    filter_thread_free(thread);
    return passed;
}

/* The same of an expression around this one; if it has grown too long or too deep, of none. */
static bool ask_about(const char *form, const char *expression, unsigned *ret_passed)
{
    size_t size = strlen(form) + 2 * strlen(expression);
    char *text = malloc(size + 1);
    struct filter_error error;

    demand(text != NULL);
    snprintf(text, size + 1, form, expression, expression);
    struct filter *filter = filter_new(text, true, &error);
    if (filter)
        *ret_passed = ask(filter);
    else
        demand(strncmp(error.text, "more than ", 10) == 0);
    filter_free(filter);
    free(text);
    return filter != NULL;
}

static void check(const char *expression)
{
    struct filter_error error;
    struct filter *filter = filter_new(expression, true, &error);
    unsigned passed, other;

    if (!filter) {
        check_error(expression, &error);
        return;
    }
    passed = ask(filter);
    filter_free(filter);
    if (ask_about("not (%1$s)", expression, &other))
        demand((passed ^ other) == (1u << SAMPLES) - 1);
    if (ask_about("(%1$s) and not (%2$s)", expression, &other))
        demand(other == 0);
    if (ask_about("(%1$s) or ! (%2$s)", expression, &other))
        demand(other == (1u << SAMPLES) - 1);
}

static void take_apart(const char *expression)
{
    struct filter_tree tree;
    struct filter_error error;

    if (filter_tree_init(&tree, expression, &error))
        filter_tree_done(&tree);
    else
        check_error(expression, &error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *expression = malloc(size + 1);

    demand(expression != NULL);
    setenv("LC_ALL", "C", 1);
    if (!samples.records[0].dnstap.present)
        filter_samples_init(&samples);
    if (size)
        memcpy(expression, data, size);
    expression[size] = '\0';
    if (strchr(expression, '@'))
        take_apart(expression);
    else
        check(expression);
    free(expression);
    return 0;
}
