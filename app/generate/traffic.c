/* The model: who asks when, and how long each answer takes. Invariant: everything that happens is an event of
 * the heap, and an event is one message; so messages come out in the order of their times. */
#include "generate/traffic.h"

#include "generate/emission.h"
#include "generate/events.h"
#include "generate/quantiles.h"

#include <tapline/dnstap.h>

#include <stdlib.h>

#define MICROSECOND UINT64_C(1000)
#define SECOND      UINT64_C(1000000000)

#define CLIENTS_EXPONENT 0.8

/* Events of less than this are of a source: ordinary traffic, or a pattern; the others of a transaction. */
#define SOURCES (1 + PLANT_KINDS)

/* Resolver messages that follow, on average, from a question that the cache cannot answer: a query and a
 * response for each link of a chain, and the repetitions. */
#define MESSAGES_OF_MISS 2.28

/* So much of the questions for the names that return can come from the cache. */
#define HITS_OF_RETURNING 0.97

struct traffic {
    uint64_t start; /* nanoseconds since 1970 */
    uint64_t seed;
    struct random random;
    struct questions questions;
    struct answers answers;
    struct chance client_ranks;
    struct quantiles hits, misses, gaps;
    uint64_t gap; /* nanoseconds between two ordinary questions, by 2^8 */
    bool is_daily;
    uint32_t tcp_share, passing_share, hit_share, once_hit_share;
    uint64_t passing; /* how many passed by */
    struct events events;
    struct transactions transactions;
    struct plant plants[PLANT_KINDS];
    size_t plant_count;
    struct resolver resolvers[TRAFFIC_IDENTITIES_MAX];
    uint32_t resolver_count;
    uint8_t frame[EMISSION_SIZE_MAX];
};

/* Setting up ---------------------------------------------------------------------------------------- */

static double between(double value, double low, double high)
{
    return value < low ? low : value > high ? high : value;
}

/* The names that return fill the cache; those that are asked for once are answered from it (a denial that was
 * made up of others, a list of what is blocked) only as far as the share demands. */
static void set_hits(struct traffic *traffic, const struct traffic_options *options)
{
    double returning = 1 - options->once;
    double hits = returning > 0 ? between(options->cache / returning, 0, HITS_OF_RETURNING) : 0;
    double once = options->once > 0 ? between((options->cache - hits * returning) / options->once, 0, 1) : 0;

    if (options->once <= 0)
        hits = options->cache;
    traffic->hit_share = RANDOM_SHARE(hits);
    traffic->once_hit_share = RANDOM_SHARE(once);
}

static void set_rate(struct traffic *traffic, const struct traffic_options *options)
{
    double per_question = 2 + (1 - options->cache) * MESSAGES_OF_MISS;
    double questions = (double)options->expected / per_question;

    traffic->gap = (uint64_t)(1e9 / options->rate * per_question * 256 + 0.5);
    traffic->passing_share = RANDOM_SHARE(between(options->clients / (questions + 1), 0, 0.25));
}

static bool add_sources(struct traffic *traffic, const struct traffic_options *options)
{
    struct plant_scene scene = {
        .seed = options->seed,
        .duration =
            (uint64_t)between((double)options->expected / options->rate * 1e9, 0, TRAFFIC_DURATION_MAX),
        .query_gap = traffic->gap >> 8,
        .clients = options->clients,
    };

    for (unsigned kind = 0; kind < PLANT_KINDS; kind++) {
        if (!(options->plants & PLANT_BIT(kind)))
            continue;
        struct plant *plant = &traffic->plants[traffic->plant_count++];
        plant_init(plant, kind, &scene);
        if (!events_add(&traffic->events, (struct event){plant->from, (uint32_t)traffic->plant_count}))
            return false;
    }
    return events_add(&traffic->events, (struct event){0, 0});
}

struct traffic *traffic_new(const struct traffic_options *options, const struct names *names)
{
    struct traffic *traffic = calloc(1, sizeof(*traffic));

