/* The store of transactions. Invariant: a number is either in use or among the unused ones, once. */
#include "generate/transaction.h"

#include <stdlib.h>

static bool grow(struct transactions *transactions)
{
    size_t chunks = transactions->chunk_count + 1;
    struct transaction **list = realloc(transactions->chunks, chunks * sizeof(struct transaction *));
    if (list)
        transactions->chunks = list;
    uint32_t *unused = realloc(transactions->unused, chunks * TRANSACTIONS_CHUNK * sizeof(*unused));
    if (unused)
        transactions->unused = unused;
    struct transaction *chunk = list && unused ? malloc(TRANSACTIONS_CHUNK * sizeof(*chunk)) : NULL;
    if (!chunk)
        return false;
    for (uint32_t i = TRANSACTIONS_CHUNK; i > 0; i--)
        unused[transactions->unused_count++] =
            (uint32_t)(transactions->chunk_count * TRANSACTIONS_CHUNK) + i - 1;
    list[transactions->chunk_count++] = chunk;
    return true;
}

struct transaction *transactions_add(struct transactions *transactions, uint32_t *ret_number)
{
    if (!transactions->unused_count && !grow(transactions))
        return NULL;
    *ret_number = transactions->unused[--transactions->unused_count];
    return transactions_at(transactions, *ret_number);
}

void transactions_drop(struct transactions *transactions, uint32_t number)
{
    transactions->unused[transactions->unused_count++] = number;
}

void transactions_done(struct transactions *transactions)
{
    for (size_t i = 0; i < transactions->chunk_count; i++)
        free(transactions->chunks[i]);
    free(transactions->chunks);
    free(transactions->unused);
    *transactions = (struct transactions){0};
}
