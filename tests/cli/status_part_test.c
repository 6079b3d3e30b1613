/* The layout of what `tapline status` prints. */
#include "proof/test.h"

#include "cli/status_part.h"

#include <stdlib.h>

static char *text;
static size_t size;

static struct status_part begin(const char *title)
{
    return (struct status_part){open_memstream(&text, &size), title};
}

static void expect(struct status_part *part, const char *expected)
{
    fclose(part->to);
    assert_string_equal(text, expected);
    free(text);
}

static void a_title_stands_once_and_a_line_ends_with_its_text(void **state)
{
    struct status_part part = begin("Title");

    (void)state;
    status_line(&part, "%d  ", 17);
    status_line(&part, "   ");
    expect(&part, "\nTitle     17\n          \n");
}

static void a_sentence_goes_on_in_the_next_line(void **state)
{
    struct status_part part = begin(NULL);

    (void)state;
    status_sentence(&part, "short");
    status_sentence(&part, "%070d", 0);
    status_sentence(&part, "%066d two three", 0);
    status_sentence(&part, "%068d two three", 0);
    status_sentence(&part, "one %075d two", 0);
    status_sentence(&part, "%s", "");
    expect(&part, "          short\n"
                  "          0000000000000000000000000000000000000000000000000000000000000000000000\n"
                  "          000000000000000000000000000000000000000000000000000000000000000000 two\n"
                  "          three\n"
                  "          00000000000000000000000000000000000000000000000000000000000000000000\n"
                  "          two three\n"
                  "          one\n"
                  "          000000000000000000000000000000000000000000000000000000000000000000000000000\n"
                  "          two\n"
                  "          \n");
}

static void a_path_cannot_do_anything(void **state)
{
    struct status_part part = begin(NULL);

    (void)state;
    status_head(part.to, "a\033\n\x7f", 0);
    expect(&part, "a???, 1970-01-01 00:00:00\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_title_stands_once_and_a_line_ends_with_its_text),
        cmocka_unit_test(a_sentence_goes_on_in_the_next_line),
        cmocka_unit_test(a_path_cannot_do_anything),
    };

    setenv("TZ", "UTC", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
