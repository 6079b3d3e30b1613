#include "generate/names.h"

#include "proof/failing_alloc.h"
#include "proof/test.h"

#include <tapline/dns.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void text_of(const struct names *names, uint32_t rank, char text[TL_DNS_NAME_TEXT_SIZE])
{
    struct name name = names_at(names, rank);
    size_t length, end;

    assert_int_equal(tl_dns_name_print(tl_bytes(name.wire, name.size), 0, text, &length, &end), TL_OK);
    assert_int_equal(end, name.size);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void made_up_names_are_different(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    static char *texts[COUNT];
    struct names names;
    char text[TL_DNS_NAME_TEXT_SIZE];

    assert_true(names_make_up(&names, 1, COUNT));
    assert_int_equal(names.count, COUNT);
    for (uint32_t rank = 0; rank < COUNT; rank++) {
        text_of(&names, rank, text);
        texts[rank] = strdup(text);
    }
    qsort(texts, COUNT, sizeof(texts[0]), compare);
    for (size_t i = 1; i < COUNT; i++)
        assert_string_not_equal(texts[i - 1], texts[i]);
    for (size_t i = 0; i < COUNT; i++)
        free(texts[i]);
    names_done(&names);
}

static void the_seed_makes_the_names(void **state)
{
    (void)state;
    struct names a, b, c;

    assert_true(names_make_up(&a, 1, 1000) && names_make_up(&b, 1, 1000) && names_make_up(&c, 2, 1000));
    assert_int_equal(a.wire_size, b.wire_size);
    assert_memory_equal(a.wire, b.wire, a.wire_size);
    assert_memory_not_equal(a.wire, c.wire, 100);
    names_done(&a);
    names_done(&b);
    names_done(&c);
}

/* Shares of the traits, and none that fails among the first hundred. */
static void traits_have_their_shares(void **state)
{
    (void)state;
    unsigned aaaa = 0, https = 0, absent = 0, head_aaaa = 0;
    struct names names;

    assert_true(names_make_up(&names, 9, 20000));
    for (uint32_t rank = 0; rank < 20000; rank++) {
        unsigned traits = names_at(&names, rank).traits;
        assert_true(rank >= 100 || !(traits & (NAME_IS_ABSENT | NAME_IS_BROKEN)));
        aaaa += (traits & NAME_HAS_AAAA) != 0;
        https += (traits & NAME_HAS_HTTPS) != 0;
        absent += (traits & NAME_IS_ABSENT) != 0;
        head_aaaa += rank < 20 && traits & NAME_HAS_AAAA;
    }
    assert_in_range(aaaa, 9900, 10700); /* 55 % of the 93 % that exist */
    assert_in_range(https, 7400, 8200);
    assert_in_range(absent, 1250, 1550);
    assert_in_range(head_aaaa, 9, 13);
    names_done(&names);
}

static char path[] = "/tmp/names_test.XXXXXX";

static void write_file(const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void a_file_has_one_a_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *zone;
    } expected[] = {
        {"www.example.com", "example.com"},
        {"example.com", "example.com"},
        {"shop.example.co.uk", "example.co.uk"},
        {"bbc.co.uk", "bbc.co.uk"},
        {"a.b.c.example.de", "example.de"},
        {"localhost", "localhost"},
        {".", "."},
    };
    char text[TL_DNS_NAME_TEXT_SIZE], why[NAMES_TEXT_SIZE];
    struct names names;

    write_file("# the most popular\nWWW.Example.com,17\nexample.com.\n\nwww.example.com\nshop.example.co.uk "
               "3\r\nbbc.co.uk\n"
               "a.b.c.example.de\nlocalhost\n.");
    assert_true(names_read(&names, 1, path, why));
    assert_int_equal(names.count, sizeof(expected) / sizeof(expected[0]));
    for (uint32_t rank = 0; rank < names.count; rank++) {
        struct name name = names_at(&names, rank);
        size_t length;
        text_of(&names, rank, text);
        assert_string_equal(text, expected[rank].text);
        assert_int_equal(tl_dns_name_print(tl_bytes(name.wire, name.size), name.zone, text, &length, NULL),
                         TL_OK);
        assert_string_equal(text, expected[rank].zone);
    }
    names_done(&names);
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    char why[NAMES_TEXT_SIZE];
    struct names names;

    write_file("example.com\na..b\n");
    assert_false(names_read(&names, 1, path, why));
    assert_non_null(strstr(why, "line 2 is no domain name: "));
    write_file("# nothing\n\n");
    assert_false(names_read(&names, 1, path, why));
    assert_string_equal(why, "there is no name in it");
    assert_false(names_read(&names, 1, "/nowhere/at/all", why));
    assert_string_equal(why, "No such file or directory");
    assert_false(names_read(&names, 1, "/", why));
    assert_string_equal(why, "Is a directory");
}

static void memory_may_end_anywhere(void **state)
{
    (void)state;
    struct names names;

    for (unsigned long n = 1;; n++) {
        failing_alloc_start(n);
        bool is_done = names_make_up(&names, 1, 10000);
        if (!failing_alloc_stop())
            break;
        assert_false(is_done);
        assert_null(names.entries);
        assert_null(names.wire);
    }
    names_done(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_up_names_are_different), cmocka_unit_test(the_seed_makes_the_names),
        cmocka_unit_test(traits_have_their_shares),    cmocka_unit_test(a_file_has_one_a_line),
        cmocka_unit_test(what_is_wrong_is_said),       cmocka_unit_test(memory_may_end_anywhere),
    };
    int fd = mkstemp(path);
    if (fd < 0)
        return 1;
    close(fd);
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failures;
}
