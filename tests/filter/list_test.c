/* Lists out of files. */
#include "filter/set.h"

#include "proof/failing_alloc.h"
#include "proof/folder.h"
#include "proof/test.h"

#include <errno.h>
#include <sys/stat.h>

static struct test_folder folder;
static char why[256];

static bool read_text(struct filter_set *set, enum field field, const char *text)
{
    test_folder_put(&folder, "list", text);
    memset(set, 0, sizeof(*set));
    return filter_list_read(set, field, true, test_folder_path(&folder, "list"), why);
}

static bool has_name(const struct filter_set *set, const char *text)
{
    uint8_t name[TL_DNS_NAME_SIZE_MAX];
    size_t size;

    assert_int_equal(tl_dns_name_parse(tl_bytes_of_text(text), name, &size), TL_OK);
    return filter_names_have(&set->names, tl_bytes(name, size));
}

static void comments_and_blanks_do_not_count(void **state)
{
    struct filter_set set;

    (void)state;
    assert_true(
        read_text(&set, FIELD_QNAME, "#a\n\n\t \r\n  b.example \t# c.example\nd\\#e.example\r\n#\n \t#\nf"));
    assert_int_equal(set.names.table.count, 3);
    assert_true(has_name(&set, "b.example") && has_name(&set, "d\\#e.example") && has_name(&set, "f"));
    filter_set_done(&set);
    assert_true(read_text(&set, FIELD_IDENTITY, "a b  # c\n#\nx#y\n"));
    assert_int_equal(set.texts.count, 2);
    assert_true(filter_set_has_text(&set, tl_bytes_of_text("a b")));
    assert_true(filter_set_has_text(&set, tl_bytes_of_text("x#y")));
    filter_set_done(&set);
    assert_true(read_text(&set, FIELD_QNAME, ""));
    assert_false(has_name(&set, "."));
    filter_set_done(&set);
}

static void a_mark_of_utf8_at_the_beginning_does_not_count(void **state)
{
    struct filter_set set;

    (void)state;
    assert_true(read_text(&set, FIELD_QNAME,
                          "\xef\xbb\xbf"
                          "a\r\nb\r\n"));
    assert_int_equal(set.names.table.count, 2);
    assert_true(has_name(&set, "a") && has_name(&set, "b"));
    filter_set_done(&set);
    assert_false(read_text(&set, FIELD_QNAME, "a\n\xef\xbb\xbf\n"));
    assert_true(read_text(&set, FIELD_QNAME, "\xef\xbb\xbf# a comment"));
    assert_int_equal(set.names.table.count, 0);
    filter_set_done(&set);
}

static void what_is_no_file_is_not_read_again(void **state)
{
    const char *path = test_folder_path(&folder, "pipe");
    struct filter_set set = {0};

    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(filter_list_read_again(&set, FIELD_QNAME, true, path, why));
    assert_non_null(strstr(why, "/pipe: no file, and so read only once"));
    assert_false(filter_list_read_again(&set, FIELD_QNAME, true, "/nonexistent/list", why));
    assert_string_equal(why, "/nonexistent/list: No such file or directory");
    test_folder_put(&folder, "file", "a\n");
    assert_true(filter_list_read_again(&set, FIELD_QNAME, true, test_folder_path(&folder, "file"), why));
    assert_true(has_name(&set, "a"));
    filter_set_done(&set);
}

static void a_wrong_line_is_named(void **state)
{
    struct filter_set set, empty = {0};

    (void)state;
    assert_false(read_text(&set, FIELD_QNAME, "a\n\nb..c # d\ne"));
    assert_non_null(strstr(why, "/list, line 3: \"b..c\" is no DNS name"));
    assert_memory_equal(&set, &empty, sizeof(set));
    assert_false(read_text(&set, FIELD_CLIENT, "10.0.0.0/8\n10.0.0.0/64"));
    assert_non_null(strstr(why, "/list, line 2: \"10.0.0.0/64\" is no address"));
    assert_false(read_text(&set, FIELD_RCODE, "NXDOMAIM\n"));
    assert_non_null(strstr(why, "/list, line 1: rcode is never \"NXDOMAIM\"; did you mean NXDOMAIN?"));
    assert_false(read_text(&set, FIELD_QNAME, "a\x1b[1m..\n"));
    assert_non_null(strstr(why, "\"a\\x1b[1m..\""));
    assert_memory_equal(&set, &empty, sizeof(set));
}

