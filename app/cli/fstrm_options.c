/* The incumbent's command line. Invariant: every fault is told, in the order of the words and then of the
 * table, before anything is decided. */
#include "cli/fstrm_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PENDING_MAX 64
#define LINE_WIDTH  80 /* of --usage-short */

/* One reading of a command line. */
struct reading {
    struct fstrm_option *options;
    size_t count;
    const char *program, *version;
    struct fstrm_option *pending[PENDING_MAX]; /* whose values are due, in this order */
    size_t pending_count;
    int unwanted; /* words that belong to nothing */
    bool is_wrong;
    bool is_shown;
};

const char *fstrm_program(const char *path)
{
    return basename(path);
}

bool fstrm_parse_number(const char *text, unsigned long least, unsigned long most, unsigned long *ret_number)
{
    char *end;

    if (*text < '0' || *text > '9') /* neither signs nor spaces */
        return false;
    errno = 0;
    unsigned long number = strtoul(text, &end, 0);
    if (*end || errno || number < least || number > most)
        return false;
    *ret_number = number;
    return true;
}

/* What there is ------------------------------------------------------------------------------------------ */

void fstrm_options_usage(const struct fstrm_option *options, size_t count, const char *program)
{
    fprintf(stderr, "Usage: %s\n", program);
    for (size_t i = 0; i < count; i++) {
        const struct fstrm_option *option = &options[i];
        char word[64];
        if (!option->letter) {
            snprintf(word, sizeof(word), "[--%s]", option->name);
            fprintf(stderr, "%-34s%s\n", word, option->sentence);
            continue;
        }
        if (option->value)
            snprintf(word, sizeof(word), "[-%c <%s>]", option->letter, option->value);
        else
            snprintf(word, sizeof(word), "[-%c]", option->letter);
        fprintf(stderr, "%-18sor --%-11s%s\n", word, option->name, option->sentence);
    }
}

static void put_wrapped(const char *word, size_t *column)
{
    if (*column + 1 + strlen(word) >= LINE_WIDTH) {
        fputs("\n      ", stderr);
        *column = 6;
    }
    *column += (size_t)fprintf(stderr, " %s", word);
}

static void print_short_usage(const struct reading *reading)
{
    size_t column = (size_t)fprintf(stderr, "Usage: %s", reading->program);
    char word[64] = "[-";

    for (size_t i = 0; i < reading->count; i++) {
        if (reading->options[i].letter && !reading->options[i].value)
            strncat(word, &reading->options[i].letter, 1);
    }
    strcat(word, "]");
    put_wrapped(word, &column);
    for (size_t i = 0; i < reading->count; i++) {
        const struct fstrm_option *option = &reading->options[i];
        if (!option->letter || !option->value)
            continue;
        snprintf(word, sizeof(word), "[-%c", option->letter);
        put_wrapped(word, &column);
        snprintf(word, sizeof(word), "<%s>]", option->value);
        put_wrapped(word, &column);
    }
    fputs("\n", stderr);
}

/* Words -------------------------------------------------------------------------------------------------- */

static void give_value(struct fstrm_option *option, const char *value)
{
    if (option->all)
        option->all[option->value_count++] = value;
    option->last = value;
}

static void print_name(const struct fstrm_option *option)
{
    fprintf(stderr, "       -%c (--%s)\n", option->letter, option->name);
}

/* A second one of those of which one has to be given. */
static void tell_second(struct reading *reading, const struct fstrm_option *option)
{
    for (size_t i = 0; i < reading->count; i++) {
        const struct fstrm_option *other = &reading->options[i];
        if (other == option || !other->is_one_of || !other->count)
            continue;
        fprintf(stderr, "%s: usage problem, specify only one of the following:\n", reading->program);
        print_name(other);
        print_name(option);
        reading->is_wrong = true;
    }
}

static void take_option(struct reading *reading, struct fstrm_option *option, const char *value)
{
    if (option->is_one_of)
        tell_second(reading, option);
    option->count++;
    if (!option->value)
        return;
    if (value)
        give_value(option, value);
    else if (reading->pending_count < PENDING_MAX)
        reading->pending[reading->pending_count++] = option;
    else
        reading->is_wrong = true; /* which is told with how many are due */
}

/* The long option that `name` of `length` stands for; NULL if there is none, or, which is told, several. */
static struct fstrm_option *find_long(struct reading *reading, const char *name, size_t length,
                                      bool *ret_is_ambiguous)
{
    struct fstrm_option *found = NULL;

    *ret_is_ambiguous = false;
    for (size_t i = 0; i < reading->count; i++) {
        struct fstrm_option *option = &reading->options[i];
        if (strncmp(option->name, name, length) != 0)
            continue;
        if (!option->name[length])
            return option;
        if (found) {
            fprintf(stderr, "%s: usage problem, '--%.*s' might be '%s' or '%s'\n", reading->program,
                    (int)length, name, option->name, found->name);
            *ret_is_ambiguous = true;
            return NULL;
        }
        found = option;
    }
    return found;
}

