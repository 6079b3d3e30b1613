#include "filter/name_oddity.h"

#include "proof/test.h"

#include <string.h>

static void expect(const char *name, const char *odd)
{
    const char *found = filter_name_oddity(name);

    if ((found ? found - name : -1) != (odd ? strstr(name, odd) - name : -1))
        fail_msg("%s: %s", name, found ? found : "nothing");
}

static void names_of_hosts_and_services_are_not_odd(void **state)
{
    static const char *const names[] = {
        "",
        ".",
        "www.example.com",
        "www.example.com.",
        "_dmarc.example.com",
        "xn--caf-dma.example",
        "a=b+c!",
        "{x}%~&'",
        "a\\.b.example\\ \\*",
        "\\195\\169.example\\032",
        "\\",
        "0/25.2.0.192.in-addr.arpa",
        "x.128/26.2.0.192.in-addr.arpa.",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        expect(names[i], NULL);
}

static void what_lists_of_another_kind_hold_is_odd(void **state)
{
    static const char *const names[][2] = {
        {"0.0.0.0 evil.example", " "},
        {"a\tb", "\t"},
        {"||evil.example^", "|"},
        {"evil.example^", "^"},
        {"http://evil.example/x", ":"},
        {"evil.example/x", "/"},
        {"evil.example,malware", ","},
        {"*.evil.example", "*"},
        {"evi?.example", "?"},
        {"evil.example##.ad", "#"},
        {"\"evil.example\"", "\""},
        {"evil[.]example", "["},
        {"evil(.)example", "("},
        {"a@b.example", "@"},
        {"evil.example$", "$"},
        {"evil.example;x", ";"},
        {"caf\xc3\xa9.example", "\xc3"},
        {"a\x7f", "\x7f"},
        {"a\x01", "\x01"},
        {"10.0.0.0/8", "/"},
        {"10.0.0.0/8.", "/"},
        {"a0/8.b", "/"},
        {"/8.b", "/"},
        {"0/x.b", "/"},
        {"a\\\\*", "*"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        expect(names[i][0], names[i][1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_hosts_and_services_are_not_odd),
        cmocka_unit_test(what_lists_of_another_kind_hold_is_odd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
