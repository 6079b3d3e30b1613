#include "source/sort.h"

#include "proof/failing_alloc.h"
#include "proof/test.h"

static void put(struct sort *sort, uint64_t second, const char *frame, const char *name)
{
    struct source_item item = {
        .kind = SOURCE_FRAME, .name = name, .offset = second, .frame = tl_bytes_of_text(frame)};

    assert_true(sort_put(sort, &item, (struct tl_time){second, 0}));
}

/* What comes out, its frames as one text. */
static void expect(struct sort *sort, const char *text)
{
    struct source_item item;
    char got[256];
    size_t length = 0;

    while (sort_take(sort, &item)) {
        memcpy(got + length, item.frame.data, item.frame.size);
        length += item.frame.size;
    }
    got[length] = '\0';
    assert_string_equal(got, text);
}

static void times_are_put_in_order_and_equal_ones_keep_theirs(void **state)
{
    (void)state;
    struct sort *sort = sort_new(0);

    put(sort, 5, "e", "a");
    put(sort, 1, "a", "a");
    put(sort, 3, "c1", "a");
    put(sort, 3, "c2", "a");
    put(sort, 3, "c3", "a");
    put(sort, 2, "b", "a");
    put(sort, 0, "-", "a");
    expect(sort, "-abc1c2c3e");
    assert_int_equal(sort_late(sort), 0);
    expect(sort, "");
    sort_free(sort);
    sort_free(NULL);
}

static void many_are_sorted(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    struct sort *sort = sort_new(0);
    struct source_item item;
    uint64_t last = 0, number = 1;

    for (int i = 0; i < COUNT; i++) {
        number = number * 6364136223846793005u + 1442695040888963407u;
        put(sort, number >> 40, "x", "a");
    }
    for (int i = 0; i < COUNT; i++) {
        assert_true(sort_take(sort, &item));
        assert_true(item.offset >= last);
        last = item.offset;
    }
    assert_false(sort_take(sort, &item));
    sort_free(sort);
}

static void a_full_window_gives_out_what_it_has(void **state)
{
    (void)state;
    struct sort *sort = sort_new(3000);
    struct source_item item;
    unsigned held = 0;

    while (!sort_is_full(sort))
        put(sort, 100 + held++, "x", "a");
    assert_true(held > 3 && held < 100);
    assert_true(sort_take(sort, &item));
    assert_int_equal(item.offset, 100);
    assert_false(sort_is_full(sort));
    put(sort, 50, "late", "a");
    put(sort, 100, "not late", "a");
    assert_int_equal(sort_late(sort), 1);
    assert_true(sort_take(sort, &item)); /* before all others, as it is the earliest */
    assert_int_equal(item.offset, 50);
    sort_free(sort);
}

static void copies_do_not_need_what_they_are_of(void **state)
{
    (void)state;
    struct sort *sort = sort_new(0);
    char name[] = "one", place[] = "/one", peer[] = "peer one", frame[] = "frame";
    struct record_origin origin = {
        .place = place, .name = {17, 4}, .peer = peer, .connection = 5, .arrived_ms = 7};
    struct source_item item = {
        .kind = SOURCE_FRAME, .name = name, .frame = tl_bytes_of_text(frame), .origin = &origin};

    assert_true(sort_put(sort, &item, (struct tl_time){1, 0}));
    memcpy(name, "two", 3);
    memcpy(place, "/two", 4);
    memset(frame, '-', sizeof(frame));
    origin.name.number = 5;
    origin.peer = NULL;
    assert_true(sort_put(sort, &item, (struct tl_time){0, 0}));
    assert_true(sort_take(sort, &item));
    assert_string_equal(item.name, "two");
    assert_string_equal(item.origin->place, "/two");
    assert_null(item.origin->peer);
    assert_true(sort_take(sort, &item));
    assert_string_equal(item.name, "one");
    assert_string_equal(item.origin->place, "/one");
    assert_string_equal(item.origin->peer, "peer one");
    assert_int_equal(item.origin->name.number, 4);
    assert_int_equal(item.origin->connection, 5);
    assert_memory_equal(item.frame.data, "frame", 5);
    sort_free(sort);
}

static void without_memory_nothing_is_put(void **state)
{
    (void)state;
    struct source_item item = {.kind = SOURCE_FRAME, .name = "a", .frame = tl_bytes_of_text("frame")};
    struct record_origin origin = {.place = "/a", .peer = "peer"};
    struct source_item taken;
    bool has_failed = true;
    unsigned long tries = 0;

    item.origin = &origin;
    while (has_failed) {
        failing_alloc_start(++tries);
        struct sort *sort = sort_new(0);
        bool is_put = sort && sort_put(sort, &item, (struct tl_time){1, 0});
        has_failed = failing_alloc_stop();
        assert_int_equal(is_put, !has_failed);
        assert_int_equal(sort && sort_take(sort, &taken), is_put);
        sort_free(sort);
    }
    assert_true(tries > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_put_in_order_and_equal_ones_keep_theirs),
        cmocka_unit_test(many_are_sorted),
        cmocka_unit_test(a_full_window_gives_out_what_it_has),
        cmocka_unit_test(copies_do_not_need_what_they_are_of),
        cmocka_unit_test(without_memory_nothing_is_put),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
