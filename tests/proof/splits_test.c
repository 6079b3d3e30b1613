#include "proof/splits.h"
#include "proof/test.h"

static void every_split_is_the_same_stream(void **state)
{
    (void)state;
    static const char whole[] = "abcdefg";
    struct splits splits = splits_new(whole, 7);
    size_t ways = 0, cut_at[8] = {0}, chunks_of[8] = {0};

    while (splits_next(&splits)) {
        char joined[8] = "";
        size_t pieces = 0, first = 0, at = 0;
        struct tl_bytes piece;
        while (splits_piece(&splits, &piece)) {
            assert_in_range(piece.size, 1, 7 - at);
            memcpy(joined + at, piece.data, piece.size);
            at += piece.size;
            first = pieces++ ? first : piece.size;
        }
        assert_string_equal(joined, whole);
        cut_at[first] += pieces == 2;
        chunks_of[first] += pieces == (7 + first - 1) / first;
        ways++;
    }
    splits_free(&splits);
    assert_int_equal(ways, 13);
    for (size_t i = 1; i < 7; i++) {
        assert_true(cut_at[i] >= 1);
        assert_true(chunks_of[i] >= 1);
    }
}

static void an_empty_stream_has_one_split_without_pieces(void **state)
{
    (void)state;
    struct splits splits = splits_new("", 0);
    struct tl_bytes piece;

    assert_true(splits_next(&splits));
    assert_false(splits_piece(&splits, &piece));
    assert_false(splits_next(&splits));
    splits_free(&splits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_split_is_the_same_stream),
                                       cmocka_unit_test(an_empty_stream_has_one_split_without_pieces)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