    if (!traffic)
        return NULL;
    traffic->start = options->start.seconds * SECOND + options->start.nanoseconds;
    traffic->seed = options->seed;
    traffic->is_daily = options->is_daily;
    traffic->tcp_share = RANDOM_SHARE(0.015);
    random_init(&traffic->random, options->seed);
    answers_init(&traffic->answers, options->seed);
    quantiles_lognormal(&traffic->hits, 180, 0.6, 950);
    quantiles_lognormal(&traffic->misses, 70000, 0.95, 4000000);
    quantiles_exponential(&traffic->gaps);
    set_hits(traffic, options);
    set_rate(traffic, options);
    traffic->resolver_count = (uint32_t)options->identity_count;
    for (uint32_t i = 0; i < traffic->resolver_count; i++)
        resolver_init(&traffic->resolvers[i], i, options->identities[i], TRAFFIC_VERSION);
    if (questions_init(&traffic->questions, names, options->once) &&
        chance_init_zipf(&traffic->client_ranks, options->clients, CLIENTS_EXPONENT) &&
        add_sources(traffic, options))
        return traffic;
    traffic_free(traffic);
    return NULL;
}

void traffic_free(struct traffic *traffic)
{
    if (!traffic)
        return;
    questions_done(&traffic->questions);
    chance_done(&traffic->client_ranks);
    events_done(&traffic->events);
    transactions_done(&traffic->transactions);
    free(traffic);
}

const struct plant *traffic_plants(const struct traffic *traffic, size_t *ret_count)
{
    *ret_count = traffic->plant_count;
    return traffic->plants;
}

/* Questions ----------------------------------------------------------------------------------------- */

static void choose_client(struct traffic *traffic, struct client *client)
{
    struct random *random = &traffic->random;

    if (random_chance(random, traffic->passing_share))
        client_of(traffic->seed, CLIENT_PASSING + traffic->passing++, client);
    else
        client_of(traffic->seed, chance_draw(&traffic->client_ranks, random), client);
    if (client->protocol == TL_DNSTAP_UDP && random_chance(random, traffic->tcp_share))
        client->protocol = TL_DNSTAP_TCP;
}

static void ask(struct traffic *traffic, struct transaction *transaction)
{
    bool is_once;

    choose_client(traffic, &transaction->client);
    questions_draw(&traffic->questions, &traffic->random, &transaction->question, &is_once);
    transaction->is_hit =
        random_chance(&traffic->random, is_once ? traffic->once_hit_share : traffic->hit_share);
    transaction->payload = 0;
}

static uint16_t port_of(uint64_t bits)
{
    return (uint16_t)(1024 + bits % (65536 - 1024));
}

/* What does not depend on the question; its answer's whole latency is drawn here. */
static void prepare(struct traffic *traffic, struct transaction *transaction)
{
    uint64_t bits = random_next(&traffic->random);

    transaction->id = (uint16_t)bits;
    transaction->port = port_of(bits >> 16 & 0xffff);
    transaction->age = (uint32_t)(bits >> 32);
    transaction->identity = (uint8_t)random_scaled(transaction->client.key, traffic->resolver_count);
    transaction->stage = STAGE_CLIENT_QUERY;
    transaction->hop = 0;
    transaction->tries = 0;
    transaction->latency = transaction->is_hit ? 0 : quantiles_draw(&traffic->misses, &traffic->random);
}

/* From an hour's beginning to the next the rate moves evenly; in per cent of the average. */
static uint64_t daily_gap(const struct traffic *traffic, uint64_t at, uint64_t gap)
{
    static const uint8_t rates[25] = {69,  59,  52,  47,  46,  51,  64,  84,  102, 114, 120, 123, 124,
                                      125, 125, 124, 124, 126, 131, 135, 134, 125, 108, 88,  69};
    uint64_t second = (traffic->start + at) / SECOND % 86400;
    uint64_t hour = second / 3600, rest = second % 3600;

    return gap * 360000 / (rates[hour] * (3600 - rest) + rates[hour + 1] * rest);
}

/* The source's next question comes after this one. */
static void go_on(struct traffic *traffic, uint32_t source, uint64_t at)
{
    uint64_t next;

    if (source == 0) {
        uint64_t gap = (traffic->gap * quantiles_draw(&traffic->gaps, &traffic->random)) >> 24;
        next = at + (traffic->is_daily ? daily_gap(traffic, at, gap) : gap);
    } else {
        next = plant_next(&traffic->plants[source - 1], &traffic->random, at);
    }
    if (next == PLANT_OVER)
        events_drop(&traffic->events);
    else
        events_move(&traffic->events, next);
}

/* What follows -------------------------------------------------------------------------------------- */

/* A moment of the resolver's own work, in nanoseconds. */
static uint64_t moment(struct traffic *traffic)
{
    return (20 + random_below(&traffic->random, 130)) * MICROSECOND;
}

