#include "analysis/heavy.h"

#include "analysis/draws.h"
#include "proof/failing_alloc.h"
#include "proof/test.h"

#include <stdio.h>

#define KEYS 5000

/* How often each key occurred. */
struct truth {
    uint64_t counts[KEYS];
    uint64_t total;
};

/* Of a key that is a number; few different ones, so that they collide. */
static uint64_t hash_of(uint32_t number)
{
    return number * 0x9e3779b97f4a7c15u & 0xffff00000000ffffu;
}

static struct heavy_entry *add(struct heavy *heavy, struct truth *truth, uint32_t number)
{
    char key[16];
    int size = snprintf(key, sizeof(key), "key%u", number);

    truth->counts[number]++;
    truth->total++;
    struct heavy_entry *entry = heavy_add(heavy, hash_of(number), tl_bytes(key, (size_t)size));
    entry->tallies[0]++;
    entry->tallies[1] += number;
    return entry;
}

static uint32_t number_of(const struct heavy *heavy, const struct heavy_entry *entry)
{
    char text[16] = "";
    struct tl_bytes key = heavy_key(heavy, entry);

    memcpy(text, key.data, key.size);
    assert_memory_equal(text, "key", 3);
    return (uint32_t)atoi(text + 3);
}

/* Everything that the header promises. */
static void check(const struct heavy *heavy, const struct truth *truth, uint32_t room)
{
    const struct heavy_entry **entries;
    static bool is_entry[KEYS];
    size_t count;

    memset(is_entry, 0, sizeof(is_entry));
    assert_int_equal(heavy_total(heavy), truth->total);
    assert_true(heavy_floor(heavy) <= truth->total / room);
    assert_true(heavy_sort(heavy, SIZE_MAX, &entries, &count));
    assert_int_equal(count, heavy_used(heavy));
    for (size_t i = 0; i < count; i++) {
        uint32_t number = number_of(heavy, entries[i]);
        uint64_t exact = truth->counts[number];
        assert_false(is_entry[number]);
        is_entry[number] = true;
        assert_true(i == 0 || entries[i]->count <= entries[i - 1]->count);
        assert_true(entries[i]->count >= exact && entries[i]->count <= exact + entries[i]->error);
        assert_true(entries[i]->error <= heavy_floor(heavy));
        assert_int_equal(entries[i]->tallies[0], entries[i]->count - entries[i]->error);
        assert_int_equal(entries[i]->tallies[1], entries[i]->tallies[0] * number);
    }
    for (uint32_t i = 0; i < KEYS; i++)
        assert_true(is_entry[i] || truth->counts[i] <= heavy_floor(heavy));
    free(entries);
}

static void few_are_counted_exactly(void **state)
{
    (void)state;
    struct heavy *heavy = heavy_new(100, 16);
    struct truth truth = {.total = 0};
    uint64_t random = 1;

    for (int i = 0; i < 20000; i++)
        add(heavy, &truth, draw_rank(&random, 100));
    check(heavy, &truth, 100);
    assert_int_equal(heavy_floor(heavy), 0);
    heavy_free(heavy);
}

/* Skewed, uniform and ordered streams into many rooms. */
static void errors_are_as_stated(void **state)
{
    (void)state;
    static const uint32_t rooms[] = {1, 2, 3, 10, 64, 500, 5000};
    uint64_t random = 2;

    for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
        for (int kind = 0; kind < 4; kind++) {
            struct heavy *heavy = heavy_new(rooms[i], 16);
            struct truth truth = {.total = 0};
            for (uint32_t j = 0; j < 20000; j++) {
                uint32_t number = kind == 0   ? draw_rank(&random, KEYS)
                                  : kind == 1 ? (uint32_t)(draw(&random) % KEYS)
                                  : kind == 2 ? j % KEYS
                                              : j * KEYS / 20000;
                add(heavy, &truth, number);
                if (j % 1999 == 0)
                    check(heavy, &truth, rooms[i]);
            }
            check(heavy, &truth, rooms[i]);
            heavy_free(heavy);
        }
    }
}

