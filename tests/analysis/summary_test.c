#include "analysis/summary.h"

#include "analysis/draws.h"
#include "proof/failing_alloc.h"
#include "proof/test.h"
#include "record/halves.h"

#include <stdio.h>

static const struct siphash_key key = {{3, 4}};

static bool add(struct summary *summary, const struct record *record)
{
    struct look look;

    look_at(&look, record);
    return summary_add(summary, &look);
}

/* A half of an exchange as record/halves has it: "CQ12/www@100". */
static void add_half_of(struct summary *summary, const char *text)
{
    struct half half;

    half_parse(&half, text, 0);
    assert_true(add(summary, &half.record));
}

/* A response to www.example.com/AAAA with this rcode, and what else stands in the header. */
static struct record response(uint8_t wire[64], unsigned rcode, unsigned flags, unsigned answers)
{
    static const uint8_t question[] = "\3wWw\7Example\3com\0\0\34\0\1";
    struct record record = {.status = TL_OK};

    memset(wire, 0, 12);
    wire[2] = (uint8_t)(0x80 | flags >> 8);
    wire[3] = (uint8_t)rcode;
    wire[5] = 1;
    wire[7] = (uint8_t)answers;
    memcpy(wire + 12, question, sizeof(question) - 1);
    record.dnstap.type = TL_DNSTAP_TYPE_MESSAGE;
    record.dnstap.message_type = TL_DNSTAP_CLIENT_RESPONSE;
    record.dnstap.present = HAS(TYPE) | HAS(MESSAGE) | HAS(MESSAGE_TYPE) | HAS(RESPONSE_MESSAGE);
    record.dnstap.response_message = tl_bytes(wire, 12 + sizeof(question) - 1);
    return record;
}

/* How often a name, a domain or an address is in a list. */
static uint64_t count_of(const struct heavy *heavy, struct tl_bytes wanted)
{
    const struct heavy_entry **entries;
    uint64_t found = 0;
    size_t count;

    assert_true(heavy_sort(heavy, SIZE_MAX, &entries, &count));
    for (size_t i = 0; i < count; i++)
        found += tl_bytes_equal(heavy_key(heavy, entries[i]), wanted) ? entries[i]->count : 0;
    free(entries);
    return found;
}

#define WIRE(literal) tl_bytes(literal, sizeof(literal))

static void each_side_has_its_own(void **state)
{
    (void)state;
    struct summary *summary = summary_new(key);

    add_half_of(summary, "CQ1/www@0");
    add_half_of(summary, "CQ2/WWW@1000");
    add_half_of(summary, "RQ3/www@2000");
    add_half_of(summary, "RR3/www@2050");
    add_half_of(summary, "CR1/www@2100");
    assert_int_equal(summary->messages, 5);
    assert_int_equal(counts_of(&summary->types, TL_DNSTAP_CLIENT_QUERY), 2);
    assert_int_equal(counts_of(&summary->protocols, TL_DNSTAP_UDP), 5);
    assert_null(summary->sides[SUMMARY_OTHERS]);
    const struct summary_numbers *clients = summary->sides[SUMMARY_CLIENTS],
                                 *upstream = summary->sides[SUMMARY_UPSTREAM];
    assert_int_equal(clients->halves[SUMMARY_QUERIES].count, 2);
    assert_int_equal(clients->halves[SUMMARY_RESPONSES].count, 1);
    assert_int_equal(upstream->halves[SUMMARY_QUERIES].count, 1);
    assert_int_equal(hll_count(&clients->halves[SUMMARY_QUERIES].different[SUMMARY_NAMES]), 1);
    assert_int_equal(count_of(clients->top[SUMMARY_OF_QUERIES][SUMMARY_NAMES], WIRE("\3www")), 2);
    assert_int_equal(clients->halves[SUMMARY_QUERIES].without[SUMMARY_DOMAINS],
                     2); /* www is a suffix itself */
    assert_int_equal(count_of(clients->top[SUMMARY_OF_QUERIES][SUMMARY_ADDRESSES], tl_bytes("\300\0\2\1", 4)),
                     2);
    assert_int_equal(
        count_of(upstream->top[SUMMARY_OF_QUERIES][SUMMARY_ADDRESSES], tl_bytes("\300\0\2\65", 4)), 1);
    assert_int_equal(summary->first.seconds, 1700000000);
    assert_int_equal(summary->last.nanoseconds, 100000000);
    assert_int_equal(1000 * summary_seconds(summary) + 0.5, 2100);
    assert_int_equal(rush_peak(&summary->rush).count, 3);
    summary_free(summary);
}

