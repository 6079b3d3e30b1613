/* Where a record is from, on its line and in its object. */
#include "print/origin.h"

#include "print/print.h"
#include "print/printed.h"
#include "print/sample.h"
#include "proof/test.h"

static const struct record_origin stored = {.place = "/srv/dns\ttap",
                                            .name = {17, 1234},
                                            .peer = "unix:pid 812 uid 53",
                                            .connection = 5,
                                            .run_ms = 1795728000001,
                                            .arrived_ms = 1795728262402};
static const struct record_origin of_a_file = {.place = "a.fstrm"};
static const struct record_origin live = {.peer = "tcp:192.0.2.1:4711"};

/* What is printed behind the line of a query, or in the last 200 bytes of its object. */
static char *printed(enum print_format format, const struct record_origin *origin)
{
    int fd = printed_open();
    struct print *print = print_new(&(struct print_options){.fd = fd, .format = format, .utc = true});
    struct record record = sample(TL_DNSTAP_CLIENT_QUERY);

    assert_non_null(print);
    record.offset = 129;
    record.origin = origin;
    assert_int_equal(print_put(print, &record), TL_OK);
    assert_int_equal(print_finish(print), TL_OK);
    print_free(print);
    return printed_take(fd, NULL);
}

static void expect(enum print_format format, const struct record_origin *origin, const char *end)
{
    char *text = printed(format, origin);
    size_t length = strlen(text);

    assert_true(length >= strlen(end));
    assert_string_equal(text + length - strlen(end), end);
    free(text);
}

static void it_stands_behind_the_line(void **state)
{
    (void)state;
    expect(PRINT_LINE, NULL, " UDP 34b www.example.test/IN/A\n");
    expect(PRINT_LINE, &stored,
           " UDP 34b www.example.test/IN/A\t/srv/dns?tap\t17/1234\t5\t2026-11-26T21:24:22.402Z\tunix:pid 812 "
           "uid 53\n");
    expect(PRINT_LINE, &of_a_file, "www.example.test/IN/A\ta.fstrm\t129\t-\t-\t-\n");
    expect(PRINT_LINE, &live, "www.example.test/IN/A\t-\t129\t-\t-\ttcp:192.0.2.1:4711\n");
}

static void it_is_a_member_of_the_object(void **state)
{
    (void)state;
    expect(PRINT_JSON, &stored,
           ",\"origin\":{\"archive\":\"/srv/dns\\u0009tap\",\"name\":\"17/1234\",\"connection\":5,"
           "\"run\":\"2026-11-26T21:20:00.001Z\",\"peer\":\"unix:pid 812 uid 53\","
           "\"arrived\":\"2026-11-26T21:24:22.402Z\"}}\n");
    expect(PRINT_JSON, &of_a_file, ",\"origin\":{\"file\":\"a.fstrm\",\"offset\":129}}\n");
    expect(PRINT_JSON, &live, ",\"origin\":{\"offset\":129,\"peer\":\"tcp:192.0.2.1:4711\"}}\n");
}

static void what_is_too_long_is_cut(void **state)
{
    (void)state;
    static char line[PRINT_ORIGIN_MAX];
    char *path = malloc(100000);
    struct record_origin origin = {.place = path,
                                   .name = {UINT64_MAX, UINT64_MAX},
                                   .peer = path,
                                   .connection = UINT64_MAX,
                                   .arrived_ms = UINT64_MAX};
    struct record record = {.offset = UINT64_MAX, .origin = &origin};
    struct print_date date;

    assert_non_null(path);
    memset(path, 'x', 99999);
    path[99999] = '\0';
    print_date_init(&date, true);
    char *end = print_put_origin(line, &date, &record);
    assert_true(end - line > 5000 && end <= line + sizeof(line));
    char *text = printed(PRINT_JSON, &origin); /* not cut, and the year is none that can be printed */
    assert_true(strlen(text) > 200000);
    assert_null(strstr(text, "arrived"));
    free(text);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_stands_behind_the_line),
        cmocka_unit_test(it_is_a_member_of_the_object),
        cmocka_unit_test(what_is_too_long_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