static void lists_of_another_kind_are_no_names(void **state)
{
    static const char *const lines[] = {"0.0.0.0 evil.example",  "||evil.example^",
                                        "http://evil.example/x", "evil.example,malware,high",
                                        "*.evil.example",        "caf\xc3\xa9.example"};
    struct filter_set set;

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        assert_false(read_text(&set, FIELD_QNAME, lines[i]));
        assert_non_null(strstr(why, "line 1: "));
        assert_non_null(strstr(why, " is no DNS name; "));
    }
    assert_true(
        read_text(&set, FIELD_QNAME, "\\*.example\ncaf\\195\\169.example\n0/25.2.0.192.in-addr.arpa\n"));
    assert_int_equal(set.names.table.count, 3);
    filter_set_done(&set);
}

static void the_longest_line_is_told_from_a_longer_one(void **state)
{
    char text[4200];
    struct filter_set set;

    (void)state;
    memset(text, 'a', sizeof(text));
    strcpy(text + 4094, "\nb\n");
    assert_true(read_text(&set, FIELD_IDENTITY, text));
    assert_int_equal(set.texts.count, 2);
    filter_set_done(&set);
    memset(text, 'a', sizeof(text));
    strcpy(text + 4095, "\nb\n");
    assert_false(read_text(&set, FIELD_IDENTITY, text));
    assert_non_null(strstr(why, "line 1: too long"));
}

static void what_cannot_be_read_is_said(void **state)
{
    struct filter_set set = {0};

    (void)state;
    assert_false(filter_list_read(&set, FIELD_QNAME, true, "/nonexistent/list", why));
    assert_string_equal(why, "/nonexistent/list: No such file or directory");
    assert_false(filter_list_read(&set, FIELD_QNAME, true, "/", why));
    assert_string_equal(why, "/: Is a directory");
}

static void a_zero_byte_ends_no_value(void **state)
{
    struct filter_set set = {0};
    FILE *file = fopen(test_folder_path(&folder, "zero"), "w");

    (void)state;
    fwrite("a\0b\n", 1, 4, file);
    fclose(file);
    assert_true(filter_list_read(&set, FIELD_EXTRA, true, test_folder_path(&folder, "zero"), why));
    assert_true(filter_set_has_text(&set, tl_bytes("a\0b", 3)));
    filter_set_done(&set);
    assert_false(filter_list_read(&set, FIELD_CLIENT_PORT, true, test_folder_path(&folder, "zero"), why));
    assert_false(filter_list_read(&set, FIELD_QNAME, true, test_folder_path(&folder, "zero"), why));
}

#define MILLION 1000000u

/* A list of a million lines, each made from its number. */
static void put_million(const char *name, void (*put)(FILE *file, unsigned number))
{
    FILE *file = fopen(test_folder_path(&folder, name), "w");

    for (unsigned i = 0; i < MILLION; i++)
        put(file, i);
    assert_int_equal(fclose(file), 0);
}

static void put_name(FILE *file, unsigned number)
{
    fprintf(file, "n%u.%u.example.com\n", number, number % 1000);
}

static void put_prefix(FILE *file, unsigned number)
{
    if (number % 2)
        fprintf(file, "%u.%u.%u.%u\n", 1 + number % 200, number >> 14 & 255, number >> 6 & 255, number & 63);
    else
        fprintf(file, "2001:db8:%x:%x::/64\n", number >> 16, number & 0xffff);
}

