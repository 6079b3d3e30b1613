#include "generate/traffic.h"

#include "generate/parsed.h"
#include "proof/failing_alloc.h"
#include "proof/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGES 300000

static const char *const identities[] = {"ns1", "ns2"};

static struct traffic_options options = {
    .seed = 1,
    .start = {1795469062, 500000000},
    .rate = 10000,
    .expected = MESSAGES,
    .clients = 5000,
    .once = 0.25,
    .cache = 0.85,
    .identities = identities,
    .identity_count = 2,
};

static struct names names;

/* Figures of a run ---------------------------------------------------------------------------------- */

struct figures {
    unsigned of_message_type[15];
    unsigned of_type[256];
    unsigned data, nodata, absent, failed;

    unsigned lengths[256];
    uint32_t *hits, *misses; /* microseconds */
    size_t hit_count, miss_count;
    uint64_t last;
};

static struct figures figures;
static uint64_t asked[1u << 24]; /* when, by a hash of what identifies a question */

static uint32_t slot_of(const struct tl_dnstap *dnstap, uint16_t id)
{
    uint64_t hash = (uint64_t)dnstap->query_port << 16 | id;

    for (size_t i = 0; i < dnstap->query_address.size; i++)
        hash = hash * 31 + dnstap->query_address.data[i];
    return (uint32_t)(random_mix(hash) >> 40);
}

static void count_question(const struct parsed *parsed, uint64_t at)
{
    figures.of_type[parsed->question.type & 255]++;
    figures.lengths[parsed->name_length]++;
    asked[slot_of(&parsed->dnstap, parsed->dns.id)] = at + 1;
}

static void count_answer(const struct parsed *parsed, uint64_t at)
{
    bool has_data = parsed->answers && (parsed->last_answer != 5 || parsed->question.type == 5);
    uint64_t began = asked[slot_of(&parsed->dnstap, parsed->dns.id)];

    if (parsed->rcode == 0 && has_data)
        figures.data++;
    else if (parsed->rcode == 0)
        figures.nodata++;
    else if (parsed->rcode == 3)
        figures.absent++;
    else
        figures.failed++;
    assert_true(began);
    uint32_t latency = (uint32_t)((at + 1 - began) / 1000);
    if (latency < 1000)
        figures.hits[figures.hit_count++] = latency;
    else
        figures.misses[figures.miss_count++] = latency;
}

/* Each type of message has the fields, addresses and times that it should have. */
static void assert_fields(const struct parsed *parsed, uint64_t at)
{
    const struct tl_dnstap *dnstap = &parsed->dnstap;
    bool is_query = tl_dnstap_is_query(dnstap->message_type);
    bool has_query_time = tl_dnstap_has(dnstap, TL_DNSTAP_F_QUERY_TIME_SEC);
    uint64_t now = options.start.seconds * 1000000000 + options.start.nanoseconds + at;

    assert_true(has_query_time == (dnstap->message_type != TL_DNSTAP_CLIENT_RESPONSE));
    assert_true(tl_dnstap_has(dnstap, TL_DNSTAP_F_RESPONSE_TIME_SEC) == !is_query);
    uint64_t seconds = is_query ? dnstap->query_time_sec : dnstap->response_time_sec;
    uint32_t nanoseconds = is_query ? dnstap->query_time_nsec : dnstap->response_time_nsec;
    assert_true(seconds * 1000000000 + nanoseconds == now / 1000 * 1000);
    assert_int_equal(dnstap->query_address.size, dnstap->response_address.size);
    assert_int_equal(dnstap->query_address.size, dnstap->socket_family == 1 ? 4 : 16);
    assert_true((parsed->dns.flags & TL_DNS_QR) == (is_query ? 0 : TL_DNS_QR));
    bool is_of_client = dnstap->message_type >= TL_DNSTAP_CLIENT_QUERY;
    assert_true(tl_dnstap_has(dnstap, TL_DNSTAP_F_QUERY_ZONE) == !is_of_client);
    assert_true(((parsed->dns.flags & TL_DNS_RD) != 0) == is_of_client);
}

/* Before all tests. */
static int collect(void **state)
{
    (void)state;
    struct traffic *traffic = traffic_new(&options, &names);
    struct traffic_message message;
    static struct parsed parsed;

    assert_non_null(traffic);
    figures.hits = malloc(MESSAGES * sizeof(uint32_t));
    figures.misses = malloc(MESSAGES * sizeof(uint32_t));
    for (unsigned i = 0; i < MESSAGES; i++) {
        assert_int_equal(traffic_next(traffic, &message), TL_OK);
        assert_true(message.at >= figures.last);
        figures.last = message.at;
        parse_frame(message.frame, &parsed);
        assert_true(tl_bytes_equal(parsed.dnstap.identity, tl_bytes_of_text(identities[message.identity])));
        assert_fields(&parsed, message.at);
        figures.of_message_type[parsed.dnstap.message_type]++;
        if (parsed.dnstap.message_type == TL_DNSTAP_CLIENT_QUERY)
            count_question(&parsed, message.at);
        if (parsed.dnstap.message_type == TL_DNSTAP_CLIENT_RESPONSE)
            count_answer(&parsed, message.at);
    }
    traffic_free(traffic);
    return 0;
}

