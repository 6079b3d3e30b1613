/* cli/document: a JSON document, written to a stream member by member. Of each the key comes first, NULL in a
 * list. Text that is no UTF-8 has U+FFFD for each byte that is not ASCII; control characters are escaped. */
#ifndef CLI_DOCUMENT_H
#define CLI_DOCUMENT_H

#include <tapline/core.h>

#include <stdio.h>

struct document {
    FILE *to;
    bool is_open; /* nothing is in the innermost object or list yet */
};

static inline struct document document(FILE *to)
{
    return (struct document){to, true};
}

void document_open(struct document *document, const char *key);
void document_close(struct document *document);
void document_open_list(struct document *document, const char *key);
void document_close_list(struct document *document);

void document_number(struct document *document, const char *key, uint64_t value);
void document_real(struct document *document, const char *key, double value);
void document_bool(struct document *document, const char *key, bool value);
void document_text(struct document *document, const char *key, const char *text);
void document_bytes(struct document *document, const char *key, struct tl_bytes text);

/* RFC 3339 with milliseconds; left out if `ms` is 0, or in no year that has four digits. */
void document_time(struct document *document, const char *key, uint64_t ms);

/* A key that is no word of ours, and may hold anything: for the member that follows. */
void document_key(struct document *document, struct tl_bytes key);

#endif
