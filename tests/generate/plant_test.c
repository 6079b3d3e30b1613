#include "generate/plant.h"

#include "generate/parsed.h"
#include "generate/traffic.h"
#include "proof/test.h"

#include <string.h>

#define SECOND UINT64_C(1000000000)

static struct plant_scene scene = {.seed = 1, .duration = 600 * SECOND, .query_gap = 200000, .clients = 5000};
static struct random seeded;
static struct transaction transaction;

static const char *name_of(const struct transaction *of)
{
    static char text[TL_DNS_NAME_TEXT_SIZE];
    size_t length, end;
    struct tl_bytes wire = tl_bytes(of->question.name.wire, of->question.name.size);

    assert_int_equal(tl_dns_name_print(wire, 0, text, &length, &end), TL_OK);
    assert_int_equal(end, wire.size);
    return text;
}

static const char *domain_of(const struct plant *plant)
{
    static char text[TL_DNS_NAME_TEXT_SIZE];
    size_t length;

    assert_int_equal(tl_dns_name_print(tl_bytes(plant->domain, plant->domain_size), 0, text, &length, NULL),
                     TL_OK);
    return text;
}

static bool is_below(const char *name, const char *domain)
{
    size_t length = strlen(name), domain_length = strlen(domain);

    return length > domain_length && name[length - domain_length - 1] == '.' &&
           strcmp(name + length - domain_length, domain) == 0;
}

/* From its beginning to its end, all questions; returns how many. */
static unsigned play(struct plant *plant, enum plant_kind kind,
                     void (*look)(const struct plant *plant, uint64_t at))
{
    unsigned count = 0;
    uint64_t last = 0;

    random_init(&seeded, 1);
    plant_init(plant, kind, &scene);
    for (uint64_t at = plant->from; at != PLANT_OVER; at = plant_next(plant, &seeded, at)) {
        assert_true(at >= last && at < plant->until);
        last = at;
        plant_ask(plant, &seeded, &transaction);
        look(plant, at);
        count++;
    }
    return count;
}

static void look_at_tunnel(const struct plant *plant, uint64_t at)
{
    (void)at;
    assert_true(is_below(name_of(&transaction), domain_of(plant)));
    assert_true(transaction.question.name.size > 100);
    assert_true(transaction.question.type == TYPE_TXT || transaction.question.type == TYPE_NULL);
    assert_true(transaction.payload > 0 && !transaction.is_hit);
}

static void a_tunnel_carries_data(void **state)
{
    (void)state;
    struct plant plant;

    assert_in_range(play(&plant, PLANT_TUNNEL, look_at_tunnel), 1900, 2300); /* 420 seconds, five a second */
    assert_int_equal(plant.client_count, 1);
}

static unsigned found_domains;

static void look_at_dga(const struct plant *plant, uint64_t at)
{
    (void)at;
    bool is_absent = transaction.question.outcome == OUTCOME_ABSENT;

    assert_true(is_absent == (strcmp(name_of(&transaction), domain_of(plant)) != 0));
    found_domains += !is_absent;
}

static void generated_domains_come_in_bursts(void **state)
{
    (void)state;
    struct plant plant;

    found_domains = 0;
    assert_int_equal(play(&plant, PLANT_DGA, look_at_dga), 6 * 60 * 5);
    assert_int_equal(plant.client_count, 5);
    assert_int_equal(found_domains, 6 * 5);
}

static uint64_t last_beacon, shortest, longest;

static void look_at_beacon(const struct plant *plant, uint64_t at)
{
    static char first[TL_DNS_NAME_TEXT_SIZE];

    assert_true(is_below(name_of(&transaction), domain_of(plant)));
    if (at == plant->from) {
        strcpy(first, name_of(&transaction));
    } else {
        assert_string_equal(name_of(&transaction), first);
        shortest = at - last_beacon < shortest ? at - last_beacon : shortest;
        longest = at - last_beacon > longest ? at - last_beacon : longest;
    }
    last_beacon = at;
}

static void a_beacon_keeps_its_interval(void **state)
{
    (void)state;
    struct plant plant;

    shortest = UINT64_MAX;
    longest = 0;
    assert_in_range(play(&plant, PLANT_BEACON, look_at_beacon), 47, 54);
    assert_true(plant.interval == 12 * SECOND); /* 50 in the run, for it is short */
    assert_true(shortest >= plant.interval * 9 / 10 && longest <= plant.interval * 11 / 10);
    assert_true(longest - shortest > plant.interval / 20);
}

