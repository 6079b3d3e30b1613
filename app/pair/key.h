/* pair/key: which exchange a record belongs to. */
#ifndef PAIR_KEY_H
#define PAIR_KEY_H

#include "record/record.h"
#include "record/siphash.h"

struct pair_key {
    bool is_query;
    bool has_question;    /* one that can be read; without, the record goes with any */
    uint64_t by_asker;    /* of the kind, identity, asker's address and port, and the message's ID */
    uint64_t by_question; /* of those and the question; if it has none, of those and that */

    /* Compared only if both have it. */
    struct tl_bytes server; /* of the record; empty: it does not say */
    uint32_t server_port;   /* 0: it does not say */
    int32_t protocol;       /* 0: it does not say */
};

/* False if the record has no DNS message with a whole header: it belongs to nothing. */
bool pair_key_of(const struct record *record, const struct siphash_key *secret, struct pair_key *ret_key);

/* The `by_question` of one that is like `key`, but has no question. */
uint64_t pair_key_without_question(const struct pair_key *key);

#endif