/* A resolver query goes out: to get an answer, or not. */
static uint64_t after_resolver_query(struct transaction *transaction)
{
    uint8_t outcome = transaction->question.outcome;
    bool is_lost = outcome == OUTCOME_SILENT || (outcome == OUTCOME_FAILED && transaction->id & 1);

    if (!is_lost) {
        transaction->stage = STAGE_RESOLVER_RESPONSE;
        return transaction->latency * MICROSECOND / answer_hops(&transaction->question) + 200 * MICROSECOND;
    }
    uint64_t wait = (800 * MICROSECOND * 1000) << transaction->tries++;
    if (transaction->tries < 3)
        transaction->stage = STAGE_RESOLVER_QUERY;
    else
        transaction->stage = outcome == OUTCOME_SILENT ? STAGE_OVER : STAGE_CLIENT_RESPONSE;
    return wait;
}

/* The stage that follows the one whose message went out, and after how many nanoseconds. */
static uint64_t advance(struct traffic *traffic, struct transaction *transaction)
{
    bool is_silent = transaction->question.outcome == OUTCOME_SILENT;

    switch (transaction->stage) {
    case STAGE_CLIENT_QUERY:
        transaction->stage = !transaction->is_hit ? STAGE_RESOLVER_QUERY
                             : is_silent          ? STAGE_OVER
                                                  : STAGE_CLIENT_RESPONSE;
        return transaction->is_hit ? quantiles_draw(&traffic->hits, &traffic->random) * MICROSECOND
                                   : moment(traffic);
    case STAGE_RESOLVER_QUERY: return after_resolver_query(transaction);
    case STAGE_RESOLVER_RESPONSE:
        transaction->stage = ++transaction->hop < answer_hops(&transaction->question) ? STAGE_RESOLVER_QUERY
                                                                                      : STAGE_CLIENT_RESPONSE;
        return moment(traffic);
    default: transaction->stage = STAGE_OVER; return 0;
    }
}

static void emit(struct traffic *traffic, struct transaction *transaction, uint64_t at,
                 struct traffic_message *ret_message)
{
    uint64_t now = traffic->start + at;

    if (transaction->stage == STAGE_RESOLVER_QUERY) {
        uint64_t bits = random_next(&traffic->random);
        transaction->resolver_id = (uint16_t)bits;
        transaction->resolver_port = port_of(bits >> 16 & 0xffff);
        transaction->asked = now;
    }
    size_t size = emission_put(&traffic->answers, &traffic->resolvers[transaction->identity], transaction,
                               now, traffic->frame);
    if (transaction->source)
        plant_count(&traffic->plants[transaction->source - 1], at, transaction->stage == STAGE_CLIENT_QUERY);
    *ret_message = (struct traffic_message){tl_bytes(traffic->frame, size), at, transaction->identity};
}

static enum tl_status begin(struct traffic *traffic, struct event event, struct traffic_message *ret_message)
{
    uint32_t number;
    struct transaction *transaction = transactions_add(&traffic->transactions, &number);

    if (!transaction)
        return TL_NO_MEMORY;
    transaction->source = (uint8_t)event.what;
    if (event.what)
        plant_ask(&traffic->plants[event.what - 1], &traffic->random, transaction);
    else
        ask(traffic, transaction);
    prepare(traffic, transaction);
    emit(traffic, transaction, event.at, ret_message);
    go_on(traffic, event.what, event.at);
    uint64_t wait = advance(traffic, transaction);
    if (transaction->stage == STAGE_OVER)
        transactions_drop(&traffic->transactions, number);
    else if (!events_add(&traffic->events, (struct event){event.at + wait, SOURCES + number}))
        return TL_NO_MEMORY;
    return TL_OK;
}

static void proceed(struct traffic *traffic, struct event event, struct traffic_message *ret_message)
{
    uint32_t number = event.what - SOURCES;
    struct transaction *transaction = transactions_at(&traffic->transactions, number);

    emit(traffic, transaction, event.at, ret_message);
    uint64_t wait = advance(traffic, transaction);
    if (transaction->stage == STAGE_OVER) {
        transactions_drop(&traffic->transactions, number);
        events_drop(&traffic->events);
    } else {
        events_move(&traffic->events, event.at + wait);
    }
}

enum tl_status traffic_next(struct traffic *traffic, struct traffic_message *ret_message)
{
    struct event event = events_first(&traffic->events);

    if (event.what < SOURCES)
        return begin(traffic, event, ret_message);
    proceed(traffic, event, ret_message);
    return TL_OK;
}
