/* One record at a time: it goes with one that waits, or it waits itself, and for that others may have to go.
 * What comes out is asked for one by one (pairs_next), so nothing is ever queued. Invariant: a record that
 * was put is in the table, or in exactly one of those that came out. */
#include "pair/pair.h"

#include "pair/table.h"

#include <stdlib.h>

#define STEPS       8  /* a record moves the clock by at most the STEPS-th part of the wait */
#define STRANGE_MAX 16 /* so many times in a row that are far off are the time now */

#define PRESENT(field) (1u << TL_DNSTAP_F_##field)

struct pairs {
    struct siphash_key secret;
    struct pair_table table;
    uint64_t wait_ms;

    uint64_t clock_ms;  /* counts from 0, never back */
    uint64_t latest_ms; /* of the times that are believed */
    bool has_latest;
    unsigned strange; /* times in a row that are not */

    uint64_t strange_since; /* the table's `turns` when these began */

    const struct record *incoming; /* borrowed; NULL once it has found its place */
    bool is_finished;
    struct pairs_counts counts;
};

struct pairs *pairs_new(size_t memory, uint64_t wait_ms)
{
    struct pairs *pairs = calloc(1, sizeof(*pairs));

    if (!pairs)
        return NULL;
    if (!pair_table_init(&pairs->table, memory ? memory : PAIR_MEMORY)) {
        free(pairs);
        return NULL;
    }
    pairs->secret = siphash_random_key();
    pairs->wait_ms = wait_ms ? wait_ms : PAIR_WAIT_MS;
    return pairs;
}

void pairs_free(struct pairs *pairs)
{
    if (!pairs)
        return;
    pair_table_done(&pairs->table);
    free(pairs);
}

/* Time -----------------------------------------------------------------------------------------------------
 */

static void follow_strange(struct pairs *pairs, uint64_t ms)
{
    if (pairs->strange == 0)
        pairs->strange_since = pairs->table.turns;
    if (++pairs->strange < STRANGE_MAX)
        return;
    if (ms > pairs->latest_ms) {
        pair_table_postpone(&pairs->table, pairs->strange_since, pairs->wait_ms);
        pairs->clock_ms += pairs->wait_ms;
    }
    pairs->latest_ms = ms;
    pairs->strange = 0;
}

static void follow_time(struct pairs *pairs, const struct record *record)
{
    uint64_t ms = record_stored_ms(record, UINT64_MAX), step = pairs->wait_ms / STEPS + 1;

    if (ms == UINT64_MAX)
        return;
    if (!pairs->has_latest) {
        pairs->latest_ms = ms;
        pairs->has_latest = true;
    }
    uint64_t ahead = ms > pairs->latest_ms ? ms - pairs->latest_ms : 0;
    uint64_t behind = ms < pairs->latest_ms ? pairs->latest_ms - ms : 0;
    if (ahead > pairs->wait_ms || behind > pairs->wait_ms) {
        follow_strange(pairs, ms);
        return;
    }
    pairs->strange = 0;
    pairs->clock_ms += ahead < step ? ahead : step;
    pairs->latest_ms += ahead;
}

/* Both halves ----------------------------------------------------------------------------------------------
 */

/* Fields that belong together: the query's are taken if the response has none of them. */
struct part {
    uint32_t present;
    uint16_t offset, size; /* in struct tl_dnstap */
};

#define PART(fields, first, last)                                                                            \
    {                                                                                                        \
        fields, offsetof(struct tl_dnstap, first),                                                           \
            offsetof(struct tl_dnstap, last) + sizeof(((struct tl_dnstap *)NULL)->last) -                    \
                offsetof(struct tl_dnstap, first)                                                            \
    }
#define ONE(field, member) PART(PRESENT(field), member, member)

static const struct part parts[] = {
    ONE(IDENTITY, identity),
    ONE(VERSION, version),
    ONE(EXTRA, extra),
    ONE(SOCKET_FAMILY, socket_family),
    ONE(SOCKET_PROTOCOL, socket_protocol),
    ONE(HTTP_PROTOCOL, http_protocol),
    ONE(QUERY_ADDRESS, query_address),
    ONE(QUERY_PORT, query_port),
    ONE(RESPONSE_ADDRESS, response_address),
    ONE(RESPONSE_PORT, response_port),
    ONE(QUERY_MESSAGE, query_message),
    ONE(QUERY_ZONE, query_zone),
    ONE(QUERY_TIME_SEC, query_time_sec),
    ONE(QUERY_TIME_NSEC, query_time_nsec),
    PART(PRESENT(POLICY) | PRESENT(POLICY_TYPE) | PRESENT(POLICY_RULE) | PRESENT(POLICY_ACTION) |
             PRESENT(POLICY_MATCH) | PRESENT(POLICY_VALUE),
         policy_type, policy_value),
};

