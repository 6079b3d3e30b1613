/* generate/question: what a client asks, and what comes of it. */
#ifndef GENERATE_QUESTION_H
#define GENERATE_QUESTION_H

#include "generate/chance.h"
#include "generate/name.h"
#include "generate/names.h"

/* RR types, as IANA numbers them. */
enum question_type {
    TYPE_A = 1,
    TYPE_NS = 2,
    TYPE_CNAME = 5,
    TYPE_SOA = 6,
    TYPE_NULL = 10,
    TYPE_PTR = 12,
    TYPE_MX = 15,
    TYPE_TXT = 16,
    TYPE_AAAA = 28,
    TYPE_SRV = 33,
    TYPE_OPT = 41,
    TYPE_DS = 43,
    TYPE_RRSIG = 46,
    TYPE_DNSKEY = 48,
    TYPE_HTTPS = 65,
    TYPE_ANY = 255,
};

enum question_outcome {
    OUTCOME_DATA,
    OUTCOME_NODATA,
    OUTCOME_ABSENT, /* NXDOMAIN */
    OUTCOME_FAILED, /* SERVFAIL */
    OUTCOME_SILENT, /* no answer at all */
    OUTCOMES
};

struct question {
    struct name name;
    uint16_t type;
    uint8_t outcome;
    uint8_t buffer[NAME_SIZE_MAX]; /* of a name that is not from the list: `name.wire` may point here */
};

/* Where the questions of ordinary traffic come from. */
struct questions {
    const struct names *names; /* borrowed */
    struct chance ranks, types;
    uint32_t once_share; /* of RANDOM_SHARE */
    uint64_t once_serial;
};

/* Zipf's exponent: 0.9 to 1.0 where people have measured. */
#define QUESTIONS_EXPONENT 0.95

bool questions_init(struct questions *questions, const struct names *names, double once_share);
void questions_done(struct questions *questions);

/* Fills `ret_question`, which must stay where it is; `*ret_is_once`: nobody has asked for that name, nor will
 * again. */
void questions_draw(struct questions *questions, struct random *random, struct question *ret_question,
                    bool *ret_is_once);

#endif
