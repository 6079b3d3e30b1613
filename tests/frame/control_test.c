#include "proof/guarded.h"
#include "proof/test.h"

#include <tapline/frame.h>

#define DNSTAP "protobuf:dnstap.Dnstap"

/* Every type as it stands on the wire (fstrm/control.h). */
/* clang-format off */
static const struct golden {
    const char *name;
    uint32_t type;
    uint32_t content_type_count;
    const char *content_types[2];
    size_t size;
    const char *wire;
} goldens[] = {
    {"ACCEPT", 1, 1, {DNSTAP}, 42,
        "\0\0\0\0"      /* escape: a control frame follows */
        "\0\0\0\x22"    /* its payload has 34 bytes */
        "\0\0\0\1"      /* ACCEPT */
        "\0\0\0\1"      /* field: content type */
        "\0\0\0\x16"    /* of 22 bytes */
        DNSTAP},
    {"START", 2, 1, {DNSTAP}, 42,
        "\0\0\0\0" "\0\0\0\x22"
        "\0\0\0\2"      /* START */
        "\0\0\0\1" "\0\0\0\x16" DNSTAP},
    {"START", 2, 0, {NULL}, 12,
        "\0\0\0\0"
        "\0\0\0\4"      /* the type alone */
        "\0\0\0\2"},    /* START */
    {"STOP", 3, 0, {NULL}, 12,
        "\0\0\0\0" "\0\0\0\4"
        "\0\0\0\3"},    /* STOP */
    {"READY", 4, 2, {"a", DNSTAP}, 51,
        "\0\0\0\0"
        "\0\0\0\x2b"    /* 4 + 9 + 30 bytes */
        "\0\0\0\4"      /* READY */
        "\0\0\0\1"      /* first content type */
        "\0\0\0\1" "a"
        "\0\0\0\1"      /* second content type */
        "\0\0\0\x16" DNSTAP},
    {"READY", 4, 1, {""}, 20,
        "\0\0\0\0" "\0\0\0\x0c" "\0\0\0\4"
        "\0\0\0\1"      /* a content type */
        "\0\0\0\0"},    /* of no bytes */
    {"FINISH", 5, 0, {NULL}, 12,
        "\0\0\0\0" "\0\0\0\4"
        "\0\0\0\5"},    /* FINISH */
};
/* clang-format on */

#define GOLDENS (sizeof(goldens) / sizeof(goldens[0]))

static struct tl_control control_of(const struct golden *golden)
{
    struct tl_control control = {.type = golden->type, .content_type_count = golden->content_type_count};

    for (uint32_t i = 0; i < golden->content_type_count; i++)
        control.content_types[i] = tl_bytes_of_text(golden->content_types[i]);
    return control;
}

/* Decodes a payload that lies against an unreadable page. `*ret_control` holds slices of memory that is gone.
 */
static enum tl_status decode(const void *payload, size_t size, struct tl_control *ret_control,
                             size_t *ret_offset)
{
    struct guarded in = guarded_new(payload, size);
    enum tl_status status = tl_control_decode(tl_bytes(in.data, in.size), ret_control, ret_offset);

    guarded_free(&in);
    return status;
}

static void assert_refused(const void *payload, size_t size, enum tl_status expected, size_t expected_offset)
{
    struct tl_control control, before;
    size_t offset = SIZE_MAX;

    memset(&control, 0x5a, sizeof(control));
    memcpy(&before, &control, sizeof(control));
    assert_int_equal(decode(payload, size, &control, &offset), expected);
    assert_int_equal(offset, expected_offset);
    assert_memory_equal(&control, &before, sizeof(control));
    assert_int_equal(decode(payload, size, &control, NULL), expected);
}

static void the_wire_is_as_published(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDENS; i++) {
        const struct golden *golden = &goldens[i];
        struct tl_control control = control_of(golden), back;
        struct guarded payload = guarded_new(golden->wire + 8, golden->size - 8);
        uint8_t wire[TL_CONTROL_FRAME_MAX];
        size_t size = 0;

        assert_string_equal(tl_control_type_name(golden->type), golden->name);
        assert_int_equal(tl_control_encode(&control, wire, sizeof(wire), &size), TL_OK);
        assert_int_equal(size, golden->size);
        assert_memory_equal(wire, golden->wire, size);
        assert_int_equal(tl_control_decode(tl_bytes(payload.data, payload.size), &back, NULL), TL_OK);
        assert_int_equal(back.type, golden->type);
        assert_int_equal(back.content_type_count, golden->content_type_count);
        for (uint32_t k = 0; k < back.content_type_count; k++) {
            assert_true(tl_bytes_equal(back.content_types[k], control.content_types[k]));
            assert_in_range((uintptr_t)back.content_types[k].data, (uintptr_t)payload.data,
                            (uintptr_t)payload.data + payload.size);
        }
        guarded_free(&payload);
    }
}

