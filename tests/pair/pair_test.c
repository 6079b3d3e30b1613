#include "pair/pair.h"

#include "proof/failing_alloc.h"
#include "proof/test.h"
#include "record/halves.h"

#include <stdio.h>

/* What came out, as text: "CR1=5" a response, answered after 5 ms; "CQ1?" unanswered; "CR1!" unasked; "-"
 * something else. */
struct story {
    char text[4096];
    size_t size;
};

static void tell(struct story *story, const struct record *record)
{
    static const char codes[] = "AQARRQRRCQCRFQFRSQSRTQTRUQUR";
    const struct tl_dnstap *dnstap = &record->dnstap;
    const char *code = codes + 2 * (dnstap->message_type - 1);
    char text[64];
    int64_t latency = (int64_t)(dnstap->response_time_sec - dnstap->query_time_sec) * 1000 +
                      ((int64_t)dnstap->response_time_nsec - dnstap->query_time_nsec) / 1000000;

    if (record->pair == RECORD_NOT_PAIRED)
        snprintf(text, sizeof(text), " -");
    else if (record->pair == RECORD_ANSWERED)
        snprintf(text, sizeof(text), " %.2s%u=%lld", code, tl_be16(record_wire(record).data),
                 (long long)latency);
    else
        snprintf(text, sizeof(text), " %.2s%u%c", code, tl_be16(record_wire(record).data),
                 record->pair == RECORD_UNANSWERED ? '?' : '!');
    assert_true(story->size + strlen(text) < sizeof(story->text));
    strcpy(story->text + story->size, text);
    story->size += strlen(text);
}

static void take_all(struct pairs *pairs, struct story *story)
{
    struct record record;

    while (pairs_next(pairs, &record))
        tell(story, &record);
}

static void put_and_take(struct pairs *pairs, struct story *story, const struct half *half)
{
    pairs_put(pairs, &half->record);
    take_all(pairs, story);
}

/* What comes of the halves of a script: at once, then behind "|" at the end. */
static const char *played(const char *script, uint64_t wait_ms)
{
    static struct story story;
    struct pairs *pairs = pairs_new(0, wait_ms);
    struct half half;
    uint64_t offset = 0;

    assert_non_null(pairs);
    story = (struct story){.size = 0};
    for (const char *at = script; *at; at += strcspn(at, " ")) {
        at += strspn(at, " ");
        half_parse(&half, at, offset++);
        put_and_take(pairs, &story, &half);
    }
    strcpy(story.text + story.size, " |");
    story.size += 2;
    pairs_finish(pairs);
    take_all(pairs, &story);
    struct pairs_counts counts = pairs_counts(pairs);
    assert_int_equal(2 * (counts.answered - counts.whole) + counts.whole + counts.unanswered +
                         counts.unasked + counts.alone,
                     offset);
    pairs_free(pairs);
    return story.text;
}

