#include "proof/guarded.h"
#include "proof/test.h"

#include <tapline/stream.h>

#include <stdio.h>

static void texts_become_endpoints(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum tl_endpoint_kind kind;
        const char *path, *host, *port;
        const char *printed;
    } good[] = {
        {"unix:/run/dnstap.sock", TL_ENDPOINT_UNIX, "/run/dnstap.sock", "", "", "unix:/run/dnstap.sock"},
        {"unix:a:b", TL_ENDPOINT_UNIX, "a:b", "", "", "unix:a:b"},
        {"tcp:192.0.2.1:6000", TL_ENDPOINT_TCP, "", "192.0.2.1", "6000", "tcp:192.0.2.1:6000"},
        {"tcp:[2001:db8::1]:6000", TL_ENDPOINT_TCP, "", "2001:db8::1", "6000", "tcp:[2001:db8::1]:6000"},
        {"tcp:[fe80::1%eth0]:0", TL_ENDPOINT_TCP, "", "fe80::1%eth0", "0", "tcp:[fe80::1%eth0]:0"},
        {"tcp:[localhost]:65535", TL_ENDPOINT_TCP, "", "localhost", "65535", "tcp:localhost:65535"},
        {"tcp:localhost:3com-tsmux", TL_ENDPOINT_TCP, "", "localhost", "3com-tsmux",
         "tcp:localhost:3com-tsmux"},
        {"tcp::domain", TL_ENDPOINT_TCP, "", "", "domain", "tcp::domain"},
        {"tcp:*:53", TL_ENDPOINT_TCP, "", "", "53", "tcp::53"},
        {"-", TL_ENDPOINT_STANDARD, "", "", "", "-"},
        {"file:-", TL_ENDPOINT_FILE, "-", "", "", "file:-"},
        {"file:unix:x", TL_ENDPOINT_FILE, "unix:x", "", "", "file:unix:x"},
        {"ns1.fstrm", TL_ENDPOINT_FILE, "ns1.fstrm", "", "", "file:ns1.fstrm"},
        {"TCP:x", TL_ENDPOINT_FILE, "TCP:x", "", "", "file:TCP:x"},
    };

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct tl_endpoint endpoint;
        char text[64];
        assert_int_equal(tl_endpoint_parse(good[i].text, &endpoint), TL_OK);
        assert_int_equal(endpoint.kind, good[i].kind);
        assert_string_equal(endpoint.path, good[i].path);
        assert_string_equal(endpoint.host, good[i].host);
        assert_string_equal(endpoint.port, good[i].port);
        assert_int_equal(tl_endpoint_print(&endpoint, text, sizeof(text)), strlen(good[i].printed));
        assert_string_equal(text, good[i].printed);
    }
}

static void what_is_no_endpoint_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "unix:",
        "file:",
        "tcp:",
        "tcp:host",
        "tcp:host:",
        "tcp:::1:53",
        "tcp:[::1:53",
        "tcp:[]",
        "tcp:[]:53",
        "tcp:[::1]",
        "tcp:[::1]53",
        "tcp:[[::1]]:53",
        "tcp:[a]b]:53",
        "tcp:[[:53",
        "tcp:[:53",
        "tcp::",
        "tcp:h:65536",
        "tcp:h:99999999999999999999",
        "tcp:h:-1",
        "tcp:h:+53",
        "tcp:h: 53",
        "tcp:h:53 ",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct tl_endpoint endpoint, before;
        memset(&endpoint, 0x5a, sizeof(endpoint));
        memcpy(&before, &endpoint, sizeof(endpoint));
        if (tl_endpoint_parse(bad[i], &endpoint) != TL_BAD_TEXT)
            fail_msg("\"%s\" was taken", bad[i]);
        assert_memory_equal(&endpoint, &before, sizeof(endpoint));
    }
}

/* `prefix`, `count` times 'x', `suffix`. */
static enum tl_status parse_long(const char *prefix, size_t count, const char *suffix)
{
    static char text[TL_ENDPOINT_PATH_SIZE + 64];
    static struct tl_endpoint endpoint;
    size_t at = strlen(prefix);

    memcpy(text, prefix, at);
    memset(text + at, 'x', count);
    strcpy(text + at + count, suffix);
    return tl_endpoint_parse(text, &endpoint);
}

static void each_part_has_its_limit(void **state)
{
    (void)state;
    assert_int_equal(parse_long("unix:", 107, ""), TL_OK);
    assert_int_equal(parse_long("unix:", 108, ""), TL_BAD_LENGTH);
    assert_int_equal(parse_long("file:", 4095, ""), TL_OK);
    assert_int_equal(parse_long("file:", 4096, ""), TL_BAD_LENGTH);
    assert_int_equal(parse_long("", 4096, ""), TL_BAD_LENGTH);
    assert_int_equal(parse_long("tcp:", 255, ":53"), TL_OK);
    assert_int_equal(parse_long("tcp:", 256, ":53"), TL_BAD_LENGTH);
    assert_int_equal(parse_long("tcp:h:", 31, ""), TL_OK);
    assert_int_equal(parse_long("tcp:h:", 32, ""), TL_BAD_LENGTH);
}

/* Over the alphabet of endpoints, at random. */
static void what_is_printed_parses_back(void **state)
{
    (void)state;
    static const char *const parts[] = {"unix:", "tcp:", "file:", "-", ":",   ":", "[",
                                        "]",     "*",    "1",     "a", "::1", ".", "/"};
    int taken = 0;

    srandom(5);
    for (int i = 0; i < 50000; i++) {
        char text[64] = "", printed[64];
        struct tl_endpoint endpoint, back;
        for (long count = 1 + random() % 7; count; count--)
            strcat(text, parts[(size_t)random() % (sizeof(parts) / sizeof(parts[0]))]);
        if (tl_endpoint_parse(text, &endpoint) != TL_OK)
            continue;
        tl_endpoint_print(&endpoint, printed, sizeof(printed));
        if (tl_endpoint_parse(printed, &back) != TL_OK || memcmp(&endpoint, &back, sizeof(back)) != 0)
            fail_msg("\"%s\" is printed as \"%s\"", text, printed);
        taken += endpoint.kind == TL_ENDPOINT_TCP;
    }
    assert_in_range(taken, 100, 50000);
}

static void a_small_buffer_gets_what_fits(void **state)
{
    (void)state;
    static const char whole[] = "tcp:[::1]:53";
    struct tl_endpoint endpoint;

    assert_int_equal(tl_endpoint_parse(whole, &endpoint), TL_OK);
    assert_int_equal(tl_endpoint_print(&endpoint, NULL, 0), sizeof(whole) - 1);
    for (size_t size = 1; size <= sizeof(whole); size++) {
        struct guarded out = guarded_new(whole, size);
        assert_int_equal(tl_endpoint_print(&endpoint, (char *)out.data, size), sizeof(whole) - 1);
        assert_memory_equal(out.data, whole, size - 1);
        assert_int_equal(out.data[size - 1], 0);
        guarded_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_become_endpoints),        cmocka_unit_test(what_is_no_endpoint_is_refused),
        cmocka_unit_test(each_part_has_its_limit),       cmocka_unit_test(what_is_printed_parses_back),
        cmocka_unit_test(a_small_buffer_gets_what_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
