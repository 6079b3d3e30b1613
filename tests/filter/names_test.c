#include "filter/names.h"

#include "proof/guarded.h"
#include "proof/test.h"

#include <stdio.h>

struct name {
    uint8_t bytes[TL_DNS_NAME_SIZE_MAX];
    size_t size;
};

static struct name name_of(const char *text)
{
    struct name name;

    assert_int_equal(tl_dns_name_parse(tl_bytes_of_text(text), name.bytes, &name.size), TL_OK);
    return name;
}

static bool under(const char *text, const char *above)
{
    struct name name = name_of(text), other = name_of(above);
    struct guarded copy = guarded_new(name.bytes, name.size);
    uint8_t lower[TL_DNS_NAME_SIZE_MAX];
    struct filter_names set = {0};

    filter_name_lower(tl_bytes(other.bytes, other.size), lower);
    bool is_under = filter_name_under(tl_bytes(copy.data, copy.size), tl_bytes(lower, other.size));
    assert_true(filter_names_add(&set, tl_bytes(other.bytes, other.size)));
    assert_int_equal(filter_names_have_above(&set, tl_bytes(copy.data, copy.size)), is_under);
    bool is_equal = filter_name_equal(tl_bytes(copy.data, copy.size), tl_bytes(lower, other.size));
    assert_int_equal(filter_names_have(&set, tl_bytes(copy.data, copy.size)), is_equal);
    filter_names_done(&set);
    guarded_free(&copy);
    return is_under;
}

static void a_name_is_under_its_ends(void **state)
{
    (void)state;
    assert_true(under("www.Example.COM", "eXample.com"));
    assert_true(under("www.example.com", "www.example.com"));
    assert_true(under("www.example.com", "com"));
    assert_true(under("www.example.com", "."));
    assert_true(under(".", "."));
    assert_false(under(".", "com"));
    assert_false(under("example.com", "www.example.com"));
    assert_false(under("wwwexample.com", "example.com"));
    assert_false(under("a\\.example.com", "example.com"));
    assert_false(under("www.example.com", "ww.example.com"));
    assert_true(under("\\007example.com", "\\007example.com"));
    /* a label whose bytes look like the labels asked for */
    assert_false(under("\\007example\\003com", "example.com"));
    assert_false(under("x\\007example.com", "example.com"));
    assert_false(under("@.com", "`.com"));
    assert_false(under("[.com", "{.com"));
}

static void a_set_has_what_was_added(void **state)
{
    struct filter_names set = {0};
    char text[64];

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        snprintf(text, sizeof(text), "Host%u.%s%u.example", i, i % 3 ? "" : "a.b.", i % 97);
        struct name name = name_of(text);
        assert_true(filter_names_add(&set, tl_bytes(name.bytes, name.size)));
        assert_true(filter_names_add(&set, tl_bytes(name.bytes, name.size)));
    }
    assert_int_equal(set.table.count, 20000);
    for (unsigned i = 0; i < 40000; i++) {
        snprintf(text, sizeof(text), "hOST%u.%s%u.EXAMPLE", i, i % 3 ? "" : "a.b.", i % 97);
        struct name name = name_of(text);
        assert_int_equal(filter_names_have(&set, tl_bytes(name.bytes, name.size)), i < 20000);
        snprintf(text, sizeof(text), "x.y.z.host%u.%s%u.example", i, i % 3 ? "" : "a.b.", i % 97);
        name = name_of(text);
        assert_false(filter_names_have(&set, tl_bytes(name.bytes, name.size)));
        assert_int_equal(filter_names_have_above(&set, tl_bytes(name.bytes, name.size)), i < 20000);
    }
    filter_names_done(&set);
}

static void the_longest_names_fit(void **state)
{
    struct filter_names set = {0};
    struct name name = {.size = TL_DNS_NAME_SIZE_MAX}; /* 127 labels of a byte, and the root */

    (void)state;
    for (unsigned i = 0; i < 254; i++)
        name.bytes[i] = i % 2 ? 'A' : 1;
    name.bytes[254] = 0;
    assert_true(filter_names_add(&set, tl_bytes(name.bytes, name.size)));
    assert_true(filter_names_have(&set, tl_bytes(name.bytes, name.size)));
    assert_true(filter_names_have_above(&set, tl_bytes(name.bytes, name.size)));
    assert_false(filter_names_have_above(&set, tl_bytes(name.bytes + 2, name.size - 2)));
    filter_names_done(&set);
}

static void what_is_no_name_is_in_no_set(void **state)
{
    struct filter_names set = {0};
    static const struct tl_bytes wrong[] = {
        {(const uint8_t *)"", 0},
        {(const uint8_t *)"\3com", 4},
        {(const uint8_t *)"\3com\0\0", 6},
        {(const uint8_t *)"\x3f"
                          "a\0",
         3},
        {(const uint8_t *)"\0\0", 2},
    };

    (void)state;
    assert_true(filter_names_add(&set, tl_bytes("\0", 1)));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(filter_names_have(&set, wrong[i]));
        assert_false(filter_names_have_above(&set, wrong[i]));
    }
    filter_names_done(&set);
    assert_false(filter_names_have(&set, tl_bytes("\0", 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_under_its_ends),
        cmocka_unit_test(a_set_has_what_was_added),
        cmocka_unit_test(the_longest_names_fit),
        cmocka_unit_test(what_is_no_name_is_in_no_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