static int ascending(const void *a, const void *b)
{
    uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;

    return (first > second) - (first < second);
}

/* Per cent, rounded down, must lie in this range. */
#define assert_share(part, whole, low, high)                                                                 \
    assert_true((part) >= (low) / 100.0 * (whole) && (part) <= (high) / 100.0 * (whole))

/* What people have measured of real traffic
 * ------------------------------------------------------------------------ */

static unsigned questions(void)
{
    return figures.of_message_type[TL_DNSTAP_CLIENT_QUERY];
}

static void types_have_their_shares(void **state)
{
    (void)state;
    assert_share(figures.of_type[TYPE_A], questions(), 60, 70);
    assert_share(figures.of_type[TYPE_AAAA], questions(), 16, 21);
    assert_share(figures.of_type[TYPE_HTTPS], questions(), 10, 13);
    assert_share(figures.of_type[TYPE_PTR], questions(), 1, 4);
}

static void outcomes_have_their_shares(void **state)
{
    (void)state;
    unsigned answered = figures.of_message_type[TL_DNSTAP_CLIENT_RESPONSE];

    assert_share(figures.data, questions(), 74, 80);
    assert_share(figures.nodata, questions(), 12, 18);
    assert_share(figures.absent, questions(), 5, 9);
    assert_share(figures.failed, questions(), 0.5, 1.2);
    assert_share(questions() - answered, questions(), 0.4, 1.2);
}

static void the_cache_answers_what_it_should(void **state)
{
    (void)state;
    unsigned client = questions() + figures.of_message_type[TL_DNSTAP_CLIENT_RESPONSE];
    unsigned resolver = figures.of_message_type[TL_DNSTAP_RESOLVER_QUERY] +
                        figures.of_message_type[TL_DNSTAP_RESOLVER_RESPONSE];

    assert_share(figures.hit_count, figures.hit_count + figures.miss_count, 84, 86);
    assert_in_range(client / resolver, 4, 30);
}

static void the_rate_is_kept(void **state)
{
    (void)state;
    assert_share(figures.last, MESSAGES / options.rate * 1e9, 98, 102);
}

static void latencies_have_their_quantiles(void **state)
{
    (void)state;
    uint64_t sum = 0;

    qsort(figures.hits, figures.hit_count, sizeof(uint32_t), ascending);
    qsort(figures.misses, figures.miss_count, sizeof(uint32_t), ascending);
    assert_in_range(figures.hits[figures.hit_count / 2], 170, 190);
    for (size_t i = 0; i < figures.miss_count; i++)
        sum += figures.misses[i];
    assert_in_range(figures.misses[figures.miss_count / 2], 49000, 184000);
    assert_in_range(sum / figures.miss_count, 97000, 207000);
}

static unsigned quantile_of_lengths(double share)
{
    double left = share * questions();
    unsigned length = 0;

    while (length < 255 && left > figures.lengths[length])
        left -= figures.lengths[length++];
    return length;
}

static void names_are_as_long_as_real_ones(void **state)
{
    (void)state;
    assert_in_range(quantile_of_lengths(0.5), 20, 24);
    assert_in_range(quantile_of_lengths(0.99), 85, 105);
}

/* Clients and names --------------------------------------------------------------------------------- */

static int descending(const void *a, const void *b)
{
    return ascending(b, a);
}

/* How often each client, or each name, asks or is asked for; by a hash that is taken to be different for
 * different ones. */
struct tally {
    uint32_t of[1u << 22];
    unsigned different, once, whole;
};

static void tally_add(struct tally *tally, struct tl_bytes bytes)
{
    uint64_t hash = bytes.size;

    for (size_t i = 0; i < bytes.size; i++)
        hash = random_mix(hash ^ bytes.data[i]);
    tally->of[hash >> 42]++;
    tally->whole++;
}

static void tally_close(struct tally *tally)
{
    qsort(tally->of, 1u << 22, sizeof(uint32_t), descending);
    while (tally->of[tally->different])
        tally->once += tally->of[tally->different++] == 1;
}

static void popularity_is_zipfs(void **state)
{
    (void)state;
    static struct tally clients, asked_names;
    struct traffic *traffic = traffic_new(&options, &names);
    struct traffic_message message;
    static struct parsed parsed;
    double x = 0, y = 0, xy = 0, xx = 0;
    enum { FROM = 10, TO = 500 };

    for (unsigned i = 0; i < MESSAGES; i++) {
        assert_int_equal(traffic_next(traffic, &message), TL_OK);
        parse_frame(message.frame, &parsed);
        if (parsed.dnstap.message_type != TL_DNSTAP_CLIENT_QUERY)
            continue;
        tally_add(&clients, parsed.dnstap.query_address);
        tally_add(&asked_names, tl_bytes(parsed.name, parsed.name_length));
    }
    traffic_free(traffic);
    tally_close(&clients);
    tally_close(&asked_names);

    unsigned ten = 0;
    for (int i = 0; i < 10; i++)
        ten += clients.of[i];
    assert_share(ten, clients.whole, 14, 18);
    assert_share(clients.once, clients.different, 40, 60);
    assert_share(asked_names.once, asked_names.whole, 25, 42); /* and what is rare by Zipf's law */
    for (int rank = FROM; rank <= TO; rank++) {
        double log_rank = log(rank), log_count = log(asked_names.of[rank - 1]);
        x += log_rank;
        y += log_count;
        xy += log_rank * log_count;
        xx += log_rank * log_rank;
    }
    double count = TO - FROM + 1, slope = (count * xy - x * y) / (count * xx - x * x);
    assert_true(slope < -0.88 && slope > -1.02);
}

