/* The oracle is libfstrm: control frames, intact and damaged, are taken by both or by neither, with the same
 * content, and both write the same bytes. Known differences: libfstrm refuses unknown types, which its own
 * header says must be ignored, and counts the 8 bytes in front of a payload into the 512 when it writes. */
#include "proof/guarded.h"
#include "proof/test.h"

#include <tapline/frame.h>

#include <fstrm.h>

#include <stdlib.h>

#define FSTRM_PAYLOAD_MAX (FSTRM_CONTROL_FRAME_LENGTH_MAX - 8)

static size_t up_to(size_t most)
{
    return (size_t)random() % (most + 1);
}

/* Any payload that has the form of one: the type and fields, mostly within the limits. */
static size_t make_payload(uint8_t *payload, size_t room)
{
    struct tl_builder to = tl_builder(payload, room);
    size_t fields = random() % 4 ? up_to(2) : up_to(70);

    tl_builder_put_be32(&to, random() % 16 ? 1 + (uint32_t)up_to(4) : (uint32_t)up_to(7));
    while (fields--) {
        size_t size = random() % 3 ? up_to(20) : random() % 2 ? 0 : up_to(270);
        tl_builder_put_be32(&to, random() % 32 ? 1 : (uint32_t)up_to(2));
        tl_builder_put_be32(&to, (uint32_t)size);
        for (uint8_t *at = tl_builder_take(&to, size); at && size; size--)
            *at++ = (uint8_t)random();
    }
    return tl_builder_size(&to);
}

static size_t damage(uint8_t *payload, size_t size)
{
    if (random() % 2)
        return up_to(size);
    for (size_t flips = size ? up_to(3) : 0; flips; flips--)
        payload[up_to(size - 1)] = (uint8_t)(random() % 2 ? random() : 0);
    return size;
}

static void compare_content(const struct tl_control *ours, const struct fstrm_control *theirs)
{
    fstrm_control_type type;
    size_t count = 99;

    assert_int_equal(fstrm_control_get_type(theirs, &type), fstrm_res_success);
    assert_int_equal(ours->type, type);
    assert_int_equal(fstrm_control_get_num_field_content_type(theirs, &count), fstrm_res_success);
    assert_int_equal(ours->content_type_count, count);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *data;
        size_t size;
        assert_int_equal(fstrm_control_get_field_content_type(theirs, i, &data, &size), fstrm_res_success);
        assert_true(tl_bytes_equal(ours->content_types[i], tl_bytes(data, size)));
    }
}

static void compare_written(const struct tl_control *ours, const struct fstrm_control *theirs)
{
    uint8_t our_wire[TL_CONTROL_FRAME_MAX], their_wire[TL_CONTROL_FRAME_MAX];
    size_t our_size = 0, their_size = sizeof(their_wire);

    assert_int_equal(tl_control_encode(ours, our_wire, sizeof(our_wire), &our_size), TL_OK);
    if (our_size - 8 > FSTRM_PAYLOAD_MAX)
        return;
    assert_int_equal(fstrm_control_encode(theirs, their_wire, &their_size, FSTRM_CONTROL_FLAG_WITH_HEADER),
                     fstrm_res_success);
    assert_int_equal(our_size, their_size);
    assert_memory_equal(our_wire, their_wire, our_size);
}

static void takes_and_writes_what_libfstrm_does(void **state)
{
    (void)state;
    struct fstrm_control *theirs = fstrm_control_init();
    unsigned taken = 0, refused = 0;

    srandom(4);
    for (int i = 0; i < 40000; i++) {
        uint8_t payload[600];
        size_t size = make_payload(payload, random() % 8 ? 512 : sizeof(payload));
        if (random() % 2)
            size = damage(payload, size);
        struct tl_control ours;
        enum tl_status status = tl_control_decode(tl_bytes(payload, size), &ours, NULL);
        fstrm_res result = fstrm_control_decode(theirs, payload, size, 0);
        if (status == TL_OK && !tl_control_type_name(ours.type)) {
            assert_int_not_equal(result, fstrm_res_success);
            continue;
        }
        assert_int_equal(status == TL_OK, result == fstrm_res_success);
        taken += status == TL_OK;
        refused += status != TL_OK;
        if (status == TL_OK) {
            compare_content(&ours, theirs);
            compare_written(&ours, theirs);
        }
    }
    fstrm_control_destroy(&theirs);
    assert_in_range(taken, 5000, 35000); /* otherwise the test has lost its point */
    assert_in_range(refused, 5000, 35000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(takes_and_writes_what_libfstrm_does)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