static void responses_have_outcomes(void **state)
{
    (void)state;
    struct summary *summary = summary_new(key);
    uint8_t wire[64];
    static const struct {
        unsigned rcode, flags, answers;
    } cases[] = {{0, 0, 1}, {0, 0, 0}, {3, 0, 0}, {3, TL_DNS_TC, 0}, {2, 0, 0}, {5, 0, 0}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct record record = response(wire, cases[i].rcode, cases[i].flags, cases[i].answers);
        assert_true(add(summary, &record));
    }
    const struct summary_numbers *clients = summary->sides[SUMMARY_CLIENTS];
    assert_int_equal(counts_of(&clients->rcodes, 0), 2);
    assert_int_equal(counts_of(&clients->rcodes, 3), 2);
    assert_int_equal(clients->empty, 1);
    assert_int_equal(clients->truncated, 1);
    assert_int_equal(counts_of(&clients->halves[SUMMARY_RESPONSES].qtypes, 28), 6);
    assert_int_equal(count_of(clients->top[SUMMARY_OF_NXDOMAIN][SUMMARY_NAMES], WIRE("\3www\7example\3com")),
                     2);
    assert_int_equal(count_of(clients->top[SUMMARY_OF_SERVFAIL][SUMMARY_DOMAINS], WIRE("\7example\3com")), 1);
    assert_int_equal(clients->halves[SUMMARY_RESPONSES].without[SUMMARY_ADDRESSES], 6);
    assert_int_equal(summary->timeless, 6);
    assert_int_equal(summary->nameless, 6);
    assert_int_equal(clients->latency.count, 0);
    summary_free(summary);
}

/* An answered exchange is a query and a response, the others are one of them. */
static void exchanges_are_both(void **state)
{
    (void)state;
    struct summary *summary = summary_new(key);
    uint8_t wire[64];
    struct record record = response(wire, 3, 0, 0);

    record.dnstap.present |=
        HAS(QUERY_TIME_SEC) | HAS(QUERY_TIME_NSEC) | HAS(RESPONSE_TIME_SEC) | HAS(RESPONSE_TIME_NSEC);
    record.dnstap.response_time_nsec = 5000;
    for (record.pair = RECORD_NOT_PAIRED; record.pair <= RECORD_UNASKED; record.pair++)
        assert_true(add(summary, &record));
    const struct summary_numbers *clients = summary->sides[SUMMARY_CLIENTS];
    assert_int_equal(clients->halves[SUMMARY_QUERIES].count, 2);
    assert_int_equal(clients->halves[SUMMARY_RESPONSES].count, 3);
    assert_int_equal(clients->rcodes.total, 3);
    assert_int_equal(summary->pairs[RECORD_ANSWERED], 1);
    assert_int_equal(histogram_quantile(&clients->latency, 0.5), 5000);
    assert_int_equal(summary->series.steps[0].values[SERIES_QUERIES], 2);
    assert_int_equal(summary->series.steps[0].values[SERIES_NXDOMAIN], 3);
    summary_free(summary);
}

static void what_is_no_message_is_counted_apart(void **state)
{
    (void)state;
    struct summary *summary = summary_new(key);
    struct record_origin origin = {.arrived_ms = 1700000000123};
    struct record record;

    record_open(&record, tl_bytes_of_text("garbage"), 0);
    assert_true(add(summary, &record));
    record_open(&record, tl_bytes("\x78\x02", 2), 0); /* another type */
    assert_int_equal(record.status, TL_OK);
    assert_true(add(summary, &record));
    record_open(&record, tl_bytes("\x72\x02\x08\x63\x78\x01", 6),
                0); /* a message of type 99, and nothing more */
    assert_int_equal(record.status, TL_OK);
    record.origin = &origin;
    assert_true(add(summary, &record));
    assert_int_equal(summary->records, 3);
    assert_int_equal(summary->bytes, 15);
    assert_int_equal(summary->undecodable, 1);
    assert_int_equal(summary->foreign, 1);
    assert_int_equal(summary->messages, 1);
    assert_int_equal(summary->by_arrival, 1);
    assert_int_equal(summary->first.nanoseconds, 123000000);
    assert_int_equal(summary->sides[SUMMARY_OTHERS]->halves[SUMMARY_QUERIES].headless, 1);
    summary_free(summary);
}

/* Records of all types, with few names, so that every count stays exact. */
static void make_up(struct half *half, uint64_t *random)
{
    static const char *const codes[] = {"AQ", "AR", "RQ", "RR", "CQ", "CR", "FQ", "FR", "SQ", "SR"};
    char text[64];

    snprintf(text, sizeof(text), "%s%u/n%u@%u", codes[draw(random) % 10], (unsigned)(draw(random) % 1000),
             draw_rank(random, 200), (unsigned)(draw(random) % 100000000));
    half_parse(half, text, 0);
}