/* Options ------------------------------------------------------------------------------------------- */

static uint64_t digest_of(const struct traffic_options *of, unsigned messages)
{
    struct traffic *traffic = traffic_new(of, &names);
    struct traffic_message message;
    uint64_t digest = 0;

    assert_non_null(traffic);
    for (unsigned i = 0; i < messages; i++) {
        assert_int_equal(traffic_next(traffic, &message), TL_OK);
        for (size_t at = 0; at < message.frame.size; at++)
            digest = random_mix(digest ^ message.frame.data[at]);
    }
    traffic_free(traffic);
    return digest;
}

static void the_same_options_give_the_same_bytes(void **state)
{
    (void)state;
    struct traffic_options other = options;

    uint64_t digest = digest_of(&options, 5000);
    assert_true(digest == digest_of(&options, 5000));
    assert_true(digest == 0x7aedd98f1fc9c631u); /* with any compiler; it changes with the model only */
    other.seed = 2;
    assert_true(digest != digest_of(&other, 5000));
}

static unsigned resolver_messages(double once, double cache)
{
    struct traffic_options other = options;
    struct traffic_message message;
    static struct parsed parsed;
    unsigned count = 0;

    other.once = once;
    other.cache = cache;
    struct traffic *traffic = traffic_new(&other, &names);
    for (unsigned i = 0; i < 20000; i++) {
        assert_int_equal(traffic_next(traffic, &message), TL_OK);
        parse_frame(message.frame, &parsed);
        count += parsed.dnstap.message_type <= TL_DNSTAP_RESOLVER_RESPONSE;
    }
    traffic_free(traffic);
    return count;
}

static void shares_may_be_all_or_nothing(void **state)
{
    (void)state;
    assert_int_equal(resolver_messages(0, 1), 0);
    assert_int_equal(resolver_messages(1, 1), 0);
    assert_in_range(resolver_messages(0, 0), 9000, 12000);
    assert_in_range(resolver_messages(1, 0), 9000, 12000);
}

/* Twelve hours from midnight bring less than those to midnight. */
static void days_have_their_curve(void **state)
{
    (void)state;
    struct traffic_options other = options;
    struct traffic_message message;
    unsigned night = 0, day = 0, hour;

    other.start = (struct tl_time){1795392000, 0}; /* 2026-11-23T00:00:00Z */
    other.rate = 1;
    other.is_daily = true;
    other.expected = 86400;
    struct traffic *traffic = traffic_new(&other, &names);
    do {
        assert_int_equal(traffic_next(traffic, &message), TL_OK);
        hour = (unsigned)(message.at / 3600000000000u);
        night += hour >= 1 && hour < 5;
        day += hour >= 17 && hour < 21;
    } while (hour < 24);
    assert_true(day > 2 * night);
    assert_in_range(day, 17500, 21000);
    traffic_free(traffic);
}

static void memory_may_end_anywhere(void **state)
{
    (void)state;

    for (unsigned long n = 1;; n++) {
        failing_alloc_start(n);
        struct traffic *traffic = traffic_new(&options, &names);
        struct traffic_message message;
        enum tl_status status = TL_OK;
        for (unsigned i = 0; traffic && status == TL_OK && i < 3000; i++)
            status = traffic_next(traffic, &message);
        bool has_failed = failing_alloc_stop();
        traffic_free(traffic);
        assert_true(has_failed == (!traffic || status == TL_NO_MEMORY));
        if (!has_failed)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_have_their_shares),
        cmocka_unit_test(outcomes_have_their_shares),
        cmocka_unit_test(the_cache_answers_what_it_should),
        cmocka_unit_test(the_rate_is_kept),
        cmocka_unit_test(latencies_have_their_quantiles),
        cmocka_unit_test(names_are_as_long_as_real_ones),
        cmocka_unit_test(popularity_is_zipfs),
        cmocka_unit_test(the_same_options_give_the_same_bytes),
        cmocka_unit_test(shares_may_be_all_or_nothing),
        cmocka_unit_test(days_have_their_curve),
        cmocka_unit_test(memory_may_end_anywhere),
    };
    if (!names_make_up(&names, options.seed, NAMES_MADE_UP))
        return 1;
    int failures = cmocka_run_group_tests(tests, collect, NULL);
    free(figures.hits);
    free(figures.misses);
    names_done(&names);
    return failures;
}