/* The options that every such program has. False if it is none of them. */
static bool show(struct reading *reading, const char *name, size_t length)
{
    if (strncmp("usage", name, length) == 0 || (length == 10 && strncmp("usage-long", name, length) == 0))
        fstrm_options_usage(reading->options, reading->count, reading->program);
    else if (length > 5 && strncmp("usage-short", name, length) == 0)
        print_short_usage(reading);
    else if (strncmp("version", name, length) == 0)
        fprintf(stderr, "%s: %s\n", reading->program, reading->version);
    else
        return false;
    reading->is_shown = true;
    return true;
}

static void take_long(struct reading *reading, const char *word)
{
    const char *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    bool is_ambiguous;
    struct fstrm_option *option = find_long(reading, word, length, &is_ambiguous);

    if (option) {
        take_option(reading, option, equals ? equals + 1 : NULL);
        return;
    }
    if (!is_ambiguous && show(reading, word, length))
        return;
    if (!is_ambiguous)
        fprintf(stderr, "%s: usage problem, unknown long option '--%.*s'.\n", reading->program, (int)length,
                word);
    reading->is_wrong = true;
}

static struct fstrm_option *find_letter(const struct reading *reading, char letter)
{
    for (size_t i = 0; i < reading->count; i++) {
        if (reading->options[i].letter == letter)
            return &reading->options[i];
    }
    return NULL;
}

static void take_letters(struct reading *reading, const char *word)
{
    for (; *word; word++) {
        struct fstrm_option *option = find_letter(reading, *word);
        if (!option) {
            fprintf(stderr, "%s: usage problem, unknown short option '-%c'.\n", reading->program, *word);
            reading->is_wrong = true;
        } else if (word[1] == '=') {
            take_option(reading, option, word + 2);
            return;
        } else {
            take_option(reading, option, NULL);
        }
    }
}

static void take_plain(struct reading *reading, const char *word)
{
    if (!reading->pending_count) {
        reading->unwanted++;
        return;
    }
    give_value(reading->pending[0], word);
    reading->pending_count--;
    memmove(reading->pending, reading->pending + 1, reading->pending_count * sizeof(reading->pending[0]));
}

/* The whole ---------------------------------------------------------------------------------------------- */

static void tell_needed(struct reading *reading)
{
    bool is_first = true;

    for (size_t i = 0; i < reading->count; i++) {
        if (!reading->options[i].is_needed || reading->options[i].count)
            continue;
        if (is_first)
            fprintf(stderr, "%s: usage problem, these mandatory flags must be specified:\n",
                    reading->program);
        is_first = false;
        print_name(&reading->options[i]);
    }
    reading->is_wrong |= !is_first;
}

/* None of those of which one has to be given. */
static void tell_missing(struct reading *reading)
{
    bool is_asked = false, is_given = false;

    for (size_t i = 0; i < reading->count; i++) {
        is_asked |= reading->options[i].is_one_of;
        is_given |= reading->options[i].is_one_of && reading->options[i].count;
    }
    if (!is_asked || is_given)
        return;
    fprintf(stderr, "%s: usage problem, must specify one of:\n", reading->program);
    for (size_t i = 0; i < reading->count; i++) {
        if (reading->options[i].is_one_of)
            print_name(&reading->options[i]);
    }
    reading->is_wrong = true;
}

/* In the incumbent's order. */
static void check(struct reading *reading)
{
    size_t due = reading->pending_count;

    if (reading->unwanted)
        fprintf(stderr, "%s: usage problem, %d unwanted additional argument%s\n", reading->program,
                reading->unwanted, reading->unwanted == 1 ? "" : "s");
    tell_needed(reading);
    if (due)
        fprintf(stderr, "%s: usage problem, %zu more option-argument%s must be specified\n", reading->program,
                due, due == 1 ? "" : "s");
    reading->is_wrong |= due || reading->unwanted;
    tell_missing(reading);
}

enum fstrm_parsed fstrm_options_parse(struct fstrm_option *options, size_t count, const char *version,
                                      int argc, char **argv)
{
    struct reading reading = {
        .options = options, .count = count, .program = fstrm_program(argv[0]), .version = version};
    bool is_plain = false;

    for (int i = 1; i < argc && !reading.is_shown; i++) {
        const char *word = argv[i];
        if (is_plain || word[0] != '-' || !word[1])
            take_plain(&reading, word);
        else if (strcmp(word, "--") == 0)
            is_plain = true;
        else if (word[1] == '-')
            take_long(&reading, word + 2);
        else
            take_letters(&reading, word + 1);
    }
    if (reading.is_shown)
        return FSTRM_SHOWN;
    check(&reading);
    if (!reading.is_wrong && !options[0].count)
        return FSTRM_PARSED;
    fstrm_options_usage(options, count, reading.program);
    return FSTRM_WRONG;
}
