#include "filter/ranges.h"

#include "proof/test.h"

#include <stdio.h>
#include <stdlib.h>

static struct filter_ranges ranges_of(const char *const *texts)
{
    struct filter_ranges ranges = {0};
    struct filter_range range;

    for (; *texts; texts++) {
        assert_true(filter_range_parse(tl_bytes_of_text(*texts), &range));
        assert_true(filter_ranges_add(&ranges, range));
    }
    filter_ranges_settle(&ranges);
    return ranges;
}

static bool has(const struct filter_ranges *ranges, const char *text)
{
    uint8_t address[16];
    size_t size;

    assert_int_equal(tl_address_parse(tl_bytes_of_text(text), address, &size), TL_OK);
    return filter_ranges_have(ranges, tl_bytes(address, size));
}

static void borders_belong_to_a_prefix(void **state)
{
    struct filter_ranges ranges = ranges_of((const char *const[]){
        "192.0.2.64/26", "10.0.0.0/8", "2001:db8:0:8000::/49", "2001:db8::ff00/120", "198.51.100.1", NULL});

    (void)state;
    assert_true(has(&ranges, "192.0.2.64") && has(&ranges, "192.0.2.127"));
    assert_false(has(&ranges, "192.0.2.63") || has(&ranges, "192.0.2.128"));
    assert_true(has(&ranges, "10.0.0.0") && has(&ranges, "10.255.255.255"));
    assert_false(has(&ranges, "9.255.255.255") || has(&ranges, "11.0.0.0"));
    assert_true(has(&ranges, "2001:db8:0:8000::") && has(&ranges, "2001:db8:0:ffff:ffff:ffff:ffff:ffff"));
    assert_false(has(&ranges, "2001:db8:0:7fff:ffff:ffff:ffff:ffff") || has(&ranges, "2001:db8:1::"));
    assert_true(has(&ranges, "2001:db8::ff00") && has(&ranges, "2001:db8::ffff"));
    assert_false(has(&ranges, "2001:db8::feff") || has(&ranges, "2001:db8::1:0"));
    assert_true(has(&ranges, "198.51.100.1"));
    assert_false(has(&ranges, "198.51.100.0") || has(&ranges, "198.51.100.2"));
    assert_false(filter_ranges_have(&ranges, tl_bytes("\x0a\0\0", 3)));
    assert_false(filter_ranges_have(&ranges, tl_bytes(NULL, 0)));
    filter_ranges_done(&ranges);
    assert_false(has(&ranges, "10.0.0.0"));
}

static void both_families_meet_in_mapped_addresses(void **state)
{
    struct filter_ranges four = ranges_of((const char *const[]){"0.0.0.0/0", NULL});
    struct filter_ranges mapped = ranges_of((const char *const[]){"::ffff:0:0/96", NULL});
    struct filter_ranges six = ranges_of((const char *const[]){"::/0", NULL});
    struct filter_ranges half = ranges_of((const char *const[]){"::fffe:0:0/95", NULL});

    (void)state;
    assert_true(has(&four, "255.255.255.255") && has(&four, "::ffff:1.2.3.4") && !has(&four, "::1"));
    assert_true(has(&mapped, "0.0.0.0") && has(&mapped, "::ffff:1.2.3.4") && !has(&mapped, "::1"));
    assert_true(has(&six, "::") && has(&six, "::fffe:ffff:ffff") && has(&six, "::1:0:0:0"));
    assert_true(has(&six, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
    assert_false(has(&six, "0.0.0.0") || has(&six, "255.255.255.255") || has(&six, "::ffff:1.2.3.4"));
    assert_true(has(&half, "::fffe:0:0") && has(&half, "::fffe:ffff:ffff"));
    assert_false(has(&half, "1.2.3.4") || has(&half, "::fffd:ffff:ffff") || has(&half, "::1:0:0:0"));
    filter_ranges_done(&four);
    filter_ranges_done(&mapped);
    filter_ranges_done(&six);
    filter_ranges_done(&half);
}

static void what_touches_is_joined(void **state)
{
    struct filter_ranges ranges =
        ranges_of((const char *const[]){"10.0.0.0/9", "10.128.0.0/9", "10.1.0.0/16", "10.1.2.3", "12.0.0.0/8",
                                        "ffff::/16", "ffff:1::/32", NULL});

    (void)state;
    assert_int_equal(ranges.count, 3);
    filter_ranges_done(&ranges);
}

static void many_are_found_as_one_by_one(void **state)
{
    struct filter_ranges ranges = {0};
    static struct filter_range all[500];
    char text[64];

    (void)state;
    srandom(1);
    for (unsigned i = 0; i < 500; i++) {
        unsigned length = i % 2 ? 32 - (unsigned)random() % 14 : 128 - (unsigned)random() % 14;
        snprintf(text, sizeof(text), i % 2 ? "10.0.%u.%u/%u" : "2001:db8::%x:%x/%u", (unsigned)random() % 64,
                 (unsigned)random() % 256, length);
        assert_true(filter_range_parse(tl_bytes_of_text(text), &all[i]));
        assert_true(filter_ranges_add(&ranges, all[i]));
    }
    filter_ranges_settle(&ranges);
    for (unsigned i = 0; i < 65536; i += 5) {
        uint8_t four[] = {10, 0, (uint8_t)(i >> 8), (uint8_t)i};
        uint8_t six[16] = {
            0x20, 1, 0x0d, 0xb8, [13] = (uint8_t)(i >> 12), [14] = (uint8_t)(i >> 4), [15] = 7};
        uint64_t mapped = UINT64_C(0xffff00000000) | tl_be32(four);
        uint64_t low = (uint64_t)six[13] << 16 | (uint64_t)six[14] << 8 | six[15];
        bool in_four = false, in_six = false;
        for (unsigned j = 0; j < 500; j++) {
            if (j % 2)
                in_four |= mapped >= all[j].first.low && mapped <= all[j].last.low;
            else
                in_six |= low >= all[j].first.low && low <= all[j].last.low;
        }
        assert_int_equal(filter_ranges_have(&ranges, tl_bytes(four, 4)), in_four);
        assert_int_equal(filter_ranges_have(&ranges, tl_bytes(six, 16)), in_six);
    }
    filter_ranges_done(&ranges);
}

static void what_is_no_prefix_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",         "/",       "/8",           "10.0.0.0/",   "10.0.0.0/33", "10.0.0/8",
        "::/129",   "::/1000", "10.0.0.0/8/8", "10.0.0.0/ 8", "10.0.0.0/-8", "10.0.0.0/+8",
        "1.2.3.4 ", "a"};
    struct filter_range range;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(filter_range_parse(tl_bytes_of_text(wrong[i]), &range));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(borders_belong_to_a_prefix),
        cmocka_unit_test(both_families_meet_in_mapped_addresses),
        cmocka_unit_test(what_touches_is_joined),
        cmocka_unit_test(many_are_found_as_one_by_one),
        cmocka_unit_test(what_is_no_prefix_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
