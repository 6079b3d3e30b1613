/* record/field: everything a record can be asked for, by name. fields.def is the one table behind filters,
 * --fields, the list of fields and the manual. */
#ifndef RECORD_FIELD_H
#define RECORD_FIELD_H

#include "record/look.h"

enum field_kind {
    FIELD_KIND_NUMBER,   /* value.number */
    FIELD_KIND_SIZE,     /* value.number, in bytes */
    FIELD_KIND_WORD,     /* value.number, for which there may be a word: NXDOMAIN, AAAA, CLIENT_QUERY */
    FIELD_KIND_FLAGS,    /* value.number, a set of bits that have words: qr, aa, tc */
    FIELD_KIND_NAME,     /* value.bytes, uncompressed wire form */
    FIELD_KIND_ADDRESS,  /* value.bytes, 4 or 16 of them (v4-mapped ones as they are) */
    FIELD_KIND_TEXT,     /* value.bytes, any */
    FIELD_KIND_TIME,     /* value.time */
    FIELD_KIND_DURATION, /* value.number, in nanoseconds */
    FIELD_KIND_RDATA, /* value.rdata, a record of the message that look_message gives: tl_dns_rdata_print */
};

enum field {
#define FIELD(id, name, kind, many, json, sentence) FIELD_##id,
#include "record/fields.def"
#undef FIELD
    FIELDS
};

struct field_description {
    const char *name; /* "client.port" */
    enum field_kind kind;
    bool is_many;         /* a record may have several values */
    const char *json;     /* where `--format json` has it, as a path of jq; NULL: nowhere */
    const char *sentence; /* for the list and the manual */
};

/* Static memory. */
const struct field_description *field_describe(enum field field);

/* The field called `name`, exactly. False if none is. */
bool field_parse(struct tl_bytes name, enum field *ret_field);

/* The field whose name is nearest to `name`, for "did you mean"; FIELDS if none is near. */
enum field field_nearest(struct tl_bytes name);

/* "unknown field \"qnane\"; did you mean qname?" */
#define FIELD_UNKNOWN_SIZE 128
void field_say_unknown(struct tl_bytes name, char ret_text[FIELD_UNKNOWN_SIZE]);

/* Does the value depend on the record's `origin`? Then it must be there, or it is that of a record from
 * nowhere. Of `time` it is the arrival, if there is no other. */
bool field_is_of_origin(enum field field);

struct field_value {
    union {
        uint64_t number;
        struct tl_bytes
            bytes; /* of the record, of the look, or of the `at`: valid until the next call for either */
        struct tl_time time;
        const struct tl_dns_record *rdata; /* of the `at`, likewise */
    };
};

/* Where the values of one field stand. */
struct field_at {
    unsigned done;                /* how far it is; the rest means nothing while 0 */
    struct tl_dns_cursor records; /* behind `record` */
    struct tl_dns_record record;
    unsigned names;            /* of its rdata, given */
    struct tl_bytes options;   /* EDNS options or parameters of SVCB that were not looked at */
    struct tl_bytes addresses; /* of such a parameter, not given yet */
    size_t address_size;
    uint8_t name[TL_DNS_NAME_SIZE_MAX];
};

/* Sets `at` to before the first value. */
static inline void field_begin(struct field_at *at)
{
    at->done = 0;
}

/* The next value of the field. False: there is none (any more). No allocation; the message is walked only if
 * the field needs it. A walk that comes upon a fault ends there. */
bool field_next(struct look *look, enum field field, struct field_at *at, struct field_value *ret_value);

/* Appends the text of an RDATA value of `message`: that of a zone file, or, if it has not the form of its
 * type or there is no room for that, the one of RFC 3597, as in `--format json`. */
void field_rdata_print(const struct tl_dns *message, const struct tl_dns_record *record,
                       struct tl_builder *builder);

/* The largest number that a field of kind NUMBER, WORD or FLAGS can have in a frame. */
uint64_t field_largest(enum field field);

/* Words of fields of kind WORD or FLAGS. -------------------------------------------------------------- */

#define FIELD_WORD_SIZE 40

/* The word for `number` into `ret_text`; returns its length. A number without one: decimal, or what the JSON
 * has (TYPE65400, CLASS42). Of FLAGS `number` is one bit; bits without a word are 0x0001. No word has a space
 * in it. */
size_t field_word_print(enum field field, uint64_t number, char ret_text[FIELD_WORD_SIZE]);

/* Takes a part off a set of FLAGS that has a word: the highest bit that has one, or all that have none. 0 if
 * the set is empty. */
uint64_t field_next_flag(enum field field, uint64_t *set);

/* The number of a word, case-insensitive, or of a plain number that the field can have; of FLAGS the one bit.
 * Of `type` also dnstap-read's two letters, and what everybody says: ECS, TLS, HTTPS, QUIC. False if it is
 * none. */
bool field_word_parse(enum field field, struct tl_bytes text, uint64_t *ret_number);

/* The next word of the field: that of `*number`, or of the first one above it that has a word, which it is
 * set to; forms that are made from a number are none. False: there is none any more. */
bool field_next_word(enum field field, uint64_t *number, char ret_word[FIELD_WORD_SIZE]);

/* The word of the field that is nearest to `text`, for "did you mean". Tries every number that may have a
 * word. False if none is near. */
bool field_word_nearest(enum field field, struct tl_bytes text, char ret_word[FIELD_WORD_SIZE]);

#endif
