/* generate/transaction: one question of a client with all that follows from it, and the store of those that
 * are under way. One takes as long as its answer does, so the store stays small: rate times latency. */
#ifndef GENERATE_TRANSACTION_H
#define GENERATE_TRANSACTION_H

#include "generate/client.h"
#include "generate/question.h"

#include <stdbool.h>
#include <stddef.h>

/* The message that is due next. */
enum transaction_stage {
    STAGE_CLIENT_QUERY,
    STAGE_RESOLVER_QUERY,
    STAGE_RESOLVER_RESPONSE,
    STAGE_CLIENT_RESPONSE,
    STAGE_OVER,
};

struct transaction {
    uint64_t asked;   /* nanoseconds of the last resolver query */
    uint32_t latency; /* microseconds that the authorities take in all */
    uint32_t age;     /* of the records in the cache */
    uint16_t id, port;
    uint16_t resolver_id, resolver_port;
    uint16_t payload; /* bytes of the only record of the answer, 0: an ordinary answer */
    uint8_t stage;
    uint8_t source; /* who began it: 0 is ordinary traffic */
    uint8_t identity;
    uint8_t hop;
    uint8_t tries; /* resolver queries that stayed without an answer */
    bool is_hit;   /* answered from the cache */
    struct client client;
    struct question question;
};

#define TRANSACTIONS_CHUNK 256

struct transactions {
    struct transaction **chunks;
    size_t chunk_count;
    uint32_t *unused; /* numbers of those that are free; room for all */
    size_t unused_count;
};

/* A free one, and its number; NULL without memory. It does not move until it is dropped. */
struct transaction *transactions_add(struct transactions *transactions, uint32_t *ret_number);
void transactions_drop(struct transactions *transactions, uint32_t number);
void transactions_done(struct transactions *transactions);

static inline struct transaction *transactions_at(const struct transactions *transactions, uint32_t number)
{
    return &transactions->chunks[number / TRANSACTIONS_CHUNK][number % TRANSACTIONS_CHUNK];
}

#endif