/* Parts of any sizes, merged in a row, with more added in between. */
static void merging_keeps_the_promises(void **state)
{
    (void)state;
    static const uint32_t rooms[] = {1, 7, 100, 1000};
    uint64_t random = 3;

    for (size_t i = 0; i < 4 * sizeof(rooms) / sizeof(rooms[0]); i++) {
        uint32_t room = rooms[i / 4];
        struct heavy *whole = heavy_new(room, 16);
        struct truth truth = {.total = 0};
        for (int part = 0; part < 6; part++) {
            struct heavy *heavy = heavy_new(room, 16);
            for (uint64_t j = draw(&random) % 3000; j; j--)
                add(heavy, &truth, (i % 4 * 700 + draw_rank(&random, KEYS)) % KEYS);
            assert_true(heavy_merge(whole, heavy));
            check(whole, &truth, room);
            for (int j = 0; j < 500; j++)
                add(whole, &truth, draw_rank(&random, KEYS));
            check(whole, &truth, room);
            heavy_free(heavy);
        }
        heavy_free(whole);
    }
}

/* As long as there is room for all, merged is as the whole to the last count. */
static void merged_is_as_the_whole_while_there_is_room(void **state)
{
    (void)state;
    struct heavy *heavy = heavy_new(600, 16), *other = heavy_new(600, 16);
    struct truth truth = {.total = 0};
    uint64_t random = 4;

    for (int i = 0; i < 5000; i++)
        add(i % 2 ? heavy : other, &truth, draw_rank(&random, 600));
    assert_true(heavy_merge(heavy, other));
    check(heavy, &truth, 600);
    assert_int_equal(heavy_floor(heavy), 0);
    heavy_free(heavy);
    heavy_free(other);
}

static void long_keys_are_told_apart_by_their_hashes(void **state)
{
    (void)state;
    struct heavy *heavy = heavy_new(10, 4);
    const struct heavy_entry **entries;
    size_t count;

    heavy_add(heavy, 1, tl_bytes_of_text("abcdef"));
    heavy_add(heavy, 2, tl_bytes_of_text("abcdeg"));
    heavy_add(heavy, 2, tl_bytes_of_text("abcdeg"));
    heavy_add(heavy, 3, tl_bytes(NULL, 0));
    assert_true(heavy_sort(heavy, 2, &entries, &count));
    assert_int_equal(count, 2);
    assert_int_equal(heavy_used(heavy), 3);
    assert_int_equal(entries[0]->count, 2);
    assert_int_equal(entries[0]->whole_size, 6);
    assert_true(tl_bytes_equal(heavy_key(heavy, entries[0]), tl_bytes_of_text("abcd")));
    free(entries);
    heavy_free(heavy);
}

static void without_memory_nothing_happens(void **state)
{
    (void)state;
    struct truth truth = {.total = 0};
    struct heavy *other = heavy_new(20, 16);

    for (uint32_t i = 0; i < 200; i++)
        add(other, &truth, i % 33);
    for (unsigned long n = 1;; n++) {
        failing_alloc_start(n);
        struct heavy *heavy = heavy_new(20, 16);
        if (!failing_alloc_stop()) {
            heavy_free(heavy);
            break;
        }
        assert_null(heavy);
    }
    for (unsigned long n = 1;; n++) {
        struct heavy *heavy = heavy_new(20, 16);
        failing_alloc_start(n);
        bool is_merged = heavy_merge(heavy, other);
        bool has_failed = failing_alloc_stop();
        assert_true(is_merged != has_failed);
        assert_int_equal(heavy_total(heavy), has_failed ? 0 : 200);
        heavy_free(heavy);
        if (!has_failed)
            break;
    }
    failing_alloc_start(1);
    const struct heavy_entry **entries;
    size_t count;
    assert_false(heavy_sort(other, 5, &entries, &count));
    failing_alloc_stop();
    heavy_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_are_counted_exactly),
        cmocka_unit_test(errors_are_as_stated),
        cmocka_unit_test(merging_keeps_the_promises),
        cmocka_unit_test(merged_is_as_the_whole_while_there_is_room),
        cmocka_unit_test(long_keys_are_told_apart_by_their_hashes),
        cmocka_unit_test(without_memory_nothing_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
