/* Near misses, of names of fields and of their words. Invariant: only what stands for something is proposed,
 * never numbers or forms that are made from a number (TYPE65400). */
#include "record/excerpt.h"
#include "record/field.h"

#include <limits.h>
#include <stdio.h>

#define WORD_MAX 40 /* letters; longer ones are near to none */

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* How many letters have to be inserted, removed, replaced, or exchanged with their neighbour, to make `b` of
 * `a`, without case; both at most WORD_MAX long. */
static unsigned distance(struct tl_bytes a, struct tl_bytes b)
{
    unsigned rows[3][WORD_MAX + 1]; /* of the letter before the last one, of the last one, of this one */
    unsigned *before = rows[0], *last = rows[1], *row = rows[2];

    for (unsigned j = 0; j <= b.size; j++)
        last[j] = j;
    for (unsigned i = 1; i <= a.size; i++) {
        row[0] = i;
        for (unsigned j = 1; j <= b.size; j++) {
            uint8_t c = lower(a.data[i - 1]), d = lower(b.data[j - 1]);
            row[j] = least(last[j - 1] + (c != d), least(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && c == lower(b.data[j - 2]) && lower(a.data[i - 2]) == d)
                row[j] = least(row[j], before[j - 2] + 1);
        }
        unsigned *free_row = before;
        before = last;
        last = row;
        row = free_row;
    }
    return last[b.size];
}

/* What other programs call some fields. */
static const struct synonym {
    const char *name;
    enum field field;
} synonyms[] = {
    {"src", FIELD_CLIENT},
    {"source", FIELD_CLIENT},
    {"src.port", FIELD_CLIENT_PORT},
    {"sport", FIELD_CLIENT_PORT},
    {"dst", FIELD_SERVER},
    {"dest", FIELD_SERVER},
    {"destination", FIELD_SERVER},
    {"dst.port", FIELD_SERVER_PORT},
    {"dport", FIELD_SERVER_PORT},
    {"domain", FIELD_QNAME},
    {"protocol", FIELD_PROTO},
    {"transport", FIELD_PROTO},
    {"status", FIELD_RCODE},
    {"rtt", FIELD_LATENCY},
    {"duration", FIELD_LATENCY},
    {"timestamp", FIELD_TIME},
    {"ttl", FIELD_ANSWER_TTL},
    {"rdata", FIELD_ANSWER_RDATA},
    {"ecs", FIELD_EDNS_CLIENT_SUBNET},
    {"ede", FIELD_EDNS_EDE},
    {"nsid", FIELD_EDNS_NSID},
};

static enum field synonym_of(struct tl_bytes name)
{
    for (size_t i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++) {
        struct tl_bytes other = tl_bytes_of_text(synonyms[i].name);
        if (name.size == other.size && distance(name, other) == 0)
            return synonyms[i].field;
    }
    return FIELDS;
}

/* If the text begins so, what follows; else the text. */
static const char *behind(const char *text, const char *beginning)
{
    size_t size = strlen(beginning);

    return strncmp(text, beginning, size) == 0 ? text + size : text;
}

/* Is it this path in a DNS message, with the key of the message before it or without, and with the indices of
 * arrays or without? */
static bool is_path(struct tl_bytes name, const char *path)
{
    char key[WORD_MAX + 1];
    const char *at = key;

    memcpy(key, name.data, name.size);
    key[name.size] = '\0';
    at = behind(behind(at, "query_message."), "response_message.");
    for (; *at; at++, path++) {
        if (*path == '[' && *at != '[')
            path += strcspn(path, "]") + 1;
        if (*at != *path)
            return false;
    }
    return !*path || strcmp(path, "[]") == 0;
}

/* How far it is from where the JSON has the field. A path that fits either message is not as near as one that
 * fits the one. */
static unsigned distance_of_key(const struct field_description *description, struct tl_bytes name)
{
    const char *path = description->json ? description->json + 1 : NULL, *in_message;

    if (!path || !name.size)
        return UINT_MAX;
    if (tl_bytes_equal(name, tl_bytes_of_text(path)))
        return 0;
    in_message = behind(path, "MESSAGE.");
    return in_message != path && is_path(name, in_message) ? 1 : UINT_MAX;
}

enum field field_nearest(struct tl_bytes name)
{
    enum field nearest = FIELDS;
    unsigned least_distance = 1 + (unsigned)name.size / 3;

    if (name.size > WORD_MAX || synonym_of(name) < FIELDS)
        return name.size > WORD_MAX ? FIELDS : synonym_of(name);
    for (unsigned i = 0; i < FIELDS; i++) {
        const struct field_description *description = field_describe((enum field)i);
        struct tl_bytes other = tl_bytes_of_text(description->name);
        unsigned found = least(distance_of_key(description, name), distance(name, other));
        if (found < least_distance) {
            least_distance = found;
            nearest = (enum field)i;
        }
    }
    return nearest;
}

void field_say_unknown(struct tl_bytes name, char ret_text[FIELD_UNKNOWN_SIZE])
{
    enum field nearest = field_nearest(name);
    char excerpt[EXCERPT_SIZE];

    excerpt_of(name, excerpt);
    if (nearest < FIELDS)
        snprintf(ret_text, FIELD_UNKNOWN_SIZE, "unknown field \"%s\"; did you mean %s?", excerpt,
                 field_describe(nearest)->name);
    else
        snprintf(ret_text, FIELD_UNKNOWN_SIZE, "unknown field \"%s\"; tapline read --list-fields shows all",
                 excerpt);
}

/* Can words of these lengths be nearer than so many letters? */
static bool may_be_near(size_t a, size_t b, unsigned nearest)
{
    return (a > b ? a - b : b - a) < nearest;
}

/* Is the text a word's beginning, up to where the next one begins: CLIENT of CLIENT_QUERY? */
static bool is_beginning(struct tl_bytes text, const char *word, size_t length)
{
    return text.size > 2 && text.size < length && (word[text.size] == '_' || word[text.size] == '-') &&
           distance(text, tl_bytes(word, text.size)) == 0;
}

bool field_word_nearest(enum field field, struct tl_bytes text, char ret_word[FIELD_WORD_SIZE])
{
    unsigned nearest = text.size < 3 ? 2 : text.size < 6 ? 3 : 4; /* so far off is not near any more */
    bool is_found = false;
    char word[FIELD_WORD_SIZE];

    if (text.size > WORD_MAX)
        return false;
    for (uint64_t number = 0; field_next_word(field, &number, word); number++) {
        size_t length = strlen(word);
        bool begins = is_beginning(text, word, length);
        if (!begins && !may_be_near(length, text.size, nearest))
            continue;
        unsigned found = begins ? 1 : distance(text, tl_bytes(word, length));
        if (found >= nearest || found >= length)
            continue;
        nearest = found;
        is_found = true;
        memcpy(ret_word, word, length + 1);
    }
    return is_found;
}
