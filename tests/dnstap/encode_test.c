#include "dnstap/sample.h"
#include "proof/guarded.h"
#include "proof/test.h"

/* Encodes into memory that ends at an unreadable page, expects exactly these bytes, and TL_FULL with nothing
 * written for every smaller size. */
static void check(const struct tl_dnstap *dnstap, const uint8_t *expected, size_t expected_size)
{
    uint8_t filler[256];

    memset(filler, 0xa5, sizeof(filler));
    assert_int_equal(tl_dnstap_size(dnstap), expected_size);
    for (size_t size = 0; size <= expected_size + 1; size++) {
        struct guarded out = guarded_new(filler, size);
        if (size < expected_size) {
            assert_int_equal(tl_dnstap_encode(dnstap, out.data, out.size), TL_FULL);
            assert_int_equal(memcmp(out.data, filler, out.size), 0);
        } else {
            assert_int_equal(tl_dnstap_encode(dnstap, out.data, out.size), TL_OK);
            assert_true(tl_bytes_equal(tl_bytes(out.data, expected_size), tl_bytes(expected, expected_size)));
            assert_int_equal(memcmp(out.data + expected_size, filler, size - expected_size), 0);
        }
        guarded_free(&out);
    }
}

static void every_field_is_written_in_order(void **state)
{
    (void)state;
    struct tl_dnstap dnstap;

    assert_int_equal(tl_dnstap_decode(tl_bytes(every_field, sizeof(every_field)), &dnstap, NULL), TL_OK);
    check(&dnstap, every_field, sizeof(every_field));
}

static void only_present_fields_are_written(void **state)
{
    (void)state;
    static const uint8_t one[] = {0x78, 1};
    struct tl_dnstap dnstap;

    assert_int_equal(tl_dnstap_decode(tl_bytes(every_field, sizeof(every_field)), &dnstap, NULL), TL_OK);
    dnstap.present = 1u << TL_DNSTAP_F_TYPE;
    check(&dnstap, one, sizeof(one));
    dnstap.present = 0;
    check(&dnstap, NULL, 0);
    assert_int_equal(tl_dnstap_encode(&dnstap, NULL, 0), TL_OK);
}

static void a_field_brings_its_sub_message_along(void **state)
{
    (void)state;
    static const uint8_t of_policy[] = {0x72, 4, 0x7a, 2, 0x20, 5, 0x78, 1};
    static const uint8_t of_message[] = {0x72, 2, 0x08, 3, 0x78, 1};
    static const uint8_t empty[] = {0x72, 2, 0x7a, 0, 0x78, 1};
    static const uint8_t unknown[] = {0x72, 5, 0x7a, 3, 0x88, 1, 7, 0x78, 1};
    struct tl_dnstap dnstap = {.type = 1, .policy_match = 5, .message_type = 3};
    const uint32_t type = 1u << TL_DNSTAP_F_TYPE;

    dnstap.present = type | 1u << TL_DNSTAP_F_POLICY_MATCH;
    check(&dnstap, of_policy, sizeof(of_policy));
    dnstap.present = type | 1u << TL_DNSTAP_F_MESSAGE_TYPE;
    check(&dnstap, of_message, sizeof(of_message));
    dnstap.present = type | 1u << TL_DNSTAP_F_POLICY;
    check(&dnstap, empty, sizeof(empty));
    dnstap.present = type;
    dnstap.policy_unknown.fields[0] = tl_bytes(unknown + 4, 3);
    dnstap.policy_unknown.count = 1;
    check(&dnstap, unknown, sizeof(unknown));
}