/* Adds to a response what only the query says. */
static void join(struct record *response, const struct tl_dnstap *query)
{
    struct tl_dnstap *to = &response->dnstap;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        const struct part *part = &parts[i];
        if ((to->present & part->present) || !(query->present & part->present))
            continue;
        memcpy((char *)to + part->offset, (const char *)query + part->offset, part->size);
        to->present |= query->present & part->present;
    }
    if (to->present & PRESENT(POLICY) && !to->policy_unknown.count)
        to->policy_unknown = query->policy_unknown;
    response->pair = RECORD_ANSWERED;
}

/* What a record is that found no other. */
static void name_alone(struct pairs *pairs, struct record *record)
{
    const uint32_t of_a_query = PRESENT(QUERY_MESSAGE) | PRESENT(QUERY_TIME_SEC) | PRESENT(QUERY_TIME_NSEC);

    if (record_is_query(record)) {
        record->pair = RECORD_UNANSWERED;
        pairs->counts.unanswered++;
    } else if (record->dnstap.present & of_a_query) {
        record->pair = RECORD_ANSWERED;
        pairs->counts.answered++;
        pairs->counts.whole++;
    } else {
        record->pair = RECORD_UNASKED;
        pairs->counts.unasked++;
    }
}

/* In and out -----------------------------------------------------------------------------------------------
 */

void pairs_put(struct pairs *pairs, const struct record *record)
{
    pairs->incoming = record;
    follow_time(pairs, record);
}

void pairs_finish(struct pairs *pairs)
{
    pairs->is_finished = true;
}

static void give_oldest(struct pairs *pairs, struct record *ret_record)
{
    pair_table_take(&pairs->table, pair_table_oldest(&pairs->table), ret_record);
    name_alone(pairs, ret_record);
}

/* The incoming record and the one that it goes with. */
static void give_both(struct pairs *pairs, uint32_t place, bool is_query, struct record *ret_record)
{
    struct record other;

    pair_table_take(&pairs->table, place, &other);
    *ret_record = is_query ? other : *pairs->incoming;
    join(ret_record, is_query ? &pairs->incoming->dnstap : &other.dnstap);
    pairs->counts.answered++;
}

/* Finds a place for the incoming record. True if something comes out, which may be another one: then it is
 * called again. */
static bool place_incoming(struct pairs *pairs, struct record *ret_record)
{
    const struct record *record = pairs->incoming;
    struct pair_key key;

    if (!pair_key_of(record, &pairs->secret, &key)) {
        *ret_record = *record;
        pairs->counts.alone++;
        pairs->incoming = NULL;
        return true;
    }
    uint32_t other = pair_table_find(&pairs->table, &key);
    if (other != PAIR_NONE) {
        give_both(pairs, other, key.is_query, ret_record);
        pairs->incoming = NULL;
        return true;
    }
    if (!pair_table_fits(&pairs->table, record)) {
        *ret_record = *record;
        name_alone(pairs, ret_record);
        pairs->counts.evicted++;
        pairs->incoming = NULL;
        return true;
    }
    if (!pair_table_has_room(&pairs->table, record)) {
        give_oldest(pairs, ret_record);
        pairs->counts.evicted++;
        return true;
    }
    pair_table_put(&pairs->table, record, &key, pairs->clock_ms + pairs->wait_ms);
    pairs->incoming = NULL;
    return false;
}

bool pairs_next(struct pairs *pairs, struct record *ret_record)
{
    if (pairs->incoming && place_incoming(pairs, ret_record))
        return true;
    uint32_t oldest = pair_table_oldest(&pairs->table);
    if (oldest == PAIR_NONE ||
        (!pairs->is_finished && pair_table_due(&pairs->table, oldest) > pairs->clock_ms))
        return false;
    give_oldest(pairs, ret_record);
    return true;
}

struct pairs_counts pairs_counts(const struct pairs *pairs)
{
    return pairs->counts;
}
