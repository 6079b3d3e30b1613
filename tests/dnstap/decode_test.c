#include "dnstap/sample.h"
#include "proof/guarded.h"
#include "proof/test.h"

/* Decodes a copy that ends at an unreadable page. The struct's slices are gone with it: tests that look at
 * them use bytes of their own. */
static enum tl_status decode_guarded(const uint8_t *data, size_t size, struct tl_dnstap *ret_dnstap)
{
    struct guarded in = guarded_new(data, size);
    enum tl_status status = tl_dnstap_decode(tl_bytes(in.data, in.size), ret_dnstap, NULL);
    guarded_free(&in);
    return status;
}

#define decode(array, ret_dnstap)                                                                            \
    do {                                                                                                     \
        assert_int_equal(decode_guarded(array, sizeof(array), ret_dnstap), TL_OK);                           \
        assert_int_equal(tl_dnstap_decode(tl_bytes(array, sizeof(array)), ret_dnstap, NULL), TL_OK);         \
    } while (0)

#define assert_slice(slice, literal)                                                                         \
    do {                                                                                                     \
        assert_int_equal((slice).size, sizeof(literal) - 1);                                                 \
        assert_memory_equal((slice).data, literal, sizeof(literal) - 1);                                     \
    } while (0)

static void every_field_arrives(void **state)
{
    (void)state;
    struct guarded in = guarded_new(every_field, sizeof(every_field));
    struct tl_dnstap dnstap;
    struct tl_dnstap_error error = {77, "untouched"};

    assert_int_equal(tl_dnstap_decode(tl_bytes(in.data, in.size), &dnstap, &error), TL_OK);
    assert_int_equal(error.offset, 77);
    assert_int_equal(dnstap.present, (1u << TL_DNSTAP_FIELDS) - 1);
    assert_slice(dnstap.identity, "id");
    assert_slice(dnstap.version, "v");
    assert_slice(dnstap.extra, "ext");
    assert_int_equal(dnstap.type, TL_DNSTAP_TYPE_MESSAGE);
    assert_int_equal(dnstap.message_type, TL_DNSTAP_CLIENT_RESPONSE);
    assert_int_equal(dnstap.socket_family, 2);
    assert_int_equal(dnstap.socket_protocol, TL_DNSTAP_DOH);
    assert_int_equal(dnstap.http_protocol, 3);
    assert_slice(dnstap.query_address, "\xc0\0\2\1");
    assert_slice(dnstap.response_address, "\xc0\0\2\x35");
    assert_int_equal(dnstap.query_port, 1234);
    assert_int_equal(dnstap.response_port, 53);
    assert_int_equal(dnstap.query_time_sec, 1700000000);
    assert_int_equal(dnstap.query_time_nsec, 123456789);
    assert_int_equal(dnstap.response_time_sec, 1700000001);
    assert_int_equal(dnstap.response_time_nsec, 999999999);
    assert_slice(dnstap.query_message, "qm");
    assert_slice(dnstap.query_zone, "\1z\0");
    assert_slice(dnstap.response_message, "rm");
    assert_slice(dnstap.policy_type, "RPZ");
    assert_slice(dnstap.policy_rule, "\1r\0");
    assert_int_equal(dnstap.policy_action, 6);
    assert_int_equal(dnstap.policy_match, 5);
    assert_slice(dnstap.policy_value, "val!");
    assert_int_equal(dnstap.unknown.count + dnstap.message_unknown.count + dnstap.policy_unknown.count, 0);
    assert_ptr_equal(dnstap.identity.data, in.data + 2);
    guarded_free(&in);
}

static void the_last_of_repeated_scalars_wins(void **state)
{
    (void)state;
    static const uint8_t frame[] = {
        0x78, 9,  0x0a, 3,    'o', 'l',  'd', 0x0a, 1, 'n', 0x78, 1, /* type, identity, identity, type */
        0x72, 30,                                                    /* message */
        0x08, 1,  0x08, 2,                                           /* type */
        0x30, 1,  0x30, 2,                                           /* query_port */
        0x40, 1,  0x40, 2,                                           /* query_time_sec */
        0x4d, 1,  0,    0,    0,   0x4d, 2,   0,    0, 0,            /* query_time_nsec */
        0x52, 1,  'a',  0x52, 0,                                     /* query_message: empty, but there */
        0x22, 1,  4,                                                 /* query_address */
    };
    struct tl_dnstap dnstap;

    decode(frame, &dnstap);
    assert_slice(dnstap.identity, "n");
    assert_int_equal(dnstap.type, 1);
    assert_int_equal(dnstap.message_type, 2);
    assert_int_equal(dnstap.query_port, 2);
    assert_int_equal(dnstap.query_time_sec, 2);
    assert_int_equal(dnstap.query_time_nsec, 2);
    assert_int_equal(dnstap.query_message.size, 0);
    assert_true(tl_dnstap_has(&dnstap, TL_DNSTAP_F_QUERY_MESSAGE));
    assert_false(tl_dnstap_has(&dnstap, TL_DNSTAP_F_RESPONSE_MESSAGE));
}