static void numbers_at_the_edges(void **state)
{
    (void)state;
    static const uint8_t expected[] = {
        0x72, 51,                                                         /* message */
        0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, /*   type -1: sign-extended */
        0x10, 0x00,                                                       /*   family 0 */
        0x18, 0x80, 0x01,                                                 /*   protocol 128 */
        0x30, 0x7f,                                                       /*   query_port 127 */
        0x38, 0xff, 0xff, 0xff, 0xff, 0x0f,                               /*   response_port 2^32 - 1 */
        0x40, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, /*   query_time_sec 2^64 - 1 */
        0x4d, 0xff, 0xff, 0xff, 0xff,                                     /*   query_time_nsec 2^32 - 1 */
        0x52, 0x00,                                                       /*   query_message, empty */
        0x60, 0x80, 0x80, 0x01,                                           /*   response_time_sec 2^14 */
        0x80, 0x01, 0xff, 0xff, 0x03,                                     /*   http_protocol 2^16 - 1 */
        0x78, 0xff, 0xff, 0xff, 0xff, 0x07,                               /* type 2^31 - 1 */
    };
    struct tl_dnstap dnstap = {
        .message_type = -1,
        .socket_protocol = 128,
        .query_port = 127,
        .response_port = UINT32_MAX,
        .query_time_sec = UINT64_MAX,
        .query_time_nsec = UINT32_MAX,
        .response_time_sec = 1 << 14,
        .http_protocol = 65535,
        .type = INT32_MAX,
    };
    static const enum tl_dnstap_field present[] = {
        TL_DNSTAP_F_MESSAGE_TYPE,    TL_DNSTAP_F_SOCKET_FAMILY, TL_DNSTAP_F_SOCKET_PROTOCOL,
        TL_DNSTAP_F_QUERY_PORT,      TL_DNSTAP_F_RESPONSE_PORT, TL_DNSTAP_F_QUERY_TIME_SEC,
        TL_DNSTAP_F_QUERY_TIME_NSEC, TL_DNSTAP_F_QUERY_MESSAGE, TL_DNSTAP_F_RESPONSE_TIME_SEC,
        TL_DNSTAP_F_HTTP_PROTOCOL,   TL_DNSTAP_F_TYPE,
    };

    for (size_t i = 0; i < sizeof(present) / sizeof(present[0]); i++)
        dnstap.present |= 1u << present[i];
    check(&dnstap, expected, sizeof(expected));
}

static void long_slices_have_long_lengths(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 127, 128, 16383, 16384, 65535, 2097151, 2097152};
    static uint8_t content[2097152], frame[2097152 + 64];
    struct tl_dnstap dnstap = {.present = 1u << TL_DNSTAP_F_TYPE | 1u << TL_DNSTAP_F_MESSAGE_TYPE |
                                          1u << TL_DNSTAP_F_RESPONSE_MESSAGE,
                               .type = 1,
                               .message_type = 2};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct tl_dnstap back;
        size_t length_size = sizes[i] < 128 ? 1 : sizes[i] < 16384 ? 2 : sizes[i] < 2097152 ? 3 : 4;
        size_t inner = 2 + 1 + length_size + sizes[i];
        size_t outer_length_size = inner < 128 ? 1 : inner < 16384 ? 2 : inner < 2097152 ? 3 : 4;
        dnstap.response_message = tl_bytes(content, sizes[i]);
        assert_int_equal(tl_dnstap_size(&dnstap), 1 + outer_length_size + inner + 2);
        assert_int_equal(tl_dnstap_encode(&dnstap, frame, sizeof(frame)), TL_OK);
        assert_int_equal(tl_dnstap_decode(tl_bytes(frame, tl_dnstap_size(&dnstap)), &back, NULL), TL_OK);
        assert_int_equal(back.response_message.size, sizes[i]);
        assert_int_equal(back.message_type, 2);
    }
}

static void unknown_fields_come_last(void **state)
{
    (void)state;
    static const uint8_t frame[] = {0x20, 1, 0x78, 1, 0x20, 2, 0x72, 7, 0x98, 6, 1, 0x10, 1, 0x08, 4};
    static const uint8_t expected[] = {0x72, 7, 0x08, 4, 0x10, 1, 0x98, 6, 1, 0x78, 1, 0x20, 1, 0x20, 2};
    struct tl_dnstap dnstap, back;

    assert_int_equal(tl_dnstap_decode(tl_bytes(frame, sizeof(frame)), &dnstap, NULL), TL_OK);
    assert_int_equal(dnstap.unknown.count, 2);
    check(&dnstap, expected, sizeof(expected));
    assert_int_equal(tl_dnstap_decode(tl_bytes(expected, sizeof(expected)), &back, NULL), TL_OK);
    assert_true(dnstap_equal(&dnstap, &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_written_in_order),
        cmocka_unit_test(only_present_fields_are_written),
        cmocka_unit_test(a_field_brings_its_sub_message_along),
        cmocka_unit_test(numbers_at_the_edges),
        cmocka_unit_test(long_slices_have_long_lengths),
        cmocka_unit_test(unknown_fields_come_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
