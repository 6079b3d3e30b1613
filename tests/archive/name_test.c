#include "proof/test.h"

#include <tapline/archive.h>

static void frame_names_have_one_text(void **state)
{
    (void)state;
    static const struct {
        struct tl_frame_name name;
        const char *text;
    } good[] = {
        {{17, 1234}, "17/1234"},
        {{0, 0}, "0/0"},
        {{UINT64_MAX, UINT64_MAX}, "18446744073709551615/18446744073709551615"},
    };
    static const char *const bad[] = {
        "",
        "17",
        "17/",
        "/17",
        "17/12a",
        "017/1",
        "17/01",
        "17/1 ",
        " 17/1",
        "17//",
        "17/1/2",
        "-1/0",
        "+1/0",
        "18446744073709551616/0",
        "0/99999999999999999999",
    };
    char text[TL_FRAME_NAME_SIZE];

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct tl_frame_name name;
        assert_int_equal(tl_frame_name_print(good[i].name, text), strlen(good[i].text));
        assert_string_equal(text, good[i].text);
        assert_int_equal(tl_frame_name_parse(text, &name), TL_OK);
        assert_int_equal(tl_frame_name_compare(name, good[i].name), 0);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct tl_frame_name name = {5, 6};
        assert_int_equal(tl_frame_name_parse(bad[i], &name), TL_BAD_TEXT);
        assert_true(name.segment == 5 && name.number == 6);
    }
}

static void frame_names_are_ordered(void **state)
{
    (void)state;
    struct tl_frame_name a = {17, 1234}, b = {17, 1235}, c = {18, 0};

    assert_true(tl_frame_name_compare(a, b) < 0);
    assert_true(tl_frame_name_compare(b, c) < 0);
    assert_true(tl_frame_name_compare(c, a) > 0);
    assert_int_equal(tl_frame_name_compare(a, a), 0);
}

/* 2026-11-23T21:59:00Z */
#define STAMP 1795471140u

static void segments_have_paths(void **state)
{
    (void)state;
    static const struct {
        struct tl_archive_segment segment;
        enum tl_archive_part part;
        const char *path;
    } cases[] = {
        {{17, 17, STAMP, false}, TL_ARCHIVE_ROWS, "hot/20261123T215900Z-00000017.fstrm"},
        {{17, 17, STAMP, false}, TL_ARCHIVE_RUNS, "hot/20261123T215900Z-00000017.runs"},
        {{17, 17, STAMP, false}, TL_ARCHIVE_TEMPORARY, ""},
        {{16, 17, STAMP, false}, TL_ARCHIVE_ROWS, ""},
        {{17, 17, STAMP, true}, TL_ARCHIVE_ROWS, "2026-11-23/20261123T215900Z-00000017.fstrm.zst"},
        {{17, 17, STAMP, true}, TL_ARCHIVE_TEMPORARY, "2026-11-23/.20261123T215900Z-00000017.fstrm.zst.tmp"},
        {{3, 15, STAMP, true}, TL_ARCHIVE_ROWS, "2026-11-23/20261123T215900Z-00000003-00000015.fstrm.zst"},
        {{17, 17, STAMP, true}, TL_ARCHIVE_RUNS, ""},
        {{0, 0, STAMP, true}, TL_ARCHIVE_ROWS, ""},
        {{2, 1, STAMP, true}, TL_ARCHIVE_ROWS, ""},
        {{1, 1, TL_TIME_SECONDS_MAX + 1ull, true}, TL_ARCHIVE_ROWS, ""},
        {{UINT64_MAX - 1, UINT64_MAX, TL_TIME_SECONDS_MAX, true},
         TL_ARCHIVE_TEMPORARY,
         "9999-12-31/.99991231T235959Z-18446744073709551614-18446744073709551615.fstrm.zst.tmp"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char path[TL_ARCHIVE_NAME_SIZE];
        memset(path, 'x', sizeof(path));
        assert_int_equal(tl_archive_name(&cases[i].segment, cases[i].part, path), strlen(cases[i].path));
        assert_string_equal(path, cases[i].path);
        if (cases[i].part != TL_ARCHIVE_ROWS || !*path)
            continue;
        struct tl_archive_segment back;
        assert_int_equal(tl_archive_name_parse(strchr(path, '/') + 1, &back), TL_OK);
        assert_int_equal(back.first, cases[i].segment.first);
        assert_int_equal(back.last, cases[i].segment.last);
        assert_int_equal(back.stamp, cases[i].segment.stamp);
        assert_int_equal(back.is_sealed, cases[i].segment.is_sealed);
    }
}

static void other_names_are_of_no_segment(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "20261123T215900Z",
        "20261123T215900Z-.fstrm",
        "20261123T215900Z-00000000.fstrm",
        "20261123T215900Z-17.fstrm",
        "20261123T215900Z-000000017.fstrm",
        "20261123T215900Z-00000017.runs",
        "20261123T215900Z-00000017.fstrm.part",
        "20261123T215900Z-00000017.fstrm.zst.tmp",
        ".20261123T215900Z-00000017.fstrm.zst",
        "hot/20261123T215900Z-00000017.fstrm",
        "20261123T215900Z-00000017-00000018.fstrm",
        "20261123T215900Z-00000017-00000017.fstrm.zst",
        "20261123T215900Z-00000018-00000017.fstrm.zst",
        "20261123T215900Z-00000017-.fstrm.zst",
        "20261123T215960Z-00000017.fstrm",
        "20261131T215900Z-00000017.fstrm",
        "20261123T245900Z-00000017.fstrm",
        "20261123 215900Z-00000017.fstrm",
        "20261123T215900Z-18446744073709551616.fstrm",
        "20261123T215900Z-0000001x.fstrm",
        "19691123T215900Z-00000017.fstrm",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct tl_archive_segment segment = {.first = 99};
        assert_int_equal(tl_archive_name_parse(bad[i], &segment), TL_BAD_TEXT);
        assert_int_equal(segment.first, 99);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frame_names_have_one_text),
        cmocka_unit_test(frame_names_are_ordered),
        cmocka_unit_test(segments_have_paths),
        cmocka_unit_test(other_names_are_of_no_segment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
