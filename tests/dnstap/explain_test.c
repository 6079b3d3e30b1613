/* Frames that must not decode: the status, the offset and the field's name. */
#include "dnstap/sample.h"
#include "proof/guarded.h"
#include "proof/test.h"

static const struct field {
    const char *name;
    unsigned depth; /* 0 Dnstap, 1 Message, 2 Policy */
    unsigned number;
    unsigned wire_type;
} fields[] = {
    {"identity", 0, 1, 2},
    {"version", 0, 2, 2},
    {"extra", 0, 3, 2},
    {"message", 0, 14, 2},
    {"type", 0, 15, 0},
    {"message.type", 1, 1, 0},
    {"message.socket_family", 1, 2, 0},
    {"message.socket_protocol", 1, 3, 0},
    {"message.query_address", 1, 4, 2},
    {"message.response_address", 1, 5, 2},
    {"message.query_port", 1, 6, 0},
    {"message.response_port", 1, 7, 0},
    {"message.query_time_sec", 1, 8, 0},
    {"message.query_time_nsec", 1, 9, 5},
    {"message.query_message", 1, 10, 2},
    {"message.query_zone", 1, 11, 2},
    {"message.response_time_sec", 1, 12, 0},
    {"message.response_time_nsec", 1, 13, 5},
    {"message.response_message", 1, 14, 2},
    {"message.policy", 1, 15, 2},
    {"message.http_protocol", 1, 16, 0},
    {"message.policy.type", 2, 1, 2},
    {"message.policy.rule", 2, 2, 2},
    {"message.policy.action", 2, 3, 0},
    {"message.policy.match", 2, 4, 0},
    {"message.policy.value", 2, 5, 2},
};
static const char *const unknown[] = {"unknown field", "unknown field of message",
                                      "unknown field of message.policy"};

enum { COUNT = sizeof(fields) / sizeof(fields[0]) };

/* A frame with `content` in the message of this depth, which begins at the returned offset. */
static size_t wrap(unsigned depth, const uint8_t *content, size_t size, uint8_t *to, size_t *ret_size)
{
    size_t at = 0;

    to[at++] = 0x78;
    to[at++] = 1;
    if (depth >= 1) {
        to[at++] = 0x72;
        to[at++] = (uint8_t)(size + (depth == 2 ? 4 : 2));
        to[at++] = 0x08;
        to[at++] = 1;
    }
    if (depth == 2) {
        to[at++] = 0x7a;
        to[at++] = (uint8_t)size;
    }
    memcpy(to + at, content, size);
    *ret_size = at + size;
    return at;
}

static void check(const uint8_t *data, size_t size, enum tl_status status, size_t offset, const char *what)
{
    struct guarded in = guarded_new(data, size);
    struct tl_dnstap dnstap, before;
    struct tl_dnstap_error error = {12345, "untouched"};

    memset(&dnstap, 0xa5, sizeof(dnstap));
    memset(&before, 0xa5, sizeof(before));
    assert_int_equal(tl_dnstap_decode(tl_bytes(in.data, in.size), &dnstap, &error), status);
    if (status == TL_OK) {
        assert_int_equal(error.offset, 12345);
        assert_string_equal(error.what, "untouched");
    } else {
        assert_int_equal(error.offset, offset);
        assert_string_equal(error.what, what);
        assert_memory_equal(&dnstap, &before, sizeof(dnstap));
        assert_int_equal(tl_dnstap_decode(tl_bytes(in.data, in.size), &dnstap, NULL), status);
    }
    guarded_free(&in);
}

static void check_content(unsigned depth, const uint8_t *content, size_t size, enum tl_status status,
                          size_t offset, const char *what)
{
    uint8_t frame[128];
    size_t frame_size;
    size_t start = wrap(depth, content, size, frame, &frame_size);

    check(frame, frame_size, status, start + offset, what);
}

/* Tag and, for each wire type, a value that would do. */
static size_t put_field(uint8_t *to, unsigned number, unsigned wire_type)
{
    unsigned tag = number << 3 | wire_type;
    size_t at = 0;

    for (; tag >= 0x80; tag >>= 7)
        to[at++] = (uint8_t)(tag | 0x80);
    to[at++] = (uint8_t)tag;
    if (wire_type == 0 || wire_type == 2)
        to[at++] = 0;
    else if (wire_type == 5)
        at += 4;
    else if (wire_type == 1)
        at += 8;
    return at;
}

static void known_fields_take_one_wire_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        for (unsigned wire_type = 0; wire_type < 8; wire_type++) {
            uint8_t content[32] = {0};
            bool good = wire_type == fields[i].wire_type;
            size_t size = put_field(content, fields[i].number, wire_type);
            /* Behind a field of another kind, to see that the offset moves. */
            for (size_t before = 0; before <= 3; before += 3) {
                uint8_t shifted[40] = {0xf8, 0x07, 1};
                memcpy(shifted + before, content, size);
                enum tl_status status = good ? TL_OK : TL_BAD_WIRE_TYPE;
                if (good && strcmp(fields[i].name, "message") == 0)
                    check_content(0, shifted, before + size, TL_MISSING_FIELD, before + size, "message.type");
                else
                    check_content(fields[i].depth, shifted, before + size, status, before, fields[i].name);
            }
        }
    }
}

static void unknown_fields_take_four_wire_types(void **state)
{
    (void)state;
    static const unsigned numbers[] = {17, 31, 32, 33, 47, 64, (1u << 29) - 1};
    for (unsigned depth = 0; depth <= 2; depth++) {
        for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
            for (unsigned wire_type = 0; wire_type < 8; wire_type++) {
                uint8_t content[32] = {0};
                bool good = wire_type <= 2 || wire_type == 5;
                size_t size = put_field(content, numbers[i], wire_type);
                check_content(depth, content, size, good ? TL_OK : TL_BAD_WIRE_TYPE, 0, unknown[depth]);
            }
        }
    }
}