static void repeated_messages_are_merged_field_by_field(void **state)
{
    (void)state;
    static const uint8_t frame[] = {
        0x72, 13,                   /* message without type */
        0x30, 1,  0x38, 2,          /*   query_port, response_port */
        0x7a, 4,  0x18, 1, 0x20, 1, /*   policy: action, match */
        0x88, 1,  9,                /*   unknown 17 */
        0x78, 1,                    /* type */
        0x72, 15,                   /* message again */
        0x08, 5,  0x38, 3,          /*   type, response_port */
        0x7a, 2,  0x20, 2,          /*   policy: match */
        0x88, 1,  8,                /*   unknown 17 */
        0x7a, 2,  0x18, 3,          /*   policy: action */
    };
    struct tl_dnstap dnstap;

    decode(frame, &dnstap);
    assert_int_equal(dnstap.message_type, 5);
    assert_int_equal(dnstap.query_port, 1);
    assert_int_equal(dnstap.response_port, 3);
    assert_int_equal(dnstap.policy_action, 3);
    assert_int_equal(dnstap.policy_match, 2);
    assert_int_equal(dnstap.message_unknown.count, 2);
    assert_slice(dnstap.message_unknown.fields[0], "\x88\1\x09");
    assert_slice(dnstap.message_unknown.fields[1], "\x88\1\x08");
}

static void an_empty_sub_message_is_present(void **state)
{
    (void)state;
    static const uint8_t without[] = {0x78, 1}, with_policy[] = {0x78, 1, 0x72, 4, 0x08, 1, 0x7a, 0};
    static const uint8_t empty[] = {0x78, 1, 0x72, 0};
    struct tl_dnstap dnstap;

    decode(without, &dnstap);
    assert_int_equal(dnstap.present, 1u << TL_DNSTAP_F_TYPE);
    decode(with_policy, &dnstap);
    assert_int_equal(dnstap.present, 1u << TL_DNSTAP_F_TYPE | 1u << TL_DNSTAP_F_MESSAGE |
                                         1u << TL_DNSTAP_F_MESSAGE_TYPE | 1u << TL_DNSTAP_F_POLICY);
    assert_int_equal(decode_guarded(empty, sizeof(empty), &dnstap), TL_MISSING_FIELD);
}

static void numbers_are_cut_as_protobuf_says(void **state)
{
    (void)state;
    static const uint8_t frame[] = {
        0x78, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0x01,                               /* type: all 64 bits set */
        0x72, 60,                           /* message */
        0x08, 0x85, 0x80, 0x80, 0x80, 0x10, /*   type: 2^32 + 5 */
        0x10, 0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
        0x00,                               /*   family: 2 in ten bytes */
        0x30, 0x87, 0x80, 0x80, 0x80, 0x20, /*   query_port: 2^33 + 7 */
        0x38, 0xff, 0xff, 0xff, 0xff, 0x0f, /*   response_port: 2^32 - 1 */
        0x40, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0x7f,                                                       /*   query_time_sec: beyond 64 bits */
        0x60, 0xd2, 0xa9, 0xfc, 0xb1, 0xa3, 0xc5, 0x8a, 0x80, 0x01, /*   response_time_sec: nine bytes */
        0x90, 0x80, 0x80, 0x00, 0x06, /*   family again, its tag in four bytes */
        0x80, 0x01, 0x82, 0x80, 0x00, /*   http_protocol: 2 in three bytes */
    };
    struct tl_dnstap dnstap;

    decode(frame, &dnstap);
    assert_int_equal(dnstap.type, -1);
    assert_int_equal(dnstap.message_type, 5);
    assert_int_equal(dnstap.socket_family, 6);
    assert_int_equal(dnstap.query_port, 7);
    assert_true(dnstap.response_port == UINT32_MAX);
    assert_true(dnstap.query_time_sec == UINT64_MAX);
    assert_true(dnstap.response_time_sec == 0x1002a2a363f14d2);
    assert_int_equal(dnstap.http_protocol, 2);
    assert_int_equal(dnstap.message_unknown.count, 0);
}

/* Every varint length at every distance from the end of the message, since there are ways for near and far
 * ends. */
