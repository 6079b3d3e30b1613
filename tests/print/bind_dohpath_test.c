/* What BIND 9.18 takes for a dohpath, as it was found to. */
#include "proof/guarded.h"
#include "proof/test.h"

#include "print/bind_message.h"

static const char *const good[] = {
    "/{?dns}",      "/{dns}",       "/{+dns}",        "/{.dns}",        "/{&dns}",
    "/{?dns,x}",    "/{?x,dns}",    "/{?dns:3}",      "/{?dns*}",       "/{?dns:3,x}",
    "/{?x}{?dns}",  "/{?dns}}",     "/}{?dns}",       "//{?dns}",       "/a{?dns}b",
    "/%41{dns}",    "/{?%41}{dns}", "/{x:9999}{dns}", "/\xc3\xa9{dns}", "/\xed\xa0\x80{dns}",
    "/{x:1,y,dns}", "/{x*,?dns}",   "/{x:1,}{dns}",   "/{x:1,*,dns}",   "/{x:1,dns,dns}",
    "/ \"<>{?dns}",
};

static const char *const bad[] = {
    "",
    "/",
    "{?dns}",
    "x{?dns}",
    "/{=dns}",
    "/{?dns",
    "/?dns}",
    "/{{?dns}}",
    "/{?dnsx}",
    "/{?DNS}",
    "/{?x,y}",
    "/{?dns}{",
    "/{}{?dns}",
    "/{?,dns}",
    "/{?dns,}",
    "/{?dns:}",
    "/{?dns:0}",
    "/{dns:10000}",
    "/{?dns**}",
    "/{? dns}",
    "/{x.y}{dns}",
    "/%{dns}",
    "/%4g{dns}",
    "/{%4}{dns}",
    "/{x:1,dns}",
    "/{x*,}{dns}",
    "/{x:1,?x}{dns}",
    "/{??dns}",
    "/{?dns}\xff",
    "\xef\xbb\xbf/{?dns}",
    "/{x y}{dns}",
    "/{dns}%",
    "/{dns}%4",
};

/* SVCB's rdata, flush against an unreadable page. */
static bool is_svcb(const char *name, size_t name_size, const char *path)
{
    uint8_t wire[200] = {0, 1};
    size_t size = strlen(path), at = 2 + name_size;

    memcpy(wire + 2, name, name_size);
    memcpy(wire + at, (uint8_t[]){0, 3, 0, 2, 0, 53, 0, 7, 0, (uint8_t)size}, 10);
    memcpy(wire + at + 10, path, size);
    struct guarded guarded = guarded_new(wire, at + 10 + size);
    bool is_good = bind_is_svcb(tl_bytes(guarded.data, guarded.size));
    guarded_free(&guarded);
    return is_good;
}

static void test_paths(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        if (!is_svcb("", 1, good[i]))
            fail_msg("\"%s\" is refused", good[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (is_svcb("", 1, bad[i]))
            fail_msg("\"%s\" is taken", bad[i]);
    }
}

/* The path is found behind a name of any kind, or is not there. */
static void test_names(void **state)
{
    (void)state;
    assert_true(is_svcb("\3dns\4test", 10, "/{?dns}") && !is_svcb("\3dns\4test", 10, "/"));
    assert_true(is_svcb("\1a\xc0\x0c", 4, "/{?dns}") && !is_svcb("\1a\xc0\x0c", 4, "/"));
    assert_true(is_svcb("\xc0\x07", 2, "/{?dns}") && !is_svcb("\xc0\x07", 2, "/"));
    assert_true(bind_is_svcb(tl_bytes("\0\1\0", 3)));
    assert_true(bind_is_svcb(tl_bytes("\0\1\0\0\3\0\2\0\65", 9)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
