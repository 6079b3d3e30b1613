#include "record/record.h"

#include "proof/guarded.h"
#include "proof/test.h"

static void a_frame_is_decoded_where_it_lies(void **state)
{
    (void)state;
    static const uint8_t frame[] = {
        0x0a, 2,  'i',  'd',                               /* identity */
        0x72, 18,                                          /* message */
        0x08, 5,                                           /*   type CLIENT_QUERY */
        0x40, 7,  0x4d, 8,   0,   0, 0, 0x52, 2, 'q', 'm', /*   query time and message */
        0x72, 3,  'r',  'm', '!',                          /*   response_message */
        0x78, 1,                                           /* type MESSAGE */
    };
    struct guarded in = guarded_new(frame, sizeof(frame));
    struct record record;
    struct tl_time time = {0, 0};

    memset(&record, 0xff, sizeof(record));
    record_open(&record, tl_bytes(in.data, in.size), 1234);
    assert_int_equal(record.status, TL_OK);
    assert_int_equal(record.offset, 1234);
    assert_ptr_equal(record.frame.data, in.data);
    assert_int_equal(record.frame.size, sizeof(frame));
    assert_ptr_equal(record.dnstap.identity.data, in.data + 2);
    assert_true(record_is_message(&record));
    assert_true(record_is_query(&record));
    assert_int_equal(record_wire(&record).size, 2);
    assert_memory_equal(record_wire(&record).data, "qm", 2);
    assert_true(record_half_time(&record, record_is_query(&record), &time));
    assert_int_equal(time.seconds, 7);
    assert_int_equal(time.nanoseconds, 8);
    guarded_free(&in);
}

static void what_is_no_dnstap_has_a_reason_and_no_fields(void **state)
{
    (void)state;
    static const uint8_t frame[] = {0x0a, 2, 'i', 'd', 0x78, 1, 0x72, 2, 0x08};
    struct record record;
    struct tl_time time;

    memset(&record, 0xff, sizeof(record));
    record_open(&record, tl_bytes(frame, sizeof(frame)), 5);
    assert_int_equal(record.status, TL_TRUNCATED);
    assert_int_equal(record.error.offset, 6);
    assert_string_equal(record.error.what, "message");
    assert_int_equal(record.offset, 5);
    assert_int_equal(record.frame.size, sizeof(frame));
    assert_int_equal(record.dnstap.present, 0);
    assert_int_equal(record.dnstap.identity.size, 0);
    assert_int_equal(record.dnstap.message_unknown.count, 0);
    assert_false(record_is_message(&record));
    assert_int_equal(record_wire(&record).size, 0);
    assert_false(record_half_time(&record, record_is_query(&record), &time));
}

static void only_type_message_with_a_message_is_a_message(void **state)
{
    (void)state;
    static const uint8_t without[] = {0x78, 1};
    static const uint8_t other[] = {0x72, 2, 0x08, 5, 0x78, 2};
    struct record record;

    record_open(&record, tl_bytes(without, sizeof(without)), 0);
    assert_int_equal(record.status, TL_OK);
    assert_false(record_is_message(&record));
    record_open(&record, tl_bytes(other, sizeof(other)), 0);
    assert_int_equal(record.status, TL_OK);
    assert_false(record_is_message(&record));
}

/* A record with both messages, both times and this type. */
static struct record both_halves(int32_t message_type)
{
    struct record record = {.status = TL_OK};

    record.dnstap.present = (1u << TL_DNSTAP_FIELDS) - 1;
    record.dnstap.type = TL_DNSTAP_TYPE_MESSAGE;
    record.dnstap.message_type = message_type;
    record.dnstap.query_message = tl_bytes_of_text("query");
    record.dnstap.response_message = tl_bytes_of_text("response");
    record.dnstap.query_time_sec = 1;
    record.dnstap.query_time_nsec = 2;
    record.dnstap.response_time_sec = 3;
    record.dnstap.response_time_nsec = 4;
    return record;
}

static void the_type_chooses_the_half(void **state)
{
    (void)state;
    for (int32_t type = 1; type <= 14; type++) {
        struct record record = both_halves(type);
        struct tl_time time = {0, 0};
        assert_int_equal(record_is_query(&record), type % 2);
        assert_int_equal(record_wire(&record).size, type % 2 ? 5 : 8);
        assert_true(record_half_time(&record, record_is_query(&record), &time));
        assert_int_equal(time.seconds, type % 2 ? 1 : 3);
        assert_int_equal(time.nanoseconds, type % 2 ? 2 : 4);
    }
}

