#include "dns/wire.h"

#define OPT "\0\0\x29\x10\0\x12\x34\x80\1\0\x0e" /* and 14 bytes of options */
#define OPTIONS                                                                                              \
    "\0\x0a\0\4"                                                                                             \
    "abcd"                                                                                                   \
    "\xff\xff\0\2"                                                                                           \
    "\0\0"

static void check_none(struct tl_bytes wire, enum tl_status expected)
{
    struct guarded in = guarded_new(wire.data, wire.size);
    struct tl_dns message;
    struct tl_dns_edns edns = {.udp_size = 77};

    assert_int_equal(tl_dns_open(guarded_bytes(&in), &message), TL_OK);
    assert_int_equal(tl_dns_edns(&message, &edns), expected);
    assert_int_equal(edns.udp_size, 77);
    guarded_free(&in);
}

static void the_first_opt_is_found(void **state)
{
    (void)state;
    struct tl_dns message;
    struct tl_dns_edns edns;

    /* An OPT among the answers is none; neither is the second one. */
    assert_int_equal(
        tl_dns_open(WIRE("\0\0\0\0\0\1\0\1\0\0\0\3\0\0\1\0\1"
                         "\0\0\x29\0\1\0\0\0\0\0\0"
                         "\0\0\1\0\1\0\0\0\0\0\4\1\2\3\4" OPT OPTIONS "\0\0\x29\0\2\0\0\0\0\0\0"),
                    &message),
        TL_OK);
    assert_int_equal(tl_dns_edns(&message, &edns), TL_OK);
    assert_int_equal(edns.udp_size, 4096);
    assert_int_equal(edns.extended_rcode, 0x12);
    assert_int_equal(edns.version, 0x34);
    assert_int_equal(edns.flags, 0x8001);
    assert_true(tl_bytes_equal(edns.options, WIRE(OPTIONS)));
}

static void there_may_be_no_opt(void **state)
{
    (void)state;
    check_none(WIRE("\0\0\0\0\0\1\0\0\0\0\0\0\0\0\1\0\1"), TL_END);
    check_none(WIRE("\0\0\0\0\0\1\0\1\0\0\0\0\0\0\1\0\1\0\0\x29\0\1\0\0\0\0\0\0"), TL_END);
    check_none(WIRE("\0\0\0\0\0\1\0\0\0\0\0\1\0\0\1\0\1\0\0\1\0\1\0\0\0\0\0\0"), TL_END);
    check_none(WIRE("\0\0\0\0\0\1\0\0\0\0\0\1\0\0\1\0\1"), TL_TRUNCATED);
    check_none(WIRE("\0\0\0\0\0\1\0\0\0\0\0\1\x40\0\1\0\1\0\0\x29\0\1\0\0\0\0\0\0"), TL_BAD_LABEL);
    check_none(WIRE("\0\0\0\0\0\0\0\0\0\0\0\1" OPT), TL_TRUNCATED);
}

static void options_come_off_the_front(void **state)
{
    (void)state;
    struct guarded in = guarded_new(OPTIONS, sizeof(OPTIONS) - 1);
    struct tl_bytes options = guarded_bytes(&in), value;
    uint16_t code;

    assert_int_equal(options.size, 14);
    assert_int_equal(tl_dns_next_option(&options, &code, &value), TL_OK);
    assert_int_equal(code, 10);
    assert_true(tl_bytes_equal(value, WIRE("abcd")));
    assert_int_equal(options.size, 6);
    assert_int_equal(tl_dns_next_option(&options, &code, &value), TL_OK);
    assert_int_equal(code, 65535);
    assert_true(tl_bytes_equal(value, WIRE("\0\0")));
    assert_int_equal(options.size, 0);
    assert_int_equal(tl_dns_next_option(&options, &code, &value), TL_END);
    assert_int_equal(tl_dns_next_option(&options, &code, &value), TL_END);
    guarded_free(&in);

    options = tl_bytes(NULL, 0);
    assert_int_equal(tl_dns_next_option(&options, &code, &value), TL_END);
}

static void an_option_that_is_cut_off_stays(void **state)
{
    (void)state;
    for (size_t size = 1; size < 8; size++) {
        struct guarded in = guarded_new(OPTIONS, size);
        struct tl_bytes options = guarded_bytes(&in), value = {NULL, 77};
        uint16_t code = 77;
        for (int i = 0; i < 2; i++) {
            assert_int_equal(tl_dns_next_option(&options, &code, &value), TL_TRUNCATED);
            assert_ptr_equal(options.data, in.data);
            assert_int_equal(options.size, size);
        }
        assert_int_equal(code, 77);
        assert_int_equal(value.size, 77);
        guarded_free(&in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_opt_is_found),
        cmocka_unit_test(there_may_be_no_opt),
        cmocka_unit_test(options_come_off_the_front),
        cmocka_unit_test(an_option_that_is_cut_off_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
