#include "proof/guarded.h"
#include "proof/test.h"

#include <tapline/frame.h>

#define WITH_SIZE(text) tl_bytes(text, sizeof(text) - 1)

/* clang-format off */
static const char ack_wire[] =
    "\0\0\0\0"                  /* escape */
    "\0\0\0\x14"                /* 20 bytes */
    "\0\0\0\x80"                /* ACK */
    "\0\0\0\x80" "\0\0\0\x08"   /* offset, of 8 bytes */
    "\0\0\0\1\2\3\4\5";

static const char loss_wire[] =
    "\0\0\0\0"
    "\0\0\0\x4c"                /* 76 bytes */
    "\0\0\0\x81"                /* LOSS */
    "\0\0\0\x81" "\0\0\0\x08"   /* sender */
    "\xfe\xdc\xba\x98\x76\x54\x32\x10"
    "\0\0\0\x82" "\0\0\0\x14"   /* lost, of 20 bytes */
    "\0\0\0\1"                  /* full */
    "\0\0\0\0\0\0\0\x05"        /* before */
    "\0\0\0\0\0\0\1\0"          /* total */
    "\0\0\0\x82" "\0\0\0\x14"
    "\0\0\0\xff"                /* a cause that is not known */
    "\0\0\0\0\0\0\0\0"
    "\0\1\0\0\0\0\0\0";         /* the largest total */
/* clang-format on */

static const struct tl_loss loss_sample = {
    .sender = 0xfedcba9876543210u,
    .count = 2,
    .lost = {{TL_LOSS_FULL, 5, 256}, {255, 0, TL_LOSS_TOTAL_LIMIT}},
};

static void both_are_written_byte_by_byte(void **state)
{
    (void)state;
    uint8_t buffer[TL_CONTROL_FRAME_MAX];
    size_t size = 0;

    assert_int_equal(tl_ack_encode(0x102030405u, buffer, sizeof(buffer), &size), TL_OK);
    assert_int_equal(size, sizeof(ack_wire) - 1);
    assert_memory_equal(buffer, ack_wire, size);
    assert_int_equal(tl_loss_encode(&loss_sample, buffer, sizeof(buffer), &size), TL_OK);
    assert_int_equal(size, sizeof(loss_wire) - 1);
    assert_memory_equal(buffer, loss_wire, size);
}

static void both_are_read_back(void **state)
{
    (void)state;
    struct guarded ack = guarded_new(ack_wire + 8, sizeof(ack_wire) - 9);
    struct guarded wire = guarded_new(loss_wire + 8, sizeof(loss_wire) - 9);
    struct tl_loss loss;
    uint64_t offset = 0;

    assert_int_equal(tl_ack_decode(tl_bytes(ack.data, ack.size), &offset), TL_OK);
    assert_int_equal(offset, 0x102030405u);
    assert_int_equal(tl_loss_decode(tl_bytes(wire.data, wire.size), &loss), TL_OK);
    assert_int_equal(loss.sender, loss_sample.sender);
    assert_int_equal(loss.count, 2);
    assert_memory_equal(loss.lost, loss_sample.lost, 2 * sizeof(loss.lost[0]));
    guarded_free(&ack);
    guarded_free(&wire);
}

/* What is left whole of LOSS is a LOSS with fewer causes. */
static void what_is_cut_off_is_refused(void **state)
{
    (void)state;
    uint64_t offset = 77;
    struct tl_loss loss = {.count = 77};

    for (size_t size = 0; size < sizeof(ack_wire) - 9; size++) {
        struct guarded ack = guarded_new(ack_wire + 8, size);
        assert_int_equal(tl_ack_decode(tl_bytes(ack.data, size), &offset),
                         size < 4 ? TL_BAD_CONTROL_LENGTH : TL_BAD_CONTROL_FIELD);
        guarded_free(&ack);
    }
    for (size_t size = 0; size < sizeof(loss_wire) - 9; size++) {
        struct guarded wire = guarded_new(loss_wire + 8, size);
        enum tl_status status = tl_loss_decode(tl_bytes(wire.data, size), &loss);
        if (size == 4 + 16 || size == 4 + 16 + 28) {
            assert_int_equal(status, TL_OK);
            assert_int_equal(loss.count, size > 20);
            loss.count = 77;
        } else {
            assert_int_equal(status, size < 4 ? TL_BAD_CONTROL_LENGTH : TL_BAD_CONTROL_FIELD);
        }
        guarded_free(&wire);
    }
    assert_int_equal(offset, 77);
    assert_int_equal(loss.count, 77);
}

static void every_smaller_buffer_is_too_small(void **state)
{
    (void)state;
    uint8_t buffer[TL_CONTROL_FRAME_MAX];
    size_t untouched = 77;

    for (size_t room = 0; room < sizeof(ack_wire) - 1; room++)
        assert_int_equal(tl_ack_encode(1, buffer, room, &untouched), TL_FULL);
    for (size_t room = 0; room < sizeof(loss_wire) - 1; room++)
        assert_int_equal(tl_loss_encode(&loss_sample, buffer, room, &untouched), TL_FULL);
    assert_int_equal(untouched, 77);
}