/* Cut anywhere but between two fields a payload is refused, at the field that is cut. */
static void a_payload_must_be_filled_exactly(void **state)
{
    (void)state;
    const struct golden *ready = &goldens[4];
    struct tl_control control;

    for (size_t size = 0; size < ready->size - 8; size++) {
        if (size < 4)
            assert_refused(ready->wire + 8, size, TL_BAD_CONTROL_LENGTH, 0);
        else if (size != 4 && size != 13)
            assert_refused(ready->wire + 8, size, TL_BAD_CONTROL_FIELD, size < 13 ? 4 : 13);
        else
            assert_int_equal(decode(ready->wire + 8, size, &control, NULL), TL_OK);
    }
    assert_int_equal(tl_control_decode(tl_bytes(NULL, 0), &control, NULL), TL_BAD_CONTROL_LENGTH);
}

static void only_what_a_type_allows_is_taken(void **state)
{
    (void)state;
    assert_refused("\0\0\0\3"
                   "\0\0\0\1\0\0\0\0",
                   12, TL_BAD_CONTROL_FIELD, 4); /* STOP */
    assert_refused("\0\0\0\5"
                   "\0\0\0\1\0\0\0\0",
                   12, TL_BAD_CONTROL_FIELD, 4); /* FINISH */
    assert_refused("\0\0\0\2"
                   "\0\0\0\1\0\0\0\1x"
                   "\0\0\0\1\0\0\0\0",
                   21, TL_BAD_CONTROL_FIELD, 13); /* START */
    assert_refused("\0\0\0\4"
                   "\0\0\0\2\0\0\0\0",
                   12, TL_BAD_CONTROL_FIELD, 4); /* READY, unknown field */
    assert_refused("\0\0\0\4"
                   "\0\0\0\0\0\0\0\0",
                   12, TL_BAD_CONTROL_FIELD, 4);
    assert_refused("\0\0\0\1"
                   "\0\0\0\1\xff\xff\xff\xff",
                   12, TL_BAD_CONTROL_FIELD, 4); /* length wraps nothing */
    assert_refused("\0\0\0\1"
                   "\0\0\0\1\xff\xff\xff\xf8",
                   12, TL_BAD_CONTROL_FIELD, 4);
}

/* What later versions may send is passed over unread, whatever it holds. */
static void unknown_types_are_taken_unread(void **state)
{
    (void)state;
    static const uint32_t types[] = {0, 6, 7, 0x80, 0x01000000, 0x7fffffff, 0xffffffff};
    uint8_t payload[TL_CONTROL_SIZE_MAX];

    memset(payload, 0xff, sizeof(payload));
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct tl_builder to = tl_builder(payload, sizeof(payload));
        tl_builder_put_be32(&to, types[i]);
        for (size_t size = 4; size <= sizeof(payload); size += 127) {
            struct tl_control control = {.content_type_count = 99};
            assert_int_equal(decode(payload, size, &control, NULL), TL_OK);
            assert_int_equal(control.type, types[i]);
            assert_int_equal(control.content_type_count, 0);
            assert_int_equal(tl_control_encode(&control, payload, sizeof(payload), &size),
                             TL_BAD_CONTROL_FIELD);
        }
        assert_null(tl_control_type_name(types[i]));
    }
}

/* A READY whose content types have these sizes. */
static struct tl_control ready_of(const size_t *sizes, uint32_t count)
{
    static const uint8_t text[TL_CONTENT_TYPE_SIZE_MAX + 1];
    struct tl_control control = {.type = TL_CONTROL_READY, .content_type_count = count};

    for (uint32_t i = 0; i < count; i++)
        control.content_types[i] = tl_bytes(text, sizes[i]);
    return control;
}

static void content_types_have_at_most_256_bytes(void **state)
{
    (void)state;
    struct tl_control longest = ready_of((size_t[]){256}, 1), longer = ready_of((size_t[]){1, 257}, 2), back;
    uint8_t wire[TL_CONTROL_FRAME_MAX];
    size_t size = 0;

    assert_int_equal(tl_control_encode(&longest, wire, sizeof(wire), &size), TL_OK);
    assert_int_equal(size, 8 + 4 + 8 + 256);
    assert_int_equal(decode(wire + 8, size - 8, &back, NULL), TL_OK);
    assert_int_equal(back.content_types[0].size, 256);
    assert_int_equal(tl_control_encode(&longer, wire, sizeof(wire), &size), TL_CONTENT_TYPE_TOO_LONG);

    static const uint8_t head[] = {0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 1, 'x', 0, 0, 0, 1, 0, 0, 1, 1}; /* 257 */
    uint8_t payload[sizeof(head) + 257] = {0};
    memcpy(payload, head, sizeof(head));
    assert_refused(payload, sizeof(payload), TL_CONTENT_TYPE_TOO_LONG, 13);
}

