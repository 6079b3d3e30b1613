#include "analysis/breakdown.h"

#include "analysis/draws.h"
#include "proof/failing_alloc.h"
#include "proof/test.h"
#include "record/halves.h"

#include <stdio.h>

static const struct siphash_key key = {{5, 6}};

static void add(struct breakdown *breakdown, const struct record *record)
{
    struct look look;

    look_at(&look, record);
    breakdown_add(breakdown, &look);
}

static void add_half_of(struct breakdown *breakdown, const char *text)
{
    struct half half;

    half_parse(&half, text, 0);
    add(breakdown, &half.record);
}

static void assert_row(const struct breakdown *breakdown, size_t at, uint64_t count, const uint64_t *columns,
                       struct field_value *ret_value)
{
    const struct heavy_entry **rows;
    size_t rows_count;

    assert_true(heavy_sort(breakdown->rows, SIZE_MAX, &rows, &rows_count));
    assert_true(at < rows_count);
    assert_int_equal(rows[at]->count, count);
    if (columns)
        assert_memory_equal(rows[at]->tallies, columns, BREAKDOWN_COLUMNS * sizeof(columns[0]));
    *ret_value = breakdown_value(breakdown, rows[at]);
    free(rows);
}

static void a_row_a_value(void **state)
{
    (void)state;
    struct breakdown breakdown;
    struct field_value value;

    assert_true(breakdown_init(&breakdown, FIELD_QNAME, key));
    add_half_of(&breakdown, "CQ1/www@0");
    add_half_of(&breakdown, "CR1/WwW@0");
    add_half_of(&breakdown, "CQ1/mail@0");
    add_half_of(&breakdown, "CQ1@0");
    assert_row(&breakdown, 0, 2, (uint64_t[]){1, 1, 1, 0, 0, 0}, &value);
    assert_true(tl_bytes_equal(value.bytes, tl_bytes("\3www", 5)));
    assert_row(&breakdown, 1, 1, (uint64_t[]){1, 0, 0, 0, 0, 0}, &value);
    assert_int_equal(breakdown.records, 4);
    assert_int_equal(breakdown.without, 1);
    breakdown_done(&breakdown);
}

static void numbers_are_numbers(void **state)
{
    (void)state;
    struct breakdown breakdown;
    struct field_value value;

    assert_true(breakdown_init(&breakdown, FIELD_ID, key));
    add_half_of(&breakdown, "CQ40000/www@0");
    add_half_of(&breakdown, "CQ40000/www@0");
    add_half_of(&breakdown, "CQ7/www@0");
    assert_row(&breakdown, 0, 2, NULL, &value);
    assert_int_equal(value.number, 40000);
    assert_row(&breakdown, 1, 1, NULL, &value);
    assert_int_equal(value.number, 7);
    breakdown_done(&breakdown);
}

/* A response with three answers: two A records of one owner, and a TXT. */
static void many_values_count_once_each(void **state)
{
    (void)state;
    static const uint8_t wire[] = "\0\1\x84\3\0\0\0\3\0\0\0\0"
                                  "\1a\0\0\1\0\1\0\0\0\1\0\4\300\0\2\1"
                                  "\1a\0\0\1\0\1\0\0\0\1\0\4\300\0\2\1"
                                  "\1a\0\0\20\0\1\0\0\0\1\0\3\2hi";
    static const enum field fields[] = {FIELD_ANSWER_TYPE, FIELD_ANSWER_ADDRESS, FIELD_ANSWER_RDATA};
    static const uint32_t rows[] = {2, 1, 2};
    struct tl_dnstap dnstap = half_dnstap(TL_DNSTAP_CLIENT_RESPONSE, tl_bytes(wire, sizeof(wire) - 1), 1000);
    struct half half;

    half_of(&half, &dnstap, 0);
    for (size_t i = 0; i < 3; i++) {
        struct breakdown breakdown;
        struct field_value value;
        assert_true(breakdown_init(&breakdown, fields[i], key));
        add(&breakdown, &half.record);
        assert_int_equal(heavy_used(breakdown.rows), rows[i]);
        assert_row(&breakdown, 0, 1, (uint64_t[]){0, 1, 0, 1, 0, 0}, &value);
        if (fields[i] == FIELD_ANSWER_RDATA)
            assert_true(tl_bytes_equal(value.bytes, tl_bytes_of_text("\"hi\"")));
        breakdown_done(&breakdown);
    }
}

static void every_field_can_be_counted_but_times(void **state)
{
    (void)state;
    struct half half;

    half_parse(&half, "CR1/www@0", 0);
    for (enum field field = 0; field < FIELDS; field++) {
        enum field_kind kind = field_describe(field)->kind;
        struct breakdown breakdown;
        assert_int_equal(breakdown_is_possible(field),
                         kind != FIELD_KIND_TIME && kind != FIELD_KIND_DURATION);
        assert_true(breakdown_init(&breakdown, field, key));
        add(&breakdown, &half.record);
        assert_int_equal(breakdown.without + heavy_total(breakdown.rows), 1);
        breakdown_done(&breakdown);
    }
}

static void merged_is_as_the_whole(void **state)
{
    (void)state;
    struct breakdown breakdown, other, whole;
    const struct heavy_entry **left, **right;
    uint64_t random = 1;
    size_t count, count_too;
    char text[32];

    assert_true(breakdown_init(&breakdown, FIELD_QNAME, key) && breakdown_init(&other, FIELD_QNAME, key) &&
                breakdown_init(&whole, FIELD_QNAME, key));
    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof(text), "C%c1/n%u@0", draw(&random) % 2 ? 'Q' : 'R', draw_rank(&random, 500));
        add_half_of(draw(&random) % 3 ? &breakdown : &other, text);
        add_half_of(&whole, text);
    }
    assert_true(breakdown_merge(&breakdown, &other));
    assert_true(heavy_sort(breakdown.rows, SIZE_MAX, &left, &count));
    assert_true(heavy_sort(whole.rows, SIZE_MAX, &right, &count_too));
    assert_int_equal(count, count_too);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(left[i]->count, right[i]->count);
        assert_memory_equal(left[i]->tallies, right[i]->tallies, sizeof(left[i]->tallies));
        assert_true(tl_bytes_equal(heavy_key(breakdown.rows, left[i]), heavy_key(whole.rows, right[i])));
    }
    assert_int_equal(breakdown.records, 5000);
    free(left);
    free(right);
    breakdown_done(&breakdown);
    breakdown_done(&other);
    breakdown_done(&whole);
}

static void without_memory_it_says_so(void **state)
{
    (void)state;
    for (unsigned long n = 1;; n++) {
        struct breakdown breakdown;
        failing_alloc_start(n);
        bool is_done = breakdown_init(&breakdown, FIELD_ANSWER_RDATA, key);
        bool has_failed = failing_alloc_stop();
        breakdown_done(&breakdown);
        assert_true(is_done != has_failed);
        if (!has_failed)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_a_value),
        cmocka_unit_test(numbers_are_numbers),
        cmocka_unit_test(many_values_count_once_each),
        cmocka_unit_test(every_field_can_be_counted_but_times),
        cmocka_unit_test(merged_is_as_the_whole),
        cmocka_unit_test(without_memory_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
