/* The incumbent's command lines; what is said about wrong ones is in fstrm.test. */
#include "proof/test.h"

#include "cli/fstrm_options.h"

enum { HELP, DEBUG, TYPE, FILES, OPTIONS };

static const char *files[8];

static enum fstrm_parsed parse(struct fstrm_option *options, int argc, char **argv)
{
    const struct fstrm_option fresh[OPTIONS] = {
        [HELP] = {'h', "help", NULL, ""},
        [DEBUG] = {'d', "debug", NULL, ""},
        [TYPE] = {'t', "type", "STRING", "", .is_needed = true},
        [FILES] = {'r', "read-file", "FILE", "", .all = files},
    };

    for (int i = 0; i < OPTIONS; i++)
        options[i] = fresh[i];
    return fstrm_options_parse(options, OPTIONS, "1", argc, argv);
}

#define PARSE(...)                                                                                           \
    parse(options, (int)(sizeof((char *[]){"fstrm", __VA_ARGS__}) / sizeof(char *)),                         \
          (char *[]){"fstrm", __VA_ARGS__})

/* A word of letters takes its values from the words behind it, in their order. */
static void test_letters(void **state)
{
    struct fstrm_option options[OPTIONS];

    (void)state;
    assert_int_equal(PARSE("-ddrtr", "a", "x", "b", "-d"), FSTRM_PARSED);
    assert_int_equal(options[DEBUG].count, 3);
    assert_string_equal(options[TYPE].last, "x");
    assert_int_equal(options[FILES].value_count, 2);
    assert_string_equal(files[0], "a");
    assert_string_equal(files[1], "b");
}

static void test_long(void **state)
{
    struct fstrm_option options[OPTIONS];

    (void)state;
    assert_int_equal(PARSE("--ty", "x", "--read-file=-r", "-r=c"), FSTRM_PARSED);
    assert_string_equal(options[TYPE].last, "x");
    assert_string_equal(files[0], "-r");
    assert_string_equal(files[1], "c");
    assert_int_equal(PARSE("--type", "--", "-x"), FSTRM_PARSED);
    assert_string_equal(options[TYPE].last, "-x");
}

static void test_wrong(void **state)
{
    struct fstrm_option options[OPTIONS];

    (void)state;
    assert_int_equal(PARSE("-d"), FSTRM_WRONG);
    assert_int_equal(PARSE("-t"), FSTRM_WRONG);
    assert_int_equal(PARSE("-t", "x", "y"), FSTRM_WRONG);
    assert_int_equal(PARSE("-t", "x", "-y"), FSTRM_WRONG);
    assert_int_equal(PARSE("-t", "x", "-h"), FSTRM_WRONG);
    assert_int_equal(PARSE("--version", "-y"), FSTRM_SHOWN);
    assert_int_equal(PARSE("--us"), FSTRM_SHOWN);
}

static void test_numbers(void **state)
{
    unsigned long number = 7;

    (void)state;
    assert_true(fstrm_parse_number("0x50", 0, 100, &number));
    assert_int_equal(number, 80);
    assert_true(fstrm_parse_number("0", 0, 100, &number));
    assert_int_equal(number, 0);
    assert_false(fstrm_parse_number("", 0, 100, &number));
    assert_false(fstrm_parse_number("-1", 0, 100, &number));
    assert_false(fstrm_parse_number("1x", 0, 100, &number));
    assert_false(fstrm_parse_number("101", 0, 100, &number));
    assert_false(fstrm_parse_number("99999999999999999999999", 0, (unsigned long)-1, &number));
    assert_int_equal(number, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_letters),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