static void payloads_have_at_most_512_bytes(void **state)
{
    (void)state;
    struct tl_control full = ready_of((size_t[]){256, 236}, 2), over = ready_of((size_t[]){256, 237}, 2),
                      back;
    uint8_t wire[TL_CONTROL_FRAME_MAX + 1] = {0};
    size_t size = 0;

    assert_int_equal(tl_control_encode(&full, wire, sizeof(wire), &size), TL_OK);
    assert_int_equal(size, TL_CONTROL_FRAME_MAX);
    assert_int_equal(decode(wire + 8, 512, &back, NULL), TL_OK);
    assert_int_equal(back.content_type_count, 2);
    assert_int_equal(back.content_types[1].size, 236);
    assert_int_equal(tl_control_encode(&over, wire, sizeof(wire), &size), TL_BAD_CONTROL_LENGTH);
    assert_int_equal(size, TL_CONTROL_FRAME_MAX);
    wire[8 + 4 + 8 + 256 + 7] = 237;
    assert_refused(wire + 8, 513, TL_BAD_CONTROL_LENGTH, 0);
}

static void as_many_content_types_as_fit(void **state)
{
    (void)state;
    struct tl_control many = ready_of((size_t[TL_CONTENT_TYPES_MAX]){0}, TL_CONTENT_TYPES_MAX), back;
    uint8_t wire[TL_CONTROL_FRAME_MAX];
    size_t size = 0;

    assert_int_equal(tl_control_encode(&many, wire, sizeof(wire), &size), TL_OK);
    assert_int_equal(size, 8 + 4 + 63 * 8);
    assert_int_equal(decode(wire + 8, size - 8, &back, NULL), TL_OK);
    assert_int_equal(back.content_type_count, TL_CONTENT_TYPES_MAX);
    many.content_type_count++;
    assert_int_equal(tl_control_encode(&many, wire, sizeof(wire), &size), TL_BAD_CONTROL_FIELD);
    many.content_type_count = UINT32_MAX;
    assert_int_equal(tl_control_encode(&many, wire, sizeof(wire), &size), TL_BAD_CONTROL_FIELD);
}

static void what_a_type_does_not_allow_is_not_written(void **state)
{
    (void)state;
    uint8_t wire[TL_CONTROL_FRAME_MAX];
    size_t size = 77;
    struct tl_control control = tl_control(TL_CONTROL_START, tl_bytes_of_text(DNSTAP));

    control.content_types[1] = control.content_types[0];
    control.content_type_count = 2;
    assert_int_equal(tl_control_encode(&control, wire, sizeof(wire), &size), TL_BAD_CONTROL_FIELD);
    control = tl_control(TL_CONTROL_STOP, tl_bytes_of_text(DNSTAP));
    assert_int_equal(tl_control_encode(&control, wire, sizeof(wire), &size), TL_BAD_CONTROL_FIELD);
    control = tl_control(TL_CONTROL_FINISH, tl_bytes_of_text(DNSTAP));
    assert_int_equal(tl_control_encode(&control, wire, sizeof(wire), &size), TL_BAD_CONTROL_FIELD);
    assert_int_equal(size, 77);
}

static void a_small_buffer_is_left_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDENS; i++) {
        struct tl_control control = control_of(&goldens[i]);
        for (size_t room = 0; room <= goldens[i].size; room++) {
            uint8_t filled[64];
            size_t size = 77;
            memset(filled, 0x5a, sizeof(filled));
            struct guarded out = guarded_new(filled, room);
            enum tl_status status = tl_control_encode(&control, out.data, room, &size);
            assert_int_equal(status, room == goldens[i].size ? TL_OK : TL_FULL);
            assert_int_equal(size, status == TL_OK ? room : 77);
            assert_memory_equal(out.data, status == TL_OK ? goldens[i].wire : (const char *)filled, room);
            guarded_free(&out);
        }
    }
}

static void a_control_of_a_type(void **state)
{
    (void)state;
    struct tl_control control = tl_control(TL_CONTROL_READY, tl_bytes("abc", 3));

    assert_int_equal(control.type, TL_CONTROL_READY);
    assert_int_equal(control.content_type_count, 1);
    assert_true(tl_bytes_equal(control.content_types[0], tl_bytes("abc", 3)));
    control = tl_control(TL_CONTROL_STOP, tl_bytes(NULL, 0));
    assert_int_equal(control.type, TL_CONTROL_STOP);
    assert_int_equal(control.content_type_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_wire_is_as_published),
        cmocka_unit_test(a_payload_must_be_filled_exactly),
        cmocka_unit_test(only_what_a_type_allows_is_taken),
        cmocka_unit_test(unknown_types_are_taken_unread),
        cmocka_unit_test(content_types_have_at_most_256_bytes),
        cmocka_unit_test(payloads_have_at_most_512_bytes),
        cmocka_unit_test(as_many_content_types_as_fit),
        cmocka_unit_test(what_a_type_does_not_allow_is_not_written),
        cmocka_unit_test(a_small_buffer_is_left_alone),
        cmocka_unit_test(a_control_of_a_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
