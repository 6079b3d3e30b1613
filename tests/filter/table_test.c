#include "filter/table.h"

#include "proof/guarded.h"
#include "proof/test.h"

#include <stdio.h>

static struct tl_bytes string_of(unsigned number, char text[16])
{
    return tl_bytes(text, (size_t)snprintf(text, 16, "%u", number));
}

static void what_was_added_is_there_and_nothing_else(void **state)
{
    struct filter_table table = {0};
    char text[16];

    (void)state;
    assert_false(filter_table_has(&table, tl_bytes("", 0), 0));
    for (unsigned i = 0; i < 5000; i += 2)
        assert_true(filter_table_add(&table, string_of(i, text), filter_hash(0, string_of(i, text))));
    for (unsigned i = 0; i < 5000; i++)
        assert_int_equal(filter_table_has(&table, string_of(i, text), filter_hash(0, string_of(i, text))),
                         i % 2 == 0);
    assert_int_equal(table.count, 2500);
    filter_table_trim(&table);
    assert_true(filter_table_has(&table, string_of(4998, text), filter_hash(0, string_of(4998, text))));
    assert_true(filter_table_add(&table, string_of(1, text), filter_hash(0, string_of(1, text))));
    assert_true(filter_table_has(&table, string_of(1, text), filter_hash(0, string_of(1, text))));
    filter_table_done(&table);
    assert_false(filter_table_has(&table, string_of(2, text), filter_hash(0, string_of(2, text))));
}

static void equal_hashes_are_told_apart(void **state)
{
    static const uint64_t hashes[] = {0, UINT64_MAX, UINT64_C(7) << 32};
    char text[16];

    (void)state;
    for (unsigned h = 0; h < 3; h++) {
        struct filter_table table = {0};
        for (unsigned i = 0; i < 100; i++)
            assert_true(filter_table_add(&table, string_of(i, text), hashes[h]));
        for (unsigned i = 0; i < 200; i++)
            assert_int_equal(filter_table_has(&table, string_of(i, text), hashes[h]), i < 100);
        filter_table_done(&table);
    }
}

static void strings_have_any_bytes_and_sizes(void **state)
{
    static uint8_t zeros[FILTER_STRING_MAX + 1];
    struct filter_table table = {0};
    static const size_t sizes[] = {0, 1, 2, 7, 8, 9, 255, 256, FILTER_STRING_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        assert_false(filter_table_has(&table, tl_bytes(zeros, sizes[i]), 5));
        assert_true(filter_table_add(&table, tl_bytes(zeros, sizes[i]), 5));
        assert_true(filter_table_has(&table, tl_bytes(zeros, sizes[i]), 5));
    }
    assert_false(filter_table_add(&table, tl_bytes(zeros, FILTER_STRING_MAX + 1), 5));
    assert_int_equal(table.count, sizeof(sizes) / sizeof(sizes[0]));
    filter_table_done(&table);
}

/* Every byte counts, where it stands, and none behind the end is read. */
static void hashes_go_by_all_bytes(void **state)
{
    uint8_t bytes[40] = {0};

    (void)state;
    for (size_t size = 0; size <= sizeof(bytes); size++) {
        struct guarded copy = guarded_new(bytes, size);
        uint64_t hash = filter_hash(1, tl_bytes(copy.data, size));
        assert_true(size == 0 || hash != filter_hash(1, tl_bytes(copy.data + 1, size - 1)));
        assert_true(hash != filter_hash(2, tl_bytes(copy.data, size)));
        for (size_t i = 0; i < size; i++) {
            copy.data[i] = 1;
            assert_true(filter_hash(1, tl_bytes(copy.data, size)) != hash);
            copy.data[i] = 0;
        }
        guarded_free(&copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_added_is_there_and_nothing_else),
        cmocka_unit_test(equal_hashes_are_told_apart),
        cmocka_unit_test(strings_have_any_bytes_and_sizes),
        cmocka_unit_test(hashes_go_by_all_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
