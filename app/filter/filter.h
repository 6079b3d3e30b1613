/* filter/filter: an expression about fields, compiled once, asked of every record. man/tapline-read.1,
 * "FILTERS", has the language; the fields are those of record/field. */
#ifndef FILTER_FILTER_H
#define FILTER_FILTER_H

#include "record/field.h"
#include "record/look.h"

/* What is wrong with an expression, for a person: it is shown with a caret below the character at `offset`.
 */
struct filter_error {
    size_t offset, size; /* the part of the expression that is meant, in bytes; size at least 1 */
    char text[256];      /* what is wrong, and what to write instead: "unknown field \"qnane\"; did you mean
                            qname?" */
};

/* Prints the expression, or the part of it around the fault, and below it a line with the caret. Nothing but
 * what record/excerpt shows and the two newlines; cut to `size` bytes with a final NUL. Of an expression that
 * is blank there is nothing to show. Returns the length. */
#define FILTER_ERROR_PRINT_SIZE 512 /* enough for any */
size_t filter_error_print(const char *expression, const struct filter_error *error, char *ret_text,
                          size_t size);

struct filter; /* compiled: never changes but by filter_reload, so that several threads may ask it at once */

/* Times in it without a zone are local, or UTC if `utc`; "10m ago" is counted from now. Lists (@file) are
 * read: they take about 20 bytes a name and the name's own, 32 a prefix. NULL: `ret_error` says why (without
 * memory as well). */
struct filter *filter_new(const char *expression, bool utc, struct filter_error *ret_error);
void filter_free(struct filter *filter);

/* Does it ask about the field? Does it have lists, so that filter_reload does something? */
bool filter_asks_about(const struct filter *filter, enum field field);
bool filter_has_lists(const struct filter *filter);

/* What one thread needs to ask. NULL without memory. */
struct filter_thread *filter_thread_new(const struct filter *filter);
void filter_thread_free(struct filter_thread *thread);

/* Does the record pass? Allocates nothing (but filter/regex without JIT); the DNS message is looked
 * into only if a term needs it. */
bool filter_passes(const struct filter *filter, struct filter_thread *thread, struct look *look);

/* How many times a regular expression was given up because it took too long; such a term is false. */
uint64_t filter_given_up(const struct filter_thread *thread);

/* Reads the lists again; one that cannot be read stays as it was. False if there was one, and `ret_text` (256
 * bytes) says which. No thread may be asking meanwhile. */
bool filter_reload(struct filter *filter, char *ret_text);

#endif