static void a_million_names_are_a_set(void **state)
{
    struct filter_set set = {0};
    char text[64];

    (void)state;
    put_million("names", put_name);
    assert_true(filter_list_read(&set, FIELD_QNAME, true, test_folder_path(&folder, "names"), why));
    assert_int_equal(set.names.table.count, MILLION);
    for (unsigned i = 0; i < 2 * MILLION; i += 37) {
        snprintf(text, sizeof(text), "N%u.%u.Example.com", i, i % 1000);
        assert_int_equal(has_name(&set, text), i < MILLION);
    }
    filter_set_done(&set);
}

static void a_million_prefixes_are_a_set(void **state)
{
    struct filter_set set = {0};

    (void)state;
    put_million("prefixes", put_prefix);
    assert_true(filter_list_read(&set, FIELD_CLIENT, true, test_folder_path(&folder, "prefixes"), why));
    for (unsigned i = 0; i < 2 * MILLION; i += 38) {
        uint8_t six[16] = {0x20,       1, 0x0d, 0xb8, 0, (uint8_t)(i >> 16), (uint8_t)(i >> 8),
                           (uint8_t)i, 1, 2,    3};
        assert_int_equal(filter_ranges_have(&set.ranges, tl_bytes(six, 16)), i < MILLION);
    }
    for (unsigned i = 1; i < MILLION; i += 38) {
        uint8_t four[] = {(uint8_t)(1 + i % 200), (uint8_t)(i >> 14), (uint8_t)(i >> 6), (uint8_t)(i & 63)};
        assert_true(filter_ranges_have(&set.ranges, tl_bytes(four, 4)));
        four[3] |= 64;
        assert_false(filter_ranges_have(&set.ranges, tl_bytes(four, 4)));
    }
    filter_set_done(&set);
}

static void without_memory_it_says_so(void **state)
{
    static const enum field fields[] = {FIELD_QNAME, FIELD_CLIENT, FIELD_IDENTITY, FIELD_CLIENT_PORT};
    struct filter_set set = {0}, empty = {0};

    (void)state;
    FILE *file = fopen(test_folder_path(&folder, "some"), "w");
    for (unsigned i = 1; i < 200; i++)
        fprintf(file, "%u\n", i);
    fclose(file);
    for (unsigned f = 0; f < 4; f++) {
        if (fields[f] == FIELD_CLIENT)
            test_folder_put(&folder, "some2", "1.2.3.4\n1.2.3.5\n::1\n::2\n::3\n::4\n");
        const char *path = test_folder_path(&folder, fields[f] == FIELD_CLIENT ? "some2" : "some");
        for (unsigned long n = 1;; n++) {
            failing_alloc_start(n);
            bool is_read = filter_list_read(&set, fields[f], true, path, why);
            bool has_failed = failing_alloc_stop();
            assert_true(is_read || has_failed);
            if (!is_read) {
                assert_non_null(strstr(why, "not enough memory"));
                assert_memory_equal(&set, &empty, sizeof(set));
            }
            filter_set_done(&set);
            if (!has_failed)
                break;
        }
    }
}

static int enter(void **state)
{
    (void)state;
    folder = test_folder_new();
    return 0;
}

static int leave(void **state)
{
    (void)state;
    test_folder_free(&folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comments_and_blanks_do_not_count),
        cmocka_unit_test(a_mark_of_utf8_at_the_beginning_does_not_count),
        cmocka_unit_test(what_is_no_file_is_not_read_again),
        cmocka_unit_test(a_wrong_line_is_named),
        cmocka_unit_test(lists_of_another_kind_are_no_names),
        cmocka_unit_test(the_longest_line_is_told_from_a_longer_one),
        cmocka_unit_test(what_cannot_be_read_is_said),
        cmocka_unit_test(a_zero_byte_ends_no_value),
        cmocka_unit_test(a_million_names_are_a_set),
        cmocka_unit_test(a_million_prefixes_are_a_set),
        cmocka_unit_test(without_memory_it_says_so),
    };

    return cmocka_run_group_tests(tests, enter, leave);
}