static void bad_tags_and_varints(void **state)
{
    (void)state;
    static const struct {
        uint8_t content[16];
        size_t size;
        enum tl_status status;
    } cases[] = {
        {{0x00, 0}, 2, TL_BAD_TAG},
        {{0x02, 0}, 2, TL_BAD_TAG},
        {{0x07, 0}, 2, TL_BAD_TAG},
        {{0x80, 0x00, 0}, 3, TL_BAD_TAG},
        {{0x80, 0x80, 0x80, 0x80, 0x10, 0}, 6, TL_BAD_TAG}, /* field number 2^29 */
        {{0x8a, 0x80, 0x80, 0x80, 0x10, 0}, 6, TL_BAD_TAG}, /* 2^29 + 1: not cut to 1 */
        {{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00}, 11, TL_BAD_VARINT},
        {{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80}, 10, TL_BAD_VARINT},
        {{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80}, 9, TL_TRUNCATED},
        {{0x80}, 1, TL_TRUNCATED},
    };
    for (unsigned depth = 0; depth <= 2; depth++)
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
            check_content(depth, cases[i].content, cases[i].size, cases[i].status, 0, unknown[depth]);
}

/* Each varint, be it a value or a length, cut off at every byte and too long by one. */
static void varints_of_known_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        uint8_t content[32];
        size_t tag_size = put_field(content, fields[i].number, fields[i].wire_type) - 1;
        if (fields[i].wire_type == 5)
            continue;
        memset(content + tag_size, 0x80, sizeof(content) - tag_size);
        for (size_t size = 0; size <= 12; size++)
            check_content(fields[i].depth, content, tag_size + size, size < 10 ? TL_TRUNCATED : TL_BAD_VARINT,
                          0, fields[i].name);
    }
}

static void lengths_beyond_the_message(void **state)
{
    (void)state;
    static const uint8_t huge[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
    for (size_t i = 0; i < COUNT; i++) {
        uint8_t content[32] = {0};
        size_t tag_size = put_field(content, fields[i].number, fields[i].wire_type) - 1;
        if (fields[i].wire_type != 2)
            continue;
        content[tag_size] = 2;
        check_content(fields[i].depth, content, tag_size + 2, TL_TRUNCATED, 0, fields[i].name);
        memcpy(content + tag_size, huge, sizeof(huge));
        check_content(fields[i].depth, content, tag_size + sizeof(huge), TL_TRUNCATED, 0, fields[i].name);
        check_content(fields[i].depth, content, tag_size + sizeof(huge) + 2, TL_TRUNCATED, 0, fields[i].name);
    }
}

/* `ends` says where each field of a message of the sample ends. A cut there is a shorter message; elsewhere
 * it is an error in the field that was cut, which has no name yet if its tag is cut as well. */
static void check_cuts(unsigned depth, const uint8_t *content, const uint8_t *ends, size_t count,
                       const struct field *names)
{
    size_t field = 0, start = 0;

    for (size_t size = 0; size <= ends[count - 1]; size++) {
        if (size == ends[field])
            start = ends[field++];
        if (size == start)
            check_content(depth, content, size, TL_OK, 0, NULL);
        else
            check_content(depth, content, size, TL_TRUNCATED, start,
                          size - start == 1 && names[field].number > 15 ? unknown[depth] : names[field].name);
    }
}

static void every_truncation(void **state)
{
    (void)state;
    static const uint8_t message_ends[] = {2, 4, 6, 12, 18, 21, 23, 29, 34, 38, 43, 49, 54, 58, 80, 83};
    static const uint8_t policy_ends[] = {5, 10, 12, 14, 20};

    check_cuts(1, every_field + MESSAGE_AT, message_ends, sizeof(message_ends), fields + 5);
    check_cuts(2, every_field + POLICY_AT, policy_ends, sizeof(policy_ends), fields + 21);

    /* Of the frame itself every cut is an error, since the required type comes last. */
    static const uint8_t ends[] = {4, 7, 12, 97, 99};
    size_t field = 0, start = 0;
    for (size_t size = 0; size < sizeof(every_field); size++) {
        if (size == ends[field])
            start = ends[field++];
        if (size == start)
            check(every_field, size, TL_MISSING_FIELD, size, "type");
        else
            check(every_field, size, TL_TRUNCATED, start, fields[field].name);
    }
}

static void required_fields(void **state)
{
    (void)state;
    static const uint8_t neither[] = {0x0a, 1, 'i', 0x72, 0}, no_inner[] = {0x78, 1, 0x72, 2, 0x10, 1};
    static const uint8_t no_outer[] = {0x72, 2, 0x08, 1};
    struct tl_dnstap dnstap;
    struct tl_dnstap_error error;

    check(neither, sizeof(neither), TL_MISSING_FIELD, sizeof(neither), "type");
    check(no_inner, sizeof(no_inner), TL_MISSING_FIELD, sizeof(no_inner), "message.type");
    check(no_outer, sizeof(no_outer), TL_MISSING_FIELD, sizeof(no_outer), "type");
    assert_int_equal(tl_dnstap_decode(tl_bytes(NULL, 0), &dnstap, &error), TL_MISSING_FIELD);
    assert_int_equal(error.offset, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_fields_take_one_wire_type),
        cmocka_unit_test(unknown_fields_take_four_wire_types),
        cmocka_unit_test(bad_tags_and_varints),
        cmocka_unit_test(varints_of_known_fields),
        cmocka_unit_test(lengths_beyond_the_message),
        cmocka_unit_test(every_truncation),
        cmocka_unit_test(required_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