static void the_other_one_is_not_taken_for_it(void **state)
{
    (void)state;
    struct tl_loss loss;
    uint64_t offset;

    assert_int_equal(tl_ack_decode(tl_bytes(loss_wire + 8, sizeof(loss_wire) - 9), &offset),
                     TL_UNEXPECTED_CONTROL);
    assert_int_equal(tl_loss_decode(tl_bytes(ack_wire + 8, sizeof(ack_wire) - 9), &loss),
                     TL_UNEXPECTED_CONTROL);
}

static void unknown_fields_are_passed_over(void **state)
{
    (void)state;
    static const char wire[] = "\0\0\0\x80"
                               "\0\0\0\1\0\0\0\2xx"
                               "\0\0\0\x80\0\0\0\x08\0\0\0\0\0\0\0\x09"
                               "\0\0\1\0\0\0\0\0";
    uint64_t offset = 0;

    assert_int_equal(tl_ack_decode(WITH_SIZE(wire), &offset), TL_OK);
    assert_int_equal(offset, 9);
}

static void what_cannot_be_is_neither_written_nor_read(void **state)
{
    (void)state;
    static const struct tl_lost wrong[] = {
        {0, 0, 1}, {256, 0, 1}, {1, 2, 1}, {1, 0, TL_LOSS_TOTAL_LIMIT + 1}};
    uint8_t buffer[TL_CONTROL_FRAME_MAX], wire[sizeof(loss_wire)];
    struct tl_loss loss = {.count = 1}, read = {.count = 77};
    size_t size = 77;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct tl_builder to = tl_builder(wire, sizeof(wire));
        loss.lost[0] = wrong[i];
        assert_int_equal(tl_loss_encode(&loss, buffer, sizeof(buffer), &size), TL_BAD_CONTROL_FIELD);
        tl_builder_put(&to, tl_bytes(loss_wire + 8, 28));
        tl_builder_put_be32(&to, wrong[i].cause);
        tl_builder_put_be32(&to, 0);
        tl_builder_put_be32(&to, (uint32_t)wrong[i].before);
        tl_builder_put_be32(&to, (uint32_t)(wrong[i].total >> 32));
        tl_builder_put_be32(&to, (uint32_t)wrong[i].total);
        assert_int_equal(tl_loss_decode(tl_builder_bytes(&to), &read), TL_BAD_CONTROL_FIELD);
    }
    loss.count = TL_LOSS_CAUSES_MAX + 1;
    assert_int_equal(tl_loss_encode(&loss, buffer, sizeof(buffer), &size), TL_BAD_CONTROL_FIELD);
    assert_int_equal(size, 77);
    assert_int_equal(read.count, 77);
}

static void a_number_that_is_there_twice_is_refused(void **state)
{
    (void)state;
    static const char wire[] = "\0\0\0\x80"
                               "\0\0\0\x80\0\0\0\x08\0\0\0\0\0\0\0\x09"
                               "\0\0\0\x80\0\0\0\x08\0\0\0\0\0\0\0\x09";
    uint64_t offset = 77;

    assert_int_equal(tl_ack_decode(WITH_SIZE(wire), &offset), TL_BAD_CONTROL_FIELD);
    assert_int_equal(offset, 77);
}

static void the_most_causes_fit(void **state)
{
    (void)state;
    uint8_t buffer[TL_CONTROL_FRAME_MAX];
    struct tl_loss loss = {.sender = 1, .count = TL_LOSS_CAUSES_MAX}, read;
    size_t size;

    for (uint32_t i = 0; i < loss.count; i++)
        loss.lost[i] = (struct tl_lost){i + 1, i, 2 * i};
    assert_int_equal(tl_loss_encode(&loss, buffer, sizeof(buffer), &size), TL_OK);
    assert_int_equal(tl_loss_decode(tl_bytes(buffer + 8, size - 8), &read), TL_OK);
    assert_int_equal(read.count, loss.count);
    assert_memory_equal(read.lost, loss.lost, sizeof(loss.lost));
}

static void causes_have_names(void **state)
{
    (void)state;
    assert_null(tl_loss_cause_name(0));
    for (uint32_t cause = TL_LOSS_FULL; cause <= TL_LOSS_LAGGING; cause++)
        assert_non_null(tl_loss_cause_name(cause));
    assert_null(tl_loss_cause_name(TL_LOSS_LAGGING + 1));
    assert_null(tl_loss_cause_name(UINT32_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_are_written_byte_by_byte),
        cmocka_unit_test(both_are_read_back),
        cmocka_unit_test(what_is_cut_off_is_refused),
        cmocka_unit_test(every_smaller_buffer_is_too_small),
        cmocka_unit_test(the_other_one_is_not_taken_for_it),
        cmocka_unit_test(unknown_fields_are_passed_over),
        cmocka_unit_test(what_cannot_be_is_neither_written_nor_read),
        cmocka_unit_test(a_number_that_is_there_twice_is_refused),
        cmocka_unit_test(the_most_causes_fit),
        cmocka_unit_test(causes_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