static void an_unknown_type_is_about_what_is_there(void **state)
{
    (void)state;
    static const int32_t types[] = {0, 15, 99, -1, INT32_MIN, INT32_MAX};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct record record = both_halves(types[i]);
        assert_false(record_is_query(&record));
        assert_int_equal(record_wire(&record).size, 8);
        record.dnstap.present &= ~(1u << TL_DNSTAP_F_RESPONSE_MESSAGE);
        assert_false(record_is_query(&record));
        record.dnstap.present &=
            ~(1u << TL_DNSTAP_F_RESPONSE_TIME_SEC | 1u << TL_DNSTAP_F_RESPONSE_TIME_NSEC);
        assert_true(record_is_query(&record));
        assert_int_equal(record_wire(&record).size, 5);
    }
}

static void a_time_needs_both_parts_in_range(void **state)
{
    (void)state;
    struct record record = both_halves(TL_DNSTAP_TOOL_RESPONSE);
    struct tl_time time = {77, 78};

    record.dnstap.response_time_nsec = 1000000000;
    assert_false(record_half_time(&record, false, &time));
    record.dnstap.response_time_nsec = 999999999;
    record.dnstap.response_time_sec = TL_TIME_SECONDS_MAX + 1ull;
    assert_false(record_half_time(&record, false, &time));
    assert_int_equal(time.seconds, 77);
    record.dnstap.response_time_sec = TL_TIME_SECONDS_MAX;
    assert_true(record_half_time(&record, false, &time));
    assert_int_equal(time.seconds, TL_TIME_SECONDS_MAX);
    record.dnstap.present &= ~(1u << TL_DNSTAP_F_RESPONSE_TIME_NSEC);
    assert_false(record_half_time(&record, false, &time));
    record.dnstap.present |= 1u << TL_DNSTAP_F_RESPONSE_TIME_NSEC;
    record.dnstap.present &= ~(1u << TL_DNSTAP_F_RESPONSE_TIME_SEC);
    assert_false(record_half_time(&record, false, &time));
}

static void a_stored_frame_always_has_a_time(void **state)
{
    (void)state;
    struct record record = both_halves(TL_DNSTAP_TOOL_RESPONSE), nothing = {.status = TL_TRUNCATED};
    struct tl_time time;

    record.dnstap.response_time_nsec = 999999999;
    assert_int_equal(record_stored_ms(&record, 5001), 3999);
    record.dnstap.response_time_nsec = 1000000000;
    assert_true(record_any_time(&record, &time));
    assert_int_equal(time.seconds, 1);
    assert_int_equal(time.nanoseconds, 2);
    assert_int_equal(record_stored_ms(&record, 5001), 1000);
    record.dnstap.present &= ~(1u << TL_DNSTAP_F_QUERY_TIME_SEC);
    assert_false(record_any_time(&record, &time));
    assert_int_equal(record_stored_ms(&record, 5001), 5001);
    record = both_halves(TL_DNSTAP_TOOL_QUERY);
    record.dnstap.present &= ~(1u << TL_DNSTAP_F_QUERY_TIME_NSEC);
    assert_int_equal(record_stored_ms(&record, 5001), 3000);
    assert_int_equal(record_stored_ms(&nothing, 5001), 5001);
}

static void a_latency_needs_both_times_in_order(void **state)
{
    (void)state;
    struct record record = both_halves(TL_DNSTAP_TOOL_RESPONSE);
    uint64_t latency = 77;

    assert_true(record_latency(&record, &latency));
    assert_int_equal(latency, 2000000002);
    record.dnstap.query_time_sec = 3;
    record.dnstap.query_time_nsec = 5;
    assert_false(record_latency(&record, &latency));
    record.dnstap.query_time_nsec = 4;
    assert_true(record_latency(&record, &latency));
    assert_int_equal(latency, 0);
    record.dnstap.query_time_sec = 4;
    assert_false(record_latency(&record, &latency));
    record.dnstap.query_time_sec = 2;
    record.dnstap.query_time_nsec = 999999999;
    assert_true(record_latency(&record, &latency));
    assert_int_equal(latency, 5);
    record.dnstap.present &= ~(1u << TL_DNSTAP_F_QUERY_TIME_SEC);
    assert_false(record_latency(&record, &latency));
    assert_int_equal(latency, 5);
    record.dnstap.query_time_sec = 0;
    record.dnstap.present |= 1u << TL_DNSTAP_F_QUERY_TIME_SEC;
    record.dnstap.response_time_sec = UINT64_MAX / 1000000000 - 1;
    assert_true(record_latency(&record, &latency));
    record.dnstap.response_time_sec++;
    assert_false(record_latency(&record, &latency));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_is_decoded_where_it_lies),
        cmocka_unit_test(what_is_no_dnstap_has_a_reason_and_no_fields),
        cmocka_unit_test(only_type_message_with_a_message_is_a_message),
        cmocka_unit_test(the_type_chooses_the_half),
        cmocka_unit_test(an_unknown_type_is_about_what_is_there),
        cmocka_unit_test(a_time_needs_both_parts_in_range),
        cmocka_unit_test(a_stored_frame_always_has_a_time),
        cmocka_unit_test(a_latency_needs_both_times_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