static void varints_of_every_length_anywhere(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 64; bits++) {
        for (size_t behind = 0; behind < 12; behind++) {
            uint64_t expected =
                (UINT64_C(1) << bits) | (bits * UINT64_C(0x9e3779b97f4a7c15) & ((UINT64_C(1) << bits) - 1));
            uint8_t frame[64] = {0x78, 1, 0x72, 0, 0x08, 1, 0x40};
            size_t size = 7;
            uint64_t value = expected;
            for (; value >= 0x80; value >>= 7)
                frame[size++] = (uint8_t)(value | 0x80);
            frame[size++] = (uint8_t)value;
            for (size_t i = 0; i < behind; i++)
                frame[size++] = i % 2 ? 7 : 0x38; /* response_port 7, or cut off before its value */
            frame[3] = (uint8_t)(size - 4);
            struct tl_dnstap dnstap;
            enum tl_status status = decode_guarded(frame, size, &dnstap);
            assert_int_equal(status, behind % 2 ? TL_TRUNCATED : TL_OK);
            if (status == TL_OK)
                assert_true(dnstap.query_time_sec == expected);
        }
    }
}

/* The inner fields of the sample, in an order of its own each time. */
static void the_order_of_fields_does_not_matter(void **state)
{
    (void)state;
    static const uint8_t ends[] = {2, 4, 6, 12, 18, 21, 23, 29, 34, 38, 43, 49, 54, 58, 80, 83};
    enum { COUNT = sizeof(ends) };
    struct tl_dnstap expected, dnstap;

    decode(every_field, &expected);
    srandom(5);
    for (int round = 0; round < 500; round++) {
        uint8_t order[COUNT], frame[sizeof(every_field)];
        size_t size = MESSAGE_AT;
        for (uint8_t i = 0; i < COUNT; i++) {
            size_t with = (size_t)random() % (i + 1u);
            order[i] = order[with];
            order[with] = i;
        }
        memcpy(frame, every_field, sizeof(frame));
        for (size_t i = 0; i < COUNT; i++) {
            size_t start = order[i] ? ends[order[i] - 1] : 0;
            memcpy(frame + size, every_field + MESSAGE_AT + start, ends[order[i]] - start);
            size += ends[order[i]] - start;
        }
        decode(frame, &dnstap);
        assert_true(dnstap_equal(&dnstap, &expected));
    }
}

static void unknown_fields_are_kept(void **state)
{
    (void)state;
    static const uint8_t frame[] = {
        0x20, 1,    0x29, 1,    2,    3, 4, 5, 6, 7, 8, /* 4 varint, 5 fixed64: one slice */
        0x78, 1,                                        /* type */
        0x32, 2,    'a',  'b',                          /* 6 bytes */
        0x72, 11,                                       /* message */
        0xfd, 0xff, 0xff, 0xff, 0x0f, 1, 2, 3, 4,       /*   fixed32 with the highest field number */
        0x08, 1,                                        /*   type */
        0x38, 0xff, 0x01,                               /* 7 varint */
    };
    struct tl_dnstap dnstap;

    decode(frame, &dnstap);
    assert_int_equal(dnstap.unknown.count, 3);
    assert_ptr_equal(dnstap.unknown.fields[0].data, frame);
    assert_int_equal(dnstap.unknown.fields[0].size, 11);
    assert_slice(dnstap.unknown.fields[1], "\x32\2ab");
    assert_slice(dnstap.unknown.fields[2], "\x38\xff\1");
    assert_int_equal(dnstap.unknown.omitted, 0);
    assert_int_equal(dnstap.message_unknown.count, 1);
    assert_slice(dnstap.message_unknown.fields[0], "\xfd\xff\xff\xff\x0f\1\2\3\4");
    assert_int_equal(dnstap.policy_unknown.count, 0);
}

static void more_unknown_fields_than_fit_are_counted(void **state)
{
    (void)state;
    static const uint8_t frame[] = {
        0x20, 1, 0x78, 1, 0x20, 2, 0x78, 1,   0x20, 3,    0x78, 1,       /* three slices */
        0x20, 4, 0x20, 5, 0x78, 1,                                       /* the fourth */
        0x20, 6, 0x78, 1, 0x22, 3, 'a',  'b', 'c',  0x20, 7,    0x78, 1, /* two and seven bytes more */
    };
    struct tl_dnstap dnstap;

    decode(frame, &dnstap);
    assert_int_equal(dnstap.unknown.count, TL_DNSTAP_UNKNOWN_MAX);
    assert_slice(dnstap.unknown.fields[2], "\x20\3");
    assert_slice(dnstap.unknown.fields[3], "\x20\4\x20\5");
    assert_int_equal(dnstap.unknown.omitted, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_arrives),
        cmocka_unit_test(the_last_of_repeated_scalars_wins),
        cmocka_unit_test(repeated_messages_are_merged_field_by_field),
        cmocka_unit_test(an_empty_sub_message_is_present),
        cmocka_unit_test(numbers_are_cut_as_protobuf_says),
        cmocka_unit_test(varints_of_every_length_anywhere),
        cmocka_unit_test(the_order_of_fields_does_not_matter),
        cmocka_unit_test(unknown_fields_are_kept),
        cmocka_unit_test(more_unknown_fields_than_fit_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
