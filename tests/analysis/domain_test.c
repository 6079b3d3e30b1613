#include "analysis/domain.h"

#include "analysis/draws.h"
#include "proof/failing_alloc.h"
#include "proof/guarded.h"
#include "proof/test.h"
#include "record/siphash.h"

#include <tapline/dns.h>

#include <libpsl.h>
#include <stdio.h>

static const struct siphash_key key = {{1, 2}};
static struct domains *domains;

/* The text of a name's domain; "" if it has none. Asked twice: the second time it is remembered. */
static const char *domain_of(struct tl_bytes wire)
{
    static char text[TL_DNS_NAME_TEXT_SIZE];
    struct guarded in = guarded_new(wire.data, wire.size);
    uint64_t hash = siphash(&key, wire);
    size_t size = domains_find(domains, hash, tl_bytes(in.data, in.size)), length;

    assert_int_equal(domains_find(domains, hash, tl_bytes(in.data, in.size)), size);
    guarded_free(&in);
    if (!size)
        return "";
    struct tl_bytes domain = tl_bytes(wire.data + wire.size - size, size);
    assert_int_equal(tl_dns_name_print(domain, 0, text, &length, NULL), TL_OK);
    return text;
}

static const char *domain_of_text(const char *text)
{
    static uint8_t wire[TL_DNS_NAME_SIZE_MAX];
    size_t size;

    assert_int_equal(tl_dns_name_parse(tl_bytes_of_text(text), wire, &size), TL_OK);
    return domain_of(tl_bytes(wire, size));
}

static int setup(void **state)
{
    (void)state;
    domains = domains_new(key);
    return domains ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    domains_free(domains);
    return 0;
}

static void names_have_the_domains_that_were_registered(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"www.example.com", "example.com"},
        {"example.com", "example.com"},
        {"a.b.c.d.e.f.g.h.i.j.example.co.uk", "example.co.uk"},
        {"com", ""},
        {"co.uk", ""},
        {".", ""},
        {"localhost", ""},
        {"www.example.test", "example.test"},               /* no such top-level domain: the rule is "*" */
        {"www.city.kawasaki.jp", "city.kawasaki.jp"},       /* an exception, */
        {"www.other.kawasaki.jp", "www.other.kawasaki.jp"}, /* and what it is an exception of */
        {"other.kawasaki.jp", ""},
        {"xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"},
        {"user.github.io", "user.github.io"}, /* the private part */
        {"a\\.com", ""},
        {"www.a\\.com.com", "a\\.com.com"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(domain_of_text(cases[i][0]), cases[i][1]);
}

static void reverse_names_have_networks(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"4.3.2.1.in-addr.arpa", "2.1.in-addr.arpa"},
        {"2.1.in-addr.arpa", "2.1.in-addr.arpa"},
        {"1.in-addr.arpa", "1.in-addr.arpa"},
        {"in-addr.arpa", ""},
        {"arpa", ""},
        {"b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
         "8.b.d.0.1.0.0.2.ip6.arpa"},
        {"1.0.0.2.ip6.arpa", "1.0.0.2.ip6.arpa"},
        {"ip6.arpa", ""},
        {"4.3.2.1.in-addr.example.com", "example.com"},
        {"www.host.home.arpa", "home.arpa"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(domain_of_text(cases[i][0]), cases[i][1]);
}

/* Names made of pieces of the list's rules, against libpsl itself. */
static void it_is_what_libpsl_says(void **state)
{
    (void)state;
    static const char *const pieces[] = {"www",       "example", "com",      "co",        "uk",      "jp",
                                         "kawasaki",  "city",    "ck",       "io",        "s3",      "github",
                                         "amazonaws", "test",    "net",      "blogspot",  "compute", "no",
                                         "bd",        "a",       "xn--p1ai", "us-east-1", "org",     "cn"};
    psl_ctx_t *list = psl_latest(NULL);
    uint64_t random = 1;
    int with = 0;

    for (int i = 0; i < 50000; i++) {
        char text[256] = "";
        for (uint64_t labels = 1 + draw(&random) % 7; labels; labels--) {
            strcat(text, pieces[draw(&random) % (sizeof(pieces) / sizeof(pieces[0]))]);
            strcat(text, labels > 1 ? "." : "");
        }
        const char *expected = psl_registrable_domain(list, text);
        with += expected != NULL;
        assert_string_equal(domain_of_text(text), expected ? expected : "");
    }
    assert_true(with > 10000 && with < 50000);
    psl_free(list);
}

/* The longest names, and labels of any bytes: a domain begins where a label begins. */
static void hostile_names_do_no_harm(void **state)
{
    (void)state;
    uint8_t wire[TL_DNS_NAME_SIZE_MAX];
    uint64_t random = 2;

    for (int i = 0; i < 20000; i++) {
        size_t size = 0, most = 1 + draw(&random) % (TL_DNS_NAME_SIZE_MAX - 1),
               longest = 1 + draw(&random) % 63;
        while (size + 2 < most) {
            size_t label = 1 + draw(&random) % longest;
            label = label < most - size - 1 ? label : most - size - 2;
            if (!label)
                break;
            wire[size] = (uint8_t)label;
            for (size_t j = 1; j <= label; j++)
                wire[size + j] = i % 2 ? (uint8_t)draw(&random) : '.';
            size += label + 1;
        }
        wire[size++] = 0;
        uint64_t hash = siphash(&key, tl_bytes(wire, size));
        struct guarded in = guarded_new(wire, size);
        size_t found = domains_find(domains, hash, tl_bytes(in.data, in.size)), at = 0;
        assert_true(found <= size);
        while (found && size - at > found)
            at += wire[at] + 1u;
        assert_true(!found || size - at == found);
        guarded_free(&in);
    }
}

static void without_memory_there_is_none(void **state)
{
    (void)state;
    failing_alloc_start(1);
    assert_null(domains_new(key));
    assert_true(failing_alloc_stop());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_have_the_domains_that_were_registered),
        cmocka_unit_test(reverse_names_have_networks),
        cmocka_unit_test(it_is_what_libpsl_says),
        cmocka_unit_test(hostile_names_do_no_harm),
        cmocka_unit_test(without_memory_there_is_none),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
