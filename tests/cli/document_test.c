#include "cli/document.h"

#include "print/strict_json.h"
#include "proof/test.h"

#include <stdlib.h>

static char *text;
static size_t size;
static struct document out;

static void begin(void)
{
    out = document(open_memstream(&text, &size));
}

#define assert_written(expected)                                                                             \
    do {                                                                                                     \
        fclose(out.to);                                                                                      \
        assert_string_equal(text, expected);                                                                 \
        assert_true(strict_json(text, size));                                                                \
        free(text);                                                                                          \
    } while (0)

static void members_have_commas_between_them(void **state)
{
    (void)state;
    begin();
    document_open(&out, NULL);
    document_number(&out, "a", UINT64_MAX);
    document_open(&out, "b");
    document_close(&out);
    document_open_list(&out, "c");
    document_number(&out, NULL, 7);
    document_open(&out, NULL);
    document_text(&out, "d", "e");
    document_close(&out);
    document_open_list(&out, NULL);
    document_close_list(&out);
    document_close_list(&out);
    document_real(&out, "f", 0.25);
    document_close(&out);
    assert_written("{\"a\":18446744073709551615,\"b\":{},\"c\":[7,{\"d\":\"e\"},[]],\"f\":0.25}");
}

static void truth_is_a_word(void **state)
{
    (void)state;
    begin();
    document_open(&out, NULL);
    document_bool(&out, "a", true);
    document_bool(&out, "b", false);
    document_close(&out);
    fclose(out.to);
    assert_string_equal(text, "{\"a\":true,\"b\":false}");
    free(text);
}

static void text_is_escaped(void **state)
{
    (void)state;
    begin();
    document_open(&out, NULL);
    document_bytes(&out, "a", tl_bytes("\"\\\n\x7f\0\xc3\xa9\xc2\x9b\xc2\xa0", 11));
    document_bytes(&out, "b", tl_bytes("x\xff", 2));
    document_key(&out, tl_bytes("\"k\"", 3));
    document_number(&out, NULL, 1);
    document_key(&out, tl_bytes("l", 1));
    document_open(&out, NULL);
    document_close(&out);
    document_close(&out);
    assert_written("{\"a\":\"\\\"\\\\\\u000a\\u007f\\u0000\xc3\xa9\\u009b\xc2\xa0\",\"b\":\"x\\ufffd\","
                   "\"\\\"k\\\"\":1,\"l\":{}}");
}

static void times_that_are_none_are_left_out(void **state)
{
    (void)state;
    begin();
    document_open(&out, NULL);
    document_time(&out, "a", 0);
    document_time(&out, "b", UINT64_MAX);
    document_time(&out, "c", 1700000000123);
    document_close(&out);
    assert_written("{\"c\":\"2023-11-14T22:13:20.123Z\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_have_commas_between_them),
        cmocka_unit_test(truth_is_a_word),
        cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(times_that_are_none_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
