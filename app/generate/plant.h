/* generate/plant: patterns that somebody ought to find, hidden in the traffic; and the truth about them. */
#ifndef GENERATE_PLANT_H
#define GENERATE_PLANT_H

#include "generate/transaction.h"

enum plant_kind {
    PLANT_TUNNEL,        /* data in the labels of one domain, and in TXT and NULL records */
    PLANT_DGA,           /* bursts of generated domains, of which one exists */
    PLANT_BEACON,        /* one rare name, again and again */
    PLANT_FLOOD,         /* random names below one domain, from everywhere */
    PLANT_AMPLIFICATION, /* ANY, large answers, for one victim */
    PLANT_KINDS
};

/* What may be asked for: `flood` stands for amplification as well. */
#define PLANT_BIT(kind) (1u << (kind))

#define PLANT_CLIENTS_MAX 200
#define PLANT_OVER        UINT64_MAX

struct plant {
    enum plant_kind kind;
    uint64_t seed;            /* of the pattern */
    uint64_t seed_of_clients; /* of the traffic, whose clients take part */
    uint64_t from, until;     /* nanoseconds since the start */
    uint64_t interval;        /* nanoseconds between two questions, on average */
    uint64_t step;            /* questions so far */
    uint32_t client_count;
    uint64_t clients[PLANT_CLIENTS_MAX];
    uint8_t domain[NAME_DOMAIN_MAX];
    uint8_t domain_size;

    /* What really went out. */
    uint64_t first, last; /* nanoseconds since the start, of messages */
    uint64_t messages, queries;
};

/* How the run looks that it is hidden in. */
struct plant_scene {
    uint64_t seed;
    uint64_t duration;  /* nanoseconds, as far as is known */
    uint64_t query_gap; /* nanoseconds between two ordinary questions */
    uint32_t clients;
};

void plant_init(struct plant *plant, enum plant_kind kind, const struct plant_scene *scene);

/* The next question: fills client, question, is_hit and payload. */
void plant_ask(struct plant *plant, struct random *random, struct transaction *transaction);

/* When the question after the one at `now` comes, or PLANT_OVER. */
uint64_t plant_next(const struct plant *plant, struct random *random, uint64_t now);

/* A message of it went out. */
static inline void plant_count(struct plant *plant, uint64_t at, bool is_question)
{
    if (!plant->messages++)
        plant->first = at;
    plant->last = at;
    plant->queries += is_question;
}

/* "tunnel", "dga", "beacon", "flood", "amplification". Static memory. */
const char *plant_kind_name(enum plant_kind kind);

#endif
