/* What may be wished, and what becomes of it. */
#include "sender/kept.h"

/* Nobody is there: these senders are not started. */
static const char address[] = "unix:/nowhere/sock";

static void options_are_checked(void **state)
{
    struct kept kept = {0};
    struct tl_sender_transport transport = transport_to(&kept), none = {0};
    static const uint8_t long_type[257] = {1};
    struct {
        struct tl_sender_options options;
        enum tl_status status;
    } cases[] = {
        {{.lanes = 1}, TL_BAD_ARGUMENT},
        {{.endpoints = {{.address = "nonsense"}}}, TL_BAD_ARGUMENT},
        {{.endpoints = {{.address = "-"}}}, TL_BAD_ARGUMENT},
        {{.endpoints = {{.address = "tcp:nowhere"}}}, TL_BAD_TEXT},
        {{.endpoints = {{.address = address, .transport = &transport}}}, TL_BAD_ARGUMENT},
        {{.endpoints = {{.transport = &none}}}, TL_BAD_ARGUMENT},
        {{.endpoints = {{.address = address}}, .lanes = TL_SENDER_LANES_MAX + 1}, TL_BAD_ARGUMENT},
        {{.endpoints = {{.address = address}}, .ring_size = TL_SENDER_RING_MAX + 1}, TL_BAD_ARGUMENT},
        {{.endpoints = {{.address = address}}, .content_type = {long_type, 257}}, TL_CONTENT_TYPE_TOO_LONG},
        {{.endpoints = {{.address = address}}, .mode = (enum tl_sender_mode)7}, TL_BAD_ARGUMENT},
        {{.endpoints = {{.address = address}}, .drop = (enum tl_sender_drop)7}, TL_BAD_ARGUMENT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct tl_sender *sender = NULL;
        assert_int_equal(tl_sender_new(&cases[i].options, &sender), cases[i].status);
        assert_null(sender);
    }
    assert_int_equal(kept.freed, 0);
}

static size_t ring_of(size_t lanes, size_t ring_size, size_t budget, size_t *ret_lanes)
{
    struct tl_sender_options options = {
        .endpoints = {{.address = address}}, .lanes = lanes, .ring_size = ring_size, .budget = budget};
    struct tl_sender_lane_statistics lane;
    struct tl_sender *sender;

    assert_int_equal(tl_sender_new(&options, &sender), TL_OK);
    assert_non_null(tl_sender_lane_shared(sender));
    *ret_lanes = tl_sender_lane_count(sender);
    assert_int_equal(tl_sender_lane_statistics(sender, *ret_lanes, &lane), TL_OK);
    assert_int_equal(tl_sender_lane_statistics(sender, *ret_lanes + 1, &lane), TL_BAD_ARGUMENT);
    tl_sender_free(sender);
    return lane.ring_size;
}

static void rings_fit_into_the_budget(void **state)
{
    size_t lanes;

    (void)state;
    assert_int_equal(ring_of(0, 0, 0, &lanes), TL_SENDER_RING_DEFAULT);
    assert_int_equal(lanes, TL_SENDER_LANES_DEFAULT);
    assert_int_equal(ring_of(128, 0, 0, &lanes), (size_t)256 << 10);
    assert_int_equal(lanes, 128);
    assert_int_equal(ring_of(3, 100000, 0, &lanes), 131072);
    assert_int_equal(ring_of(1000, 0, (size_t)1 << 20, &lanes), TL_SENDER_RING_MIN);
    assert_int_equal(lanes, 15);
    assert_int_equal(ring_of(4, 0, 1, &lanes), TL_SENDER_RING_MIN);
    assert_int_equal(lanes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_checked),
        cmocka_unit_test(rings_fit_into_the_budget),
    };

    watchdog();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