static void look_at_flood(const struct plant *plant, uint64_t at)
{
    (void)at;
    assert_true(is_below(name_of(&transaction), domain_of(plant)));
    assert_true(transaction.question.outcome == OUTCOME_ABSENT ||
                transaction.question.outcome == OUTCOME_FAILED);
}

static void look_at_amplification(const struct plant *plant, uint64_t at)
{
    (void)at;
    assert_string_equal(name_of(&transaction), domain_of(plant));
    assert_int_equal(transaction.question.type, TYPE_ANY);
    assert_true(transaction.client.edns.udp_size == 4096 && transaction.payload > 1000);
}

static void floods_are_many_and_short(void **state)
{
    (void)state;
    struct plant plant;

    assert_in_range(play(&plant, PLANT_FLOOD, look_at_flood), 290000, 310000); /* 60 seconds, 5000 a second */
    assert_int_equal(plant.client_count, PLANT_CLIENTS_MAX);
    for (uint32_t i = 0; i < plant.client_count; i++)
        for (uint32_t j = 0; j < i; j++)
            assert_true(plant.clients[i] != plant.clients[j]);
    assert_in_range(play(&plant, PLANT_AMPLIFICATION, look_at_amplification), 72000, 78000);
}

static void a_network_may_be_small(void **state)
{
    (void)state;
    struct plant_scene small = {.seed = 1, .duration = 1000, .query_gap = 100, .clients = 1};
    struct plant plant;

    random_init(&seeded, 1);
    for (unsigned kind = 0; kind < PLANT_KINDS; kind++) {
        plant_init(&plant, kind, &small);
        assert_int_equal(plant.client_count, 1);
        assert_true(plant.interval > 0);
        plant_ask(&plant, &seeded, &transaction);
        assert_true(plant_next(&plant, &seeded, plant.from) > plant.from);
    }
}

/* Everything that goes out is sound also with all patterns in it, and the truth's numbers are those of the
 * frames. */
static void what_is_told_is_what_went_out(void **state)
{
    (void)state;
    static const char *const identities[] = {"ns1"};
    static struct parsed parsed;
    struct traffic_options options = {.seed = 3,
                                      .start = {1795469062, 0},
                                      .rate = 2000,
                                      .expected = 40000,
                                      .clients = 500,
                                      .once = 0.25,
                                      .cache = 0.85,
                                      .plants = PLANT_BIT(PLANT_KINDS) - 1,
                                      .identities = identities,
                                      .identity_count = 1};
    struct names names;
    struct traffic_message message;
    unsigned messages[PLANT_KINDS] = {0}, queries[PLANT_KINDS] = {0};
    size_t count;

    assert_true(names_make_up(&names, 3, 1000));
    struct traffic *traffic = traffic_new(&options, &names);
    const struct plant *plants = traffic_plants(traffic, &count);
    assert_int_equal(count, PLANT_KINDS);
    for (unsigned i = 0; i < 80000; i++) {
        assert_int_equal(traffic_next(traffic, &message), TL_OK);
        parse_frame(message.frame, &parsed);
        for (unsigned kind = 0; kind < PLANT_KINDS; kind++) {
            const char *domain = domain_of(&plants[kind]);
            if (strcmp(parsed.name, domain) != 0 && !is_below(parsed.name, domain))
                continue;
            messages[kind]++;
            queries[kind] += parsed.dnstap.message_type == TL_DNSTAP_CLIENT_QUERY;
            assert_true(message.at >= plants[kind].first && message.at <= plants[kind].last);
        }
    }
    for (unsigned kind = 0; kind < PLANT_KINDS; kind++) {
        if (kind == PLANT_DGA) /* most of its names are nobody's */
            assert_true(plants[kind].queries > queries[kind] && queries[kind] > 0);
        else
            assert_true(plants[kind].messages == messages[kind] && plants[kind].queries == queries[kind]);
    }
    traffic_free(traffic);
    names_done(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tunnel_carries_data),       cmocka_unit_test(generated_domains_come_in_bursts),
        cmocka_unit_test(a_beacon_keeps_its_interval), cmocka_unit_test(floods_are_many_and_short),
        cmocka_unit_test(a_network_may_be_small),      cmocka_unit_test(what_is_told_is_what_went_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