static void assert_same_top(const struct heavy *a, const struct heavy *b)
{
    const struct heavy_entry **left, **right;
    size_t count, count_too;

    assert_true(heavy_sort(a, SIZE_MAX, &left, &count));
    assert_true(heavy_sort(b, SIZE_MAX, &right, &count_too));
    assert_int_equal(count, count_too);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(left[i]->count, right[i]->count);
        assert_true(tl_bytes_equal(heavy_key(a, left[i]), heavy_key(b, right[i])));
    }
    free(left);
    free(right);
}

static void assert_same_counts(const struct counts *a, const struct counts *b)
{
    assert_int_equal(a->total, b->total);
    assert_int_equal(a->used, b->used);
    assert_memory_equal(a->entries, b->entries, a->used * sizeof(a->entries[0]));
}

static void assert_same_side(const struct summary_numbers *a, const struct summary_numbers *b)
{
    for (int half = 0; half < SUMMARY_HALVES; half++) {
        const struct summary_messages *left = &a->halves[half], *right = &b->halves[half];
        assert_int_equal(left->count, right->count);
        assert_int_equal(left->headless, right->headless);
        assert_memory_equal(left->without, right->without, sizeof(left->without));
        assert_same_counts(&left->qtypes, &right->qtypes);
        assert_memory_equal(left->sizes.boxes, right->sizes.boxes, sizeof(left->sizes.boxes));
        for (int thing = 0; thing < SUMMARY_THINGS; thing++)
            assert_int_equal(hll_count(&left->different[thing]), hll_count(&right->different[thing]));
    }
    assert_same_counts(&a->rcodes, &b->rcodes);
    assert_int_equal(a->latency.count, b->latency.count);
    for (int role = 0; role < SUMMARY_ROLES; role++) {
        for (int thing = 0; thing < SUMMARY_THINGS; thing++)
            assert_same_top(a->top[role][thing], b->top[role][thing]);
    }
}

static void assert_same(struct summary *a, struct summary *b)
{
    assert_int_equal(a->records, b->records);
    assert_int_equal(a->bytes, b->bytes);
    assert_int_equal(a->messages, b->messages);
    assert_int_equal(a->nameless, b->nameless);
    assert_int_equal(a->first.seconds, b->first.seconds);
    assert_int_equal(a->last.seconds, b->last.seconds);
    assert_same_counts(&a->types, &b->types);
    series_sort(&a->series);
    series_sort(&b->series);
    assert_int_equal(a->series.used, b->series.used);
    assert_memory_equal(a->series.steps, b->series.steps, a->series.used * sizeof(a->series.steps[0]));
    for (int side = 0; side < SUMMARY_SIDES; side++) {
        assert_true((a->sides[side] != NULL) == (b->sides[side] != NULL));
        if (a->sides[side])
            assert_same_side(a->sides[side], b->sides[side]);
    }
}

static void merged_is_as_the_whole(void **state)
{
    (void)state;
    uint64_t random = 1;
    struct half half;

    for (unsigned parts = 1; parts <= 5; parts++) {
        struct summary *whole = summary_new(key), *merged = summary_new(key), *part[5];
        for (unsigned i = 0; i < parts; i++)
            part[i] = summary_new(key);
        for (int i = 0; i < 3000; i++) {
            make_up(&half, &random);
            assert_true(add(whole, &half.record));
            assert_true(add(part[draw(&random) % parts], &half.record));
        }
        for (unsigned i = 0; i < parts; i++) {
            assert_true(summary_merge(merged, part[i]));
            summary_free(part[i]);
        }
        assert_same(merged, whole);
        summary_free(whole);
        summary_free(merged);
    }
}

/* Those of libpsl are not ours to let fail. */
static void without_memory_it_says_so(void **state)
{
    (void)state;
    struct summary *from = summary_new(key);

    add_half_of(from, "CQ1/www@0");
    add_half_of(from, "RR1/www@0");
    for (unsigned long n = 1;; n++) {
        failing_alloc_start(n);
        struct summary *summary = summary_new(key);
        bool is_done = summary != NULL;
        if (summary) {
            struct half half;
            half_parse(&half, "CQ1/www@0", 0);
            is_done = add(summary, &half.record) && summary_merge(summary, from);
        }
        bool has_failed = failing_alloc_stop();
        summary_free(summary);
        assert_true(is_done != has_failed);
        if (!has_failed)
            break;
    }
    summary_free(from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_side_has_its_own),  cmocka_unit_test(responses_have_outcomes),
        cmocka_unit_test(exchanges_are_both),     cmocka_unit_test(what_is_no_message_is_counted_apart),
        cmocka_unit_test(merged_is_as_the_whole), cmocka_unit_test(without_memory_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