static void scenarios(void **state)
{
    (void)state;
    static const struct {
        const char *what, *script, *expected;
    } table[] = {
        {"the usual", "CQ1/www@0 CR1/www@5", " CR1=5 |"},
        {"out of order", "CR1/www@5 CQ1/www@0", " CR1=5 |"},
        {"two at once", "CQ1/www@0 CQ2/www@1 CR2/www@5 CR1/www@7", " CR2=4 CR1=7 |"},
        {"another ID", "CQ1/www@0 CR2/www@5", " | CQ1? CR2!"},
        {"another name", "CQ1/www@0 CR1/w@5 CR1/wwx@6", " | CQ1? CR1! CR1!"},
        {"letters of any case", "CQ1/wWw@0 CR1/Www@5", " CR1=5 |"},
        {"BIND with recursion that it does not offer", "AQ1/www@0 CR1/www@5", " CR1=5 |"},
        {"and the reverse", "CQ1/www@0 AR1/www@5", " AR1=5 |"},
        {"to a forwarder", "RQ1/www@0 FR1/www@5 FQ2/www@6 RR2/www@7", " FR1=5 RR2=1 |"},
        {"the rest of the kinds", "SQ1/www@0 TQ1/www@1 UQ1/www@2 UR1/www@3 TR1/www@4 SR1/www@5",
         " UR1=1 TR1=3 SR1=5 |"},
        {"both sides of a resolver", "CQ1/www@0 RQ1/www@1 RR1/www@2 CR1/www@5", " RR1=1 CR1=5 |"},
        {"sides are not mixed", "CQ1/www@0 RR1/www@2 TR1/www@3", " | CQ1? RR1! TR1!"},
        {"asked again: the first one is answered", "CQ1/www@0 CQ1/www@10 CR1/www@15", " CR1=15 | CQ1?"},
        {"asked and answered twice", "CQ1/www@0 CQ1/www@10 CR1/www@15 CR1/www@16", " CR1=15 CR1=6 |"},
        {"answered twice", "CQ1/www@0 CR1/www@15 CR1/www@16", " CR1=15 | CR1!"},
        {"the same ID again", "CQ1/www@0 CR1/www@1 CQ1/www@2 CR1/www@4", " CR1=1 CR1=2 |"},
        {"a response without question", "CQ1/www@0 CQ2/www@1 CR2@3", " CR2=2 | CQ1?"},
        {"it takes the oldest of that ID", "CQ1/www@0 CQ1/ww@1 CR1@3 CR1/ww@4", " CR1=3 CR1=3 |"},
        {"a query without question", "CQ1@0 CR1@3 CQ2@4 CR2/www@6", " CR1=3 CR2=2 |"},
        {"a question goes first to its own", "CQ1@0 CQ1/www@1 CR1/www@3 CR1@4", " CR1=2 CR1=4 |"},
        {"the response without question comes first", "CR1@3 CQ1/www@0", " CR1=3 |"},
        {"nothing came", "", " |"},
        /* The wait is 1000 ms: a record moves the clock by 126 ms at most. */
        {"too late",
         "CQ1/a@0 CQ2/a@120 CQ2/a@240 CQ2/a@360 CQ2/a@480 CQ2/a@600 CQ2/a@720 CQ2/a@840 CQ2/a@960 "
         "CQ2/a@1080 CR1/a@1081",
         " CQ1? | CQ2? CQ2? CQ2? CQ2? CQ2? CQ2? CQ2? CQ2? CQ2? CR1!"},
        {"just in time",
         "CQ1/a@0 CQ2/a@120 CQ2/a@240 CQ2/a@360 CQ2/a@480 CQ2/a@600 CQ2/a@720 CQ2/a@840 "
         "CQ2/a@960 CR1/a@1000",
         " CR1=1000 | CQ2? CQ2? CQ2? CQ2? CQ2? CQ2? CQ2? CQ2?"},
        {"a response waits as long",
         "CR1/a@0 CQ2/a@120 CQ2/a@240 CQ2/a@360 CQ2/a@480 CQ2/a@600 CQ2/a@720 "
         "CQ2/a@840 CQ2/a@960 CQ2/a@1000",
         " CR1! | CQ2? CQ2? CQ2? CQ2? CQ2? CQ2? CQ2? CQ2? CQ2?"},
        {"a slow server alone", "CQ1/a@0 CR1/a@900000", " CR1=900000 |"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        print_message("%s\n", table[i].what);
        assert_string_equal(played(table[i].script, 1000), table[i].expected);
    }
}

/* Plays a query that waits, then `count` records of the time `at`; were there so many needed to give it up?
 */
static bool is_given_up_by(unsigned count, const char *at)
{
    struct pairs *pairs = pairs_new(0, 1000);
    struct story story = {.size = 0};
    struct half half;

    half_parse(&half, "CQ1/www@100000000", 0);
    put_and_take(pairs, &story, &half);
    for (unsigned i = 0; i < count; i++) {
        char text[64];
        snprintf(text, sizeof(text), "CQ%u/x@%s", i + 2, at);
        half_parse(&half, text, i + 1);
        put_and_take(pairs, &story, &half);
    }
    bool is_given_up = story.size > 0;
    if (is_given_up)
        assert_string_equal(story.text, " CQ1?");
    pairs_free(pairs);
    return is_given_up;
}

static void a_leap_in_time_is_believed_when_many_say_so(void **state)
{
    (void)state;
    assert_false(is_given_up_by(15, "900000000"));
    assert_true(is_given_up_by(16, "900000000"));
    assert_false(is_given_up_by(1000, "100000900")); /* near: one step, and then no time goes by */
    assert_false(is_given_up_by(1000, "0"));         /* into the past: nothing is due by that */
}

/* Good records with a bad one between each two: those do nothing. */
static void wrong_times_among_others_move_nothing(void **state)
{
    (void)state;
    struct pairs *pairs = pairs_new(0, 1000);
    struct story story = {.size = 0};
    struct half half;

    half_parse(&half, "CQ1/www@50000000", 0);
    put_and_take(pairs, &story, &half);
    for (unsigned i = 0; i < 100; i++) {
        half_parse(&half, i % 2 ? "CQ2/x@900000000" : "CR2/x@50000001", 0);
        put_and_take(pairs, &story, &half);
    }
    assert_null(strstr(story.text, "?"));
    half_parse(&half, "CR1/www@50000002", 0);
    put_and_take(pairs, &story, &half);
    assert_non_null(strstr(story.text, " CR1=2"));
    pairs_free(pairs);
}

/* After the next file, of an earlier time, its own times count. */
static void time_may_begin_anew(void **state)
{
    (void)state;
    struct pairs *pairs = pairs_new(0, 1000);
    struct story story = {.size = 0};
    struct half half;

    half_parse(&half, "CQ1/www@50000000", 0);
    put_and_take(pairs, &story, &half);
    for (unsigned i = 0; i < 40; i++) {
        char text[64];
        snprintf(text, sizeof(text), "CQ%u/x@%u", i + 2, i * 100);
        half_parse(&half, text, 0);
        put_and_take(pairs, &story, &half);
    }
    assert_memory_equal(story.text, " CQ1? CQ2? CQ3?", 15);
    pairs_free(pairs);
}

static void what_has_no_time_waits_by_that_of_others(void **state)
{
    (void)state;
    struct pairs *pairs = pairs_new(0, 1000);
    struct story story = {.size = 0};
    uint8_t wire[300];
    struct half half;
    struct tl_dnstap dnstap = half_dnstap(TL_DNSTAP_CLIENT_QUERY, half_wire(wire, 1, false, "www"), 0);

    dnstap.present &= ~(HAS(QUERY_TIME_SEC) | HAS(QUERY_TIME_NSEC));
    half_of(&half, &dnstap, 0);
    put_and_take(pairs, &story, &half);
    for (unsigned i = 0; i < 10; i++) {
        char text[64];
        snprintf(text, sizeof(text), "CQ2/x@%u", i * 120);
        half_parse(&half, text, 0);
        put_and_take(pairs, &story, &half);
    }
    assert_string_equal(story.text, " CQ1? CQ2?");
    pairs_free(pairs);
}

/* Both halves ---------------------------------------------------------------------------------------------
 */

static struct record both_of(struct pairs *pairs, const struct tl_dnstap *first,
                             const struct tl_dnstap *second)
{
    static struct half halves[2];
    struct record record;

    half_of(&halves[0], first, 1);
    half_of(&halves[1], second, 2);
    pairs_put(pairs, &halves[0].record);
    assert_false(pairs_next(pairs, &record));
    memset(halves[0].frame, 0xa5, sizeof(halves[0].frame)); /* it is copied */
    pairs_put(pairs, &halves[1].record);
    assert_true(pairs_next(pairs, &record));
    assert_int_equal(record.pair, RECORD_ANSWERED);
    return record;
}

static void an_exchange_has_the_fields_of_both(void **state)
{
    (void)state;
    for (int is_reversed = 0; is_reversed < 2; is_reversed++) {
        struct pairs *pairs = pairs_new(0, 0);
        uint8_t wires[2][300];
        struct tl_dnstap query =
            half_dnstap(TL_DNSTAP_CLIENT_QUERY, half_wire(wires[0], 7, false, "www"), 1234);
        struct tl_dnstap response =
            half_dnstap(TL_DNSTAP_CLIENT_RESPONSE, half_wire(wires[1], 7, true, "www"), 2235);
        query.present |= HAS(QUERY_ZONE) | HAS(EXTRA) | HAS(VERSION) | HAS(POLICY) | HAS(POLICY_TYPE) |
                         HAS(POLICY_ACTION) | HAS(HTTP_PROTOCOL);
        query.query_zone = tl_bytes("\1z", 3);
        query.extra = tl_bytes_of_text("of the query");
        query.version = tl_bytes_of_text("query");
        query.policy_type = tl_bytes_of_text("RPZ");
        query.policy_action = 3;
        query.http_protocol = 2;
        response.present |= HAS(VERSION);
        response.version = tl_bytes_of_text("response");
        response.present &= ~(HAS(RESPONSE_ADDRESS) | HAS(RESPONSE_PORT)); /* CoreDNS may not say */
        struct record record =
            is_reversed ? both_of(pairs, &response, &query) : both_of(pairs, &query, &response);

        assert_false(record_is_query(&record));
        assert_int_equal(record.dnstap.message_type, TL_DNSTAP_CLIENT_RESPONSE);
        assert_int_equal(record.offset, is_reversed ? 1 : 2);
        assert_int_equal(record.frame.size, tl_dnstap_size(&response));
        assert_int_equal(record.dnstap.query_time_sec, 1);
        assert_int_equal(record.dnstap.query_time_nsec, 234000000);
        assert_int_equal(record.dnstap.response_time_sec, 2);
        assert_true(tl_bytes_equal(record.dnstap.query_message, query.query_message));
        assert_true(tl_bytes_equal(record.dnstap.response_message, response.response_message));
        assert_true(tl_bytes_equal(record.dnstap.query_zone, query.query_zone));
        assert_true(tl_bytes_equal(record.dnstap.extra, query.extra));
        assert_true(tl_bytes_equal(record.dnstap.version, response.version));
        assert_true(tl_bytes_equal(record.dnstap.policy_type, query.policy_type));
        assert_int_equal(record.dnstap.policy_action, 3);
        assert_int_equal(record.dnstap.http_protocol, 2);
        assert_true(tl_bytes_equal(record.dnstap.response_address, query.response_address));
        assert_int_equal(record.dnstap.response_port, 53);
        assert_int_equal(record.dnstap.present, query.present | response.present);
        pairs_free(pairs);
    }
}

/* Do a query and a response go together if both have been changed? */
typedef void change_function(struct tl_dnstap *query, struct tl_dnstap *response);

static bool go_together(change_function *change)
{
    struct pairs *pairs = pairs_new(0, 0);
    struct story story = {.size = 0};
    uint8_t wires[2][300];
    struct half half;
    struct tl_dnstap query = half_dnstap(TL_DNSTAP_CLIENT_QUERY, half_wire(wires[0], 7, false, "www"), 0);
    struct tl_dnstap response =
        half_dnstap(TL_DNSTAP_CLIENT_RESPONSE, half_wire(wires[1], 7, true, "www"), 5);

    change(&query, &response);
    half_of(&half, &query, 0);
    put_and_take(pairs, &story, &half);
    half_of(&half, &response, 0);
    put_and_take(pairs, &story, &half);
    pairs_free(pairs);
    return story.size > 0;
}

#define CHANGE(name, ...)                                                                                    \
    static void name(struct tl_dnstap *query, struct tl_dnstap *response)                                    \
    {                                                                                                        \
        (void)query;                                                                                         \
        (void)response;                                                                                      \
        __VA_ARGS__;                                                                                         \
    }

CHANGE(nothing, )
CHANGE(another_client, response->query_address = tl_bytes("\300\0\2\2", 4))
CHANGE(another_client_port, response->query_port++)
CHANGE(another_server, response->response_address = tl_bytes("\300\0\2\2", 4))
CHANGE(another_server_port, response->response_port++)
CHANGE(another_protocol, response->socket_protocol = TL_DNSTAP_TCP)
CHANGE(another_identity, query->present |= HAS(IDENTITY), query->identity = tl_bytes_of_text("a"))
CHANGE(another_class, ((uint8_t *)(uintptr_t)response->response_message.data)[20] = 3)
CHANGE(another_type, ((uint8_t *)(uintptr_t)response->response_message.data)[18] = 3)
CHANGE(no_server_in_query, query->present &= ~(HAS(RESPONSE_ADDRESS) | HAS(RESPONSE_PORT)))
CHANGE(no_server_in_response, response->present &= ~(HAS(RESPONSE_ADDRESS) | HAS(RESPONSE_PORT)))
CHANGE(no_protocol_in_response, response->present &= ~HAS(SOCKET_PROTOCOL))
CHANGE(no_client_in_both, query->present &= ~HAS(QUERY_ADDRESS), response->present &= ~HAS(QUERY_ADDRESS))

static void what_both_name_must_be_the_same(void **state)
{
    (void)state;
    assert_true(go_together(nothing));
    assert_false(go_together(another_client));
    assert_false(go_together(another_client_port));
    assert_false(go_together(another_server));
    assert_false(go_together(another_server_port));
    assert_false(go_together(another_protocol));
    assert_false(go_together(another_identity));
    assert_false(go_together(another_class));
    assert_false(go_together(another_type));
    assert_true(go_together(no_server_in_query));
    assert_true(go_together(no_server_in_response));
    assert_true(go_together(no_protocol_in_response));
    assert_true(go_together(no_client_in_both));
}

/* A response that tells of its query as well (BIND 9.20, dnsdist, Knot). */
static void a_frame_that_has_both_halves_is_an_exchange(void **state)
{
    (void)state;
    struct pairs *pairs = pairs_new(0, 0);
    struct story story = {.size = 0};
    uint8_t wires[2][300];
    struct half half, query_half;
    struct tl_dnstap response =
        half_dnstap(TL_DNSTAP_CLIENT_RESPONSE, half_wire(wires[1], 7, true, "www"), 1700000000005);

    response.present |= HAS(QUERY_TIME_SEC) | HAS(QUERY_TIME_NSEC);
    response.query_time_sec = 1700000000;
    half_of(&half, &response, 0);
    put_and_take(pairs, &story, &half);
    assert_int_equal(story.size, 0); /* its query may come */
    half_parse(&query_half, "CQ7/www@0", 1);
    put_and_take(pairs, &story, &query_half);
    assert_string_equal(story.text, " CR7=5");
    assert_int_equal(pairs_counts(pairs).whole, 0);

    put_and_take(pairs, &story, &half);
    pairs_finish(pairs);
    take_all(pairs, &story);
    assert_string_equal(story.text, " CR7=5 CR7=5");
    assert_int_equal(pairs_counts(pairs).answered, 2);
    assert_int_equal(pairs_counts(pairs).whole, 1);
    pairs_free(pairs);
}

static void what_says_nothing_passes_at_once(void **state)
{
    (void)state;
    static const uint8_t no_dnstap[] = {0xff}, no_message[] = {0x78, 1};
    struct pairs *pairs = pairs_new(0, 0);
    struct record record, found;
    uint8_t wire[300];
    struct half half;
    struct tl_dnstap dnstap = half_dnstap(TL_DNSTAP_CLIENT_QUERY, half_wire(wire, 1, false, "www"), 0);

    record_open(&record, tl_bytes(no_dnstap, 1), 77);
    pairs_put(pairs, &record);
    assert_true(pairs_next(pairs, &found));
    assert_int_equal(found.pair, RECORD_NOT_PAIRED);
    assert_int_equal(found.offset, 77);
    assert_int_not_equal(found.status, TL_OK);
    assert_false(pairs_next(pairs, &found));
    record_open(&record, tl_bytes(no_message, 2), 78);
    pairs_put(pairs, &record);
    assert_true(pairs_next(pairs, &found));
    assert_int_equal(found.offset, 78);
    dnstap.query_message.size = 11; /* CoreDNS without `full` says nothing at all */
    half_of(&half, &dnstap, 79);
    pairs_put(pairs, &half.record);
    assert_true(pairs_next(pairs, &found));
    assert_int_equal(found.offset, 79);
    assert_int_equal(found.dnstap.query_port, 40000);
    assert_int_equal(pairs_counts(pairs).alone, 3);
    pairs_free(pairs);
}

/* Memory ---------------------------------------------------------------------------------------------------
 */

static void the_oldest_goes_when_memory_is_full(void **state)
{
    (void)state;
    struct pairs *pairs = pairs_new(64 << 10, 0);
    struct record record;
    struct half half;
    unsigned next = 0;

    for (unsigned i = 0; i < 5000; i++) {
        char text[64];
        snprintf(text, sizeof(text), "CQ%u/www@0", i);
        half_parse(&half, text, i);
        pairs_put(pairs, &half.record);
        while (pairs_next(pairs, &record)) {
            assert_int_equal(record.pair, RECORD_UNANSWERED);
            assert_int_equal(record.offset, next);
            assert_int_equal(tl_be16(record.dnstap.query_message.data), next++);
        }
    }
    assert_in_range(next, 4500, 4950); /* some hundred wait */
    assert_int_equal(pairs_counts(pairs).evicted, next);
    assert_int_equal(pairs_counts(pairs).unanswered, next);
    half_parse(&half, "CR4999/www@1", 5000);
    pairs_put(pairs, &half.record);
    assert_true(pairs_next(pairs, &record));
    assert_int_equal(record.pair, RECORD_ANSWERED);
    assert_false(pairs_next(pairs, &record));
    pairs_finish(pairs);
    while (pairs_next(pairs, &record))
        assert_int_equal(record.offset, next++);
    assert_int_equal(next, 4999);
    assert_int_equal(pairs_counts(pairs).unanswered, 4999);
    pairs_free(pairs);
}

/* Frames of all sizes, so that they are cut into cells at each place, with an origin and without. */
static void copies_are_whole(void **state)
{
    (void)state;
    static struct half half;
    static uint8_t extra[1500];
    struct record_origin origin = {"/some/where", {17, 4}, "somebody", 3, 4, 5};
    struct record record;
    uint8_t wire[300];

    for (size_t size = 0; size < sizeof(extra); size++) {
        struct pairs *pairs = pairs_new(64 << 10, 0);
        struct tl_dnstap dnstap = half_dnstap(TL_DNSTAP_CLIENT_QUERY, half_wire(wire, 1, false, "www"), 0);
        extra[size] = (uint8_t)(size * 7);
        dnstap.present |= HAS(EXTRA);
        dnstap.extra = tl_bytes(extra, size);
        half_of(&half, &dnstap, size);
        half.record.origin = size % 2 ? &origin : NULL;
        origin.place = size % 4 == 1 ? "/some/where" : NULL;
        origin.peer = size % 3 ? "somebody" : NULL;
        pairs_put(pairs, &half.record);
        assert_false(pairs_next(pairs, &record));
        pairs_finish(pairs);
        assert_true(pairs_next(pairs, &record));
        assert_true(tl_bytes_equal(record.dnstap.extra, dnstap.extra));
        assert_int_equal(record.offset, size);
        assert_int_equal(record.origin != NULL, size % 2);
        if (record.origin) {
            assert_int_equal(record.origin->name.segment, 17);
            assert_int_equal(record.origin->connection, 3);
            assert_int_equal(record.origin->place != NULL, size % 4 == 1);
            assert_int_equal(record.origin->peer != NULL, size % 3 != 0);
            assert_true(!record.origin->place || strcmp(record.origin->place, "/some/where") == 0);
            assert_true(!record.origin->peer || strcmp(record.origin->peer, "somebody") == 0);
        }
        assert_false(pairs_next(pairs, &record));
        pairs_free(pairs);
    }
}

static void what_is_too_large_does_not_wait(void **state)
{
    (void)state;
    static struct half half;
    static uint8_t extra[1500];
    struct pairs *pairs = pairs_new(8 << 10, 0); /* of which an eighth are 1024 bytes */
    struct record record;
    uint8_t wire[300];
    struct tl_dnstap dnstap = half_dnstap(TL_DNSTAP_CLIENT_QUERY, half_wire(wire, 1, false, "www"), 0);

    dnstap.present |= HAS(EXTRA);
    dnstap.extra = tl_bytes(extra, sizeof(extra));
    half_of(&half, &dnstap, 5);
    pairs_put(pairs, &half.record);
    assert_true(pairs_next(pairs, &record));
    assert_int_equal(record.pair, RECORD_UNANSWERED);
    assert_int_equal(record.dnstap.extra.size, sizeof(extra));
    assert_int_equal(pairs_counts(pairs).evicted, 1);
    assert_false(pairs_next(pairs, &record));
    pairs_free(pairs);
}

/* Many exchanges through little memory, with others that stay: cells of all kinds come back. */
static void memory_comes_back(void **state)
{
    (void)state;
    struct pairs *pairs = pairs_new(32 << 10, 0);
    struct half half;

    for (unsigned i = 0; i < 20000; i++) {
        struct story story = {.size = 0};
        char text[64], expected[64];
        snprintf(text, sizeof(text), "CQ%u/abcdefghijklmnopqrstuvwxyz-%u@0", i, i);
        half_parse(&half, text, i);
        put_and_take(pairs, &story, &half);
        text[1] = 'R';
        half_parse(&half, text, i);
        put_and_take(pairs, &story, &half);
        snprintf(expected, sizeof(expected), " CR%u=0", i);
        assert_string_equal(story.text, expected);
    }
    assert_int_equal(pairs_counts(pairs).evicted, 0);
    assert_int_equal(pairs_counts(pairs).answered, 20000);
    pairs_free(pairs);
}

static void without_memory_there_is_none(void **state)
{
    (void)state;
    unsigned long n = 1;

    for (;; n++) {
        failing_alloc_start(n);
        struct pairs *pairs = pairs_new(0, 0);
        if (!failing_alloc_stop()) {
            assert_non_null(pairs);
            failing_alloc_start(1); /* and it needs no more */
            struct story story = {.size = 0};
            struct half half;
            half_parse(&half, "CQ1/www@0", 0);
            put_and_take(pairs, &story, &half);
            assert_false(failing_alloc_stop());
            pairs_free(pairs);
            break;
        }
        assert_null(pairs);
    }
    assert_in_range(n, 3, 6);
    pairs_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scenarios),
        cmocka_unit_test(a_leap_in_time_is_believed_when_many_say_so),
        cmocka_unit_test(wrong_times_among_others_move_nothing),
        cmocka_unit_test(time_may_begin_anew),
        cmocka_unit_test(what_has_no_time_waits_by_that_of_others),
        cmocka_unit_test(an_exchange_has_the_fields_of_both),
        cmocka_unit_test(what_both_name_must_be_the_same),
        cmocka_unit_test(a_frame_that_has_both_halves_is_an_exchange),
        cmocka_unit_test(what_says_nothing_passes_at_once),
        cmocka_unit_test(the_oldest_goes_when_memory_is_full),
        cmocka_unit_test(copies_are_whole),
        cmocka_unit_test(what_is_too_large_does_not_wait),
        cmocka_unit_test(memory_comes_back),
        cmocka_unit_test(without_memory_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
