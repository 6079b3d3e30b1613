#include "pair/table.h"

#include "proof/test.h"
#include "record/halves.h"

static struct pair_key query_key(uint64_t hash)
{
    return (struct pair_key){
        .is_query = true, .has_question = true, .by_asker = hash, .by_question = hash ^ 0xff00};
}

static struct pair_key answer_key(uint64_t hash)
{
    struct pair_key key = query_key(hash);

    key.is_query = false;
    return key;
}

static void put(struct pair_table *table, const struct pair_key *key, uint64_t number)
{
    struct half half;

    half_parse(&half, "CQ1/www@0", number);
    assert_true(pair_table_has_room(table, &half.record));
    pair_table_put(table, &half.record, key, number);
}

static uint64_t take(struct pair_table *table, uint32_t place)
{
    struct record record;

    assert_int_not_equal(place, PAIR_NONE);
    pair_table_take(table, place, &record);
    return record.offset;
}

/* Many in few buckets: taken from anywhere, each chain stays whole. */
static void each_is_found_by_its_key_the_oldest_first(void **state)
{
    (void)state;
    struct pair_table table;

    assert_true(pair_table_init(&table, 128 << 10));
    for (unsigned i = 0; i < 200; i++) {
        struct pair_key key = query_key((uint64_t)(i % 50) << 32);
        put(&table, &key, i);
    }
    for (unsigned round = 0; round < 4; round++) {
        for (unsigned i = 0; i < 50; i++) {
            unsigned at = (i * 7 + round) % 50;
            struct pair_key key = answer_key((uint64_t)at << 32);
            assert_int_equal(take(&table, pair_table_find(&table, &key)), at + 50 * round);
        }
    }
    assert_int_equal(table.used, 0);
    assert_int_equal(pair_table_oldest(&table), PAIR_NONE);
    pair_table_done(&table);
}

static void queries_do_not_find_queries(void **state)
{
    (void)state;
    struct pair_key query = query_key(5), answer = answer_key(5);
    struct pair_table table;

    assert_true(pair_table_init(&table, 0));
    put(&table, &query, 1);
    assert_int_equal(pair_table_find(&table, &query), PAIR_NONE);
    put(&table, &answer, 2);
    assert_int_equal(take(&table, pair_table_find(&table, &query)), 2);
    assert_int_equal(take(&table, pair_table_find(&table, &answer)), 1);
    pair_table_done(&table);
}

/* Somebody asks the same of ever other addresses. */
static void a_search_is_bounded(void **state)
{
    (void)state;
    struct pair_table table;
    struct pair_key key = query_key(5), answer = answer_key(5);

    assert_true(pair_table_init(&table, 64 << 10));
    for (uint8_t i = 0; i < 100; i++) {
        key.server = tl_bytes(&i, 1);
        put(&table, &key, i);
    }
    for (uint8_t i = 0; i < 100; i += 7) {
        answer.server = tl_bytes(&i, 1);
        assert_int_equal(pair_table_find(&table, &answer) != PAIR_NONE, i < 64);
    }
    pair_table_done(&table);
}

static void age_is_the_order_of_putting(void **state)
{
    (void)state;
    struct pair_table table;

    assert_true(pair_table_init(&table, 64 << 10));
    for (unsigned i = 0; i < 10; i++) {
        struct pair_key key = query_key(i);
        put(&table, &key, i);
    }
    struct pair_key first = answer_key(0), middle = answer_key(5), last = answer_key(9);
    take(&table, pair_table_find(&table, &middle));
    take(&table, pair_table_find(&table, &first));
    take(&table, pair_table_find(&table, &last));
    pair_table_postpone(&table, 7, 100);
    static const uint64_t expected[] = {1, 2, 3, 4, 6, 107, 108};
    for (size_t i = 0; i < 7; i++) {
        uint32_t oldest = pair_table_oldest(&table);
        assert_int_equal(pair_table_due(&table, oldest), expected[i]);
        assert_int_equal(take(&table, oldest), expected[i] % 100);
    }
    assert_int_equal(pair_table_oldest(&table), PAIR_NONE);
    pair_table_done(&table);
}

/* As many as there are cells, and all of them again. */
static void every_cell_is_used(void **state)
{
    (void)state;
    struct pair_table table;
    struct half half;

    half_parse(&half, "CQ1/www@0", 0);
    assert_true(pair_table_init(&table, 64 << 10));
    for (int round = 0; round < 3; round++) {
        unsigned count = 0;
        for (; pair_table_has_room(&table, &half.record); count++) {
            struct pair_key key = query_key(count);
            put(&table, &key, count);
        }
        assert_int_equal(count, table.cell_count);
        while (pair_table_oldest(&table) != PAIR_NONE)
            take(&table, pair_table_oldest(&table));
    }
    pair_table_done(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_found_by_its_key_the_oldest_first),
        cmocka_unit_test(queries_do_not_find_queries),
        cmocka_unit_test(a_search_is_bounded),
        cmocka_unit_test(age_is_the_order_of_putting),
        cmocka_unit_test(every_cell_is_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
