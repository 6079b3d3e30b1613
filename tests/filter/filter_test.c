/* What expressions mean: each is asked of every sample. */
#include "filter/filter.h"

#include "filter/samples.h"
#include "proof/failing_alloc.h"
#include "proof/folder.h"
#include "proof/test.h"

#include <pthread.h>
#include <stdio.h>

static struct filter_samples samples;
static const char letters[SAMPLES] = {'R', 'Q', 'N', 'C', 'E', 'X'}; /* in the order of the samples */

/* Which samples pass, as their letters; or the error. */
static const char *ask(const char *expression)
{
    static char answer[300];
    struct filter_error error;
    struct filter *filter = filter_new(expression, true, &error);
    size_t size = 0;

    if (!filter) {
        snprintf(answer, sizeof(answer), "error at %zu: %s", error.offset, error.text);
        return answer;
    }
    struct filter_thread *thread = filter_thread_new(filter);
    struct look look;
    for (unsigned i = 0; i < SAMPLES; i++) {
        look_at(&look, &samples.records[i]);
        if (filter_passes(filter, thread, &look))
            answer[size++] = letters[i];
    }
    answer[size] = '\0';
    filter_thread_free(thread);
    filter_free(filter);
    return answer;
}

struct question {
    const char *expression;
    const char *answer;
};

static void expect(const struct question *questions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *answer = ask(questions[i].expression);
        if (strcmp(answer, questions[i].answer) != 0)
            fail_msg("%s\n    is \"%s\", not \"%s\"", questions[i].expression, answer, questions[i].answer);
    }
}

#define EXPECT(questions) expect(questions, sizeof(questions) / sizeof((questions)[0]))

static void names_compare_as_dns_names(void **state)
{
    static const struct question questions[] = {
        {"qname == www.example.com", "R"},
        {"qname == WWW.EXAMPLE.com.", "R"},
        {"qname == example.com", ""},
        {"qname == ww.example.com", ""},
        {"qname == \"a\\.b.sub.example.com\"", "N"},
        {"qname == a\\.b.sub.example.com", "N"},
        {"qname == a\\046b.sub.example.com", "N"},
        {"qname == a.b.sub.example.com", ""},
        {"qname != www.example.com", "QNCEX"},
        {"qname in www.example.com", "R"},
        {"qname in (mail.example.org, www.example.com, x)", "RQ"},
        {"qname not in (mail.example.org, www.example.com)", "NCEX"},
        {"qname under example.com", "RN"},
        {"qname under Example.COM.", "RN"},
        {"qname under www.example.com", "R"},
        {"qname under .", "RQN"},
        {"qname under xample.com", ""},
        {"qname under w.example.com", ""},
        {"qname under b.sub.example.com", ""},
        {"qname under x.www.example.com", ""},
        {"qname under (sub.example.com, org)", "QN"},
        {"qname under (com)", "RN"},
        {"qname under (., nl)", "RQN"},
        {"qname not under com", "QCEX"},
        {"qname not under (com, org)", "CEX"},
        {"zone == example.com", "R"},
        {"zone under com", "R"},
    };

    (void)state;
    EXPECT(questions);
}

static void patterns_match_texts(void **state)
{
    static const struct question questions[] = {
        {"qname ~ *.example.*", "RQN"},
        {"qname ~ '*.EXAMPLE.com'", "RN"},
        {"qname ~ www.example.com", "R"},
        {"qname ~ www.example.com.", ""},
        {"qname ~ example", ""},
        {"qname ~ ???.example.com", "R"},
        {"qname ~ ?*m*?", "RQN"},
        {"qname ~ *.*.*.*", "N"},
        {"qname =~ ^w{3}\\.", "R"},
        {"qname =~ \"^w{3}\\.\"", "R"},
        {"qname =~ 'EXAMPLE\\.(com|org)$'", "RQN"},
        {"qname =~ example", "RQN"},
        {"qname =~ 'com\\.$'", ""},
        {"identity ~ *frank*", ""},
        {"identity ~ *Frank*", "R"},
        {"identity =~ frank", ""},
        {"identity =~ (?i)frank", "error at 12: =~ takes one pattern; put it into quotes"},
        {"identity =~ '(?i)frank'", "R"},
        {"identity =~ ^ns[0-9]", "R"},
        {"extra =~ '^a\\x00b\\n$'", "R"},
        {"type ~ *_response", "RN"},
        {"type =~ ^client", "RQC"},
        {"qtype ~ TYPE*", "N"},
        {"rcode =~ ^NX", "N"},
        {"type ~ 99", "E"},
        {"answer.rdata == 198.51.100.7", "R"},
        {"answer.rdata != 198.51.100.7", "QNCEX"},
        {"answer.rdata in (198.51.100.8, host.cdn.example.net.)", "R"},
        {"answer.rdata ~ *.CDN.example.net.", "R"},
        {"answer.rdata =~ '^198\\.'", "R"},
        {"has answer.rdata", "R"},
    };

    (void)state;
    EXPECT(questions);
}

static void addresses_are_in_prefixes(void **state)
{
    static const struct question questions[] = {
        {"client in 10.0.0.0/8", "RQ"},
        {"client == 10.0.0.0/8", "RQ"},
        {"client == 10.1.2.3", "R"},
        {"client != 10.1.2.3", "QNCEX"},
        {"client == ::ffff:10.1.2.3", "R"},
        {"client in 10.9.8.7", "Q"},
        {"client in ::ffff:10.0.0.0/104", "RQ"},
        {"client in ::ffff:0:0/96", "RQ"},
        {"client in 0.0.0.0/0", "RQ"},
        {"client in ::/0", "N"},
        {"client in ::fffe:0:0/95", ""},
        {"client in 2001:db8::/32", "N"},
        {"client in 2001:db8::5/128", "N"},
        {"client in 2001:db8::4", ""},
        {"client in (10.0.0.0/15, 2001:db8::/32, 172.16.0.0/12)", "RN"},
        {"client not in (10.0.0.0/15, 2001:db8::/32)", "QCEX"},
        {"client in 10.1.99.99/16", "R"},
        {"answer.address == 198.51.100.7", "R"},
        {"answer.address has 198.51.100.0/24", "R"},
        {"answer.address in 10.0.0.0/8", ""},
    };

    (void)state;
    EXPECT(questions);
}

static void numbers_have_an_order(void **state)
{
    static const struct question questions[] = {
        {"server.port == 53", "RQN"},
        {"client.port > 53124", ""},
        {"client.port >= 53124", "RQN"},
        {"client.port < 53124", ""},
        {"client.port <= 53124", "RQN"},
        {"client.port != 53124", "CEX"},
        {"client.port < 0", ""},
        {"client.port >= 0", "RQN"},
        {"client.port > 4294967295", ""},
        {"client.port <= 4294967295", "RQN"},
        {"client.port in (1, 53124, 3)", "RQN"},
        {"client.port in (1, 2, 3)", ""},
        {"client.port not in (1, 2, 3)", "RQNCEX"},
        {"answer == 2", "R"},
        {"answer == 0", "QNC"},
        {"size < 1KiB", "RQNC"},
        {"size > 1KiB", ""},
        {"edns.udp_size == 1232", "R"},
        {"edns.udp_size <= 4kB", "R"},
        {"latency == 12500us", "R"},
        {"latency > 12ms", "R"},
        {"latency > 13ms", ""},
        {"latency < 12500001ns", "R"},
        {"latency >= 0", "R"},
        {"answer.ttl > 200", "R"},
        {"answer.ttl < 200", "R"},
        {"answer.ttl > 300", ""},
        {"answer.ttl in (59, 60, 61)", "R"},
    };

    (void)state;
    EXPECT(questions);
}

static void times_are_absolute_or_relative(void **state)
{
    static const struct question questions[] = {
        {"time == 2026-11-26T10:00:00.0125Z", "R"},
        {"time > 2026-11-26T10:00:00.012499999Z", "R"},
        {"time > 2026-11-26T10:00:00.0125Z", ""},
        {"time >= 2026-11-26T10:00:00.0125Z", "R"},
        {"time < 2026-11-26T10:00:00.0125Z", ""},
        {"time <= 2026-11-26T10:00:00.0125Z", "R"},
        {"time < '2026-11-26 10:00:00.012500001Z'", "R"},
        {"query_time == 2026-11-26T10:00", "R"},
        {"query_time < 2026-11-26T10:00", ""},
        {"query_time < 2026-11-26T10:00:00.000000001Z", "R"},
        {"query_time > 2026-11-26T09:59:59.999999999Z", "R"},
        {"query_time >= 2026-11-26", "R"},
        {"query_time != 2026-11-26", "RQNCEX"},
        {"query_time < 1970-01-01", ""},
        {"query_time >= 1970-01-01", "R"},
        {"time > \"100w ago\" or has time", "R"},
    };

    (void)state;
    EXPECT(questions);
}

static void words_and_flags(void **state)
{
    static const struct question questions[] = {
        {"rcode == NXDOMAIN", "N"},
        {"rcode == nxdomain", "N"},
        {"rcode == 3", "N"},
        {"rcode != NOERROR", "NEX"},
        {"rcode in (NXDOMAIN, SERVFAIL)", "N"},
        {"rcode in NXDOMAIN", "N"},
        {"rcode >= 1", "N"},
        {"qtype == A", "R"},
        {"qtype == TYPE1", "R"},
        {"qtype == TYPE65400", "N"},
        {"qtype >= 65280", "N"},
        {"qtype in (A, AAAA)", "RQ"},
        {"type == CLIENT_QUERY", "QC"},
        {"type == CQ", "QC"},
        {"type == 99", "E"},
        {"type in (CQ, CR)", "RQC"},
        {"proto == TCP", "Q"},
        {"proto != TCP", "RNCEX"},
        {"family == INET6", "QN"},
        {"flags has rd", "RQ"},
        {"flags has (aa, ra)", "RN"},
        {"flags has aa and flags has qr", "N"},
        {"not flags has qr", "QCEX"},
        {"flags == 0", "C"},
        {"flags == rd", "Q"},
        {"flags != rd", "RNCEX"},
        {"edns.flags has do", "R"},
        {"answer.type has A", "R"},
        {"answer.type has (AAAA, CNAME)", "R"},
        {"answer.type == CNAME", "R"},
        {"answer.type in (MX, NS)", ""},
        {"answer.type != A", "QNCEX"},
        {"answer.type != MX", "RQNCEX"},
        {"answer.target under cdn.example.net", "R"},
        {"answer.target == HOST.cdn.example.net", "R"},
        {"answer.name == www.example.com", "R"},
    };

    (void)state;
    EXPECT(questions);
}

static void a_missing_field_is_only_unequal(void **state)
{
    static const struct question questions[] = {
        {"identity == ns1.Frankfurt", "R"},
        {"identity == \"ns1.Frankfurt\"", "R"},
        {"identity == NS1.Frankfurt", ""},
        {"identity != ns1.Frankfurt", "QNCEX"},
        {"identity in (a, 'ns1.Frankfurt')", "R"},
        {"identity == ''", ""},
        {"version == 'BIND 9.18'", "R"},
        {"version in ('BIND 9.18', \"it's\")", "R"},
        {"has identity", "R"},
        {"not has identity", "QNCEX"},
        {"has latency", "R"},
        {"has edns.version", "R"},
        {"has qname", "RQN"},
        {"has type", "RQNCE"},
        {"has answer.address", "R"},
        {"latency < 1h", "R"},
        {"not latency < 1h", "QNCEX"},
    };

    (void)state;
    EXPECT(questions);
}

static void not_binds_before_and_before_or(void **state)
{
    static const struct question questions[] = {
        {"qname under example.com and rcode == NXDOMAIN", "N"},
        {"qname under example.com and rcode == NXDOMAIN and client in 10.0.0.0/8", ""},
        {"qname under example.com && rcode == NXDOMAIN && client in 2001:db8::/32", "N"},
        {"type == 99 or qname under org", "QE"},
        {"type == 99 || qname under org", "QE"},
        {"type == 99 OR qname UNDER org", "QE"},
        {"type == CQ and has qname or type == 99", "QE"},
        {"type == 99 or type == CQ and has qname", "QE"},
        {"(type == 99 or type == CQ) and has qname", "Q"},
        {"not type == 99 or type == 99", "RQNCEX"},
        {"not (type == 99 or type == CQ)", "RNX"},
        {"!(type==99||type==CQ)", "RNX"},
        {"not type == CQ and has qname", "RN"},
        {"not not has qname", "RQN"},
        {"! not ! has qname", "CEX"},
        {"not (has qname and not has latency)", "RCEX"},
        {"not (has qname or not (has type and has client))", ""},
        {"(((has qname)))", "RQN"},
        {"has answer.type and has qname and type == CR and qname =~ x and has client", "R"},
        {"qname =~ x or rcode == NXDOMAIN or type == 99", "RQNE"},
        {"(qname =~ www or qname =~ mail) and (proto == TCP or proto == UDP) and not (rcode == 3 or has "
         "error)",
         "RQ"},
        {"qname==www.example.com", "R"},
        {"qname~*.com and(type==CR)", "R"},
        {"  \t\n has\tqname \r\n ", "RQN"},
        {"identity == and or identity != and", "RQNCEX"},
    };

    (void)state;
    EXPECT(questions);
}

static void both_halves_of_a_filter_cover_everything(void **state)
{
    static const char *const parts[] = {"qname under com", "rcode == NXDOMAIN", "has latency",
                                        "type == CQ",      "qname =~ mail",     "client in 10.0.0.0/8"};
    char expression[256], opposite[300], all[64];

    (void)state;
    for (unsigned i = 0; i < 6 * 6 * 6 * 8; i++) {
        snprintf(expression, sizeof(expression), "%s%s %s %s%s %s %s", i & 1 ? "not " : "", parts[i / 8 % 6],
                 i & 2 ? "and" : "or", i & 4 ? "not " : "", parts[i / 48 % 6], i & 2 ? "or" : "and",
                 parts[i / 288 % 6]);
        snprintf(opposite, sizeof(opposite), "not (%s)", expression);
        size_t size = strlen(ask(expression));
        snprintf(all, sizeof(all), "%s", ask(opposite));
        if (size + strlen(all) != SAMPLES)
            fail_msg("%s", opposite);
    }
}

/* Lists ------------------------------------------------------------------------------------------------- */

static void lists_are_read_and_read_again(void **state)
{
    struct test_folder folder = test_folder_new();
    char expression[512], why[256] = "";
    struct filter_error error;
    struct look look;

    (void)state;
    test_folder_put(&folder, "names", "# ours\n\n www.EXAMPLE.com. \t# the web\r\norg\n#end");
    test_folder_put(&folder, "my nets", "10.0.0.0/15\n2001:db8::/32");
    snprintf(expression, sizeof(expression), "qname in @%s/names", folder.path);
    assert_string_equal(ask(expression), "R");
    snprintf(expression, sizeof(expression), "qname under @'%s/names'", folder.path);
    assert_string_equal(ask(expression), "RQ");
    snprintf(expression, sizeof(expression), "client not in @\"%s/my nets\"", folder.path);
    assert_string_equal(ask(expression), "QCEX");
    snprintf(expression, sizeof(expression), "qname under @%s/names or answer.name in @%s/names", folder.path,
             folder.path);
    struct filter *filter = filter_new(expression, true, &error);
    struct filter_thread *thread = filter_thread_new(filter);

    look_at(&look, &samples.records[SAMPLE_QUERY]);
    assert_true(filter_passes(filter, thread, &look));
    test_folder_put(&folder, "names", "www.example.com\n");
    assert_true(filter_reload(filter, why));
    assert_false(filter_passes(filter, thread, &look));
    test_folder_put(&folder, "names", "mail.example.org\nbad..name\n");
    assert_false(filter_reload(filter, why));
    assert_non_null(strstr(why, "names, line 2: \"bad..name\" is no DNS name"));
    assert_false(filter_passes(filter, thread, &look)); /* as it was */
    look_at(&look, &samples.records[SAMPLE_RESPONSE]);
    assert_true(filter_passes(filter, thread, &look));
    filter_thread_free(thread);
    filter_free(filter);
    test_folder_free(&folder);
}

static void a_list_may_hold_any_kind(void **state)
{
    static const struct {
        const char *lines, *before, *answer;
    } lists[] = {
        {"NXDOMAIN\n0\n", "rcode in", "RQNC"},
        {"AAAA\nTYPE65400", "qtype in", "QN"},
        {"53\n54\n", "server.port in", "RQN"},
        {"ns1.Frankfurt\nns2.Frankfurt", "identity in", "R"},
        {"12500us\n", "latency in", "R"},
        {"198.51.100.7", "answer.rdata in", "R"},
        {"198.51.100.0/24", "answer.address has", "R"},
        {"", "qname in", ""},
        {"# nothing\n", "client not in", "RQNCEX"},
    };
    struct test_folder folder = test_folder_new();
    char expression[512];

    (void)state;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        test_folder_put(&folder, "list", lists[i].lines);
        snprintf(expression, sizeof(expression), "%s @%s/list", lists[i].before, folder.path);
        assert_string_equal(ask(expression), lists[i].answer);
    }
    test_folder_free(&folder);
}

/* Limits ------------------------------------------------------------------------------------------------ */

static void a_match_that_takes_too_long_is_given_up(void **state)
{
    char text[2000];
    struct record record = samples.records[SAMPLE_RESPONSE];
    struct filter_error error;
    struct filter *filter = filter_new("extra =~ '^(a|aa)+$'", true, &error);
    struct filter *opposite = filter_new("not extra =~ '^(a|aa)+$'", true, &error);
    struct filter_thread *thread = filter_thread_new(filter);
    struct look look;

    (void)state;
    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 1] = 'b';
    record.dnstap.extra = tl_bytes(text, sizeof(text));
    look_at(&look, &record);
    assert_false(filter_passes(filter, thread, &look));
    assert_int_equal(filter_given_up(thread), 1);
    assert_true(filter_passes(opposite, thread, &look));
    assert_int_equal(filter_given_up(thread), 2);
    record.dnstap.extra = tl_bytes(text, 20);
    assert_true(filter_passes(filter, thread, &look));
    assert_int_equal(filter_given_up(thread), 2);
    filter_thread_free(thread);
    filter_free(filter);
    filter_free(opposite);
}

static void long_expressions_are_no_trouble(void **state)
{
    static char expression[70000];
    size_t size = 0;

    (void)state;
    while (size < 65000)
        size += (size_t)snprintf(expression + size, sizeof(expression) - size, "not not type != CQ and ");
    snprintf(expression + size, sizeof(expression) - size, "has qname");
    assert_string_equal(ask(expression), "RN");
    for (size = 0; size < 65400; size += 4)
        memcpy(expression + size, "not ", 4);
    snprintf(expression + size, sizeof(expression) - size, "has qname");
    assert_string_equal(ask(expression), size / 4 % 2 ? "CEX" : "RQN");
    memset(expression, '(', 100);
    snprintf(expression + 100, sizeof(expression) - 100, "has qname");
    memset(expression + 109, ')', 100);
    expression[209] = '\0';
    assert_string_equal(ask(expression), "RQN");
}

static void *ask_often(void *argument)
{
    const struct filter *filter = argument;
    struct filter_thread *thread = filter_thread_new(filter);
    struct look look;
    uintptr_t passed = 0;

    for (unsigned i = 0; i < 3000; i++) {
        look_at(&look, &samples.records[i % SAMPLES]);
        passed += filter_passes(filter, thread, &look);
    }
    filter_thread_free(thread);
    return (void *)passed;
}

static void several_threads_ask_one_filter(void **state)
{
    struct filter_error error;
    struct filter *filter =
        filter_new("qname =~ 'www|mail' and qname under (com, org) or qname ~ *z*", true, &error);
    pthread_t threads[4];
    void *passed;

    (void)state;
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_often, filter), 0);
    for (unsigned i = 0; i < 4; i++) {
        pthread_join(threads[i], &passed);
        assert_int_equal((uintptr_t)passed, 1000);
    }
    filter_free(filter);
}

static void without_memory_there_is_no_filter(void **state)
{
    struct test_folder folder = test_folder_new();
    struct filter_error error;
    char expression[512], why[256];

    (void)state;
    test_folder_put(&folder, "list", "www.example.com\n");
    snprintf(
        expression, sizeof(expression),
        "qname in @%s/list and qname under (com, org) and client in (10.0.0.0/8, ::/0) and (qname =~ '^w' or "
        "qname ~ *z* or identity == x or identity in (a, b)) and answer in (1, 2)",
        folder.path);
    for (unsigned long n = 1;; n++) {
        failing_alloc_start(n);
        struct filter *filter = filter_new(expression, true, &error);
        struct filter_thread *thread = filter ? filter_thread_new(filter) : NULL;
        bool is_reloaded = filter && filter_reload(filter, why);
        bool has_failed = failing_alloc_stop();
        struct look look;
        look_at(&look, &samples.records[SAMPLE_RESPONSE]);
        if (!filter)
            assert_non_null(strstr(error.text, "memory"));
        else if (thread)
            assert_true(filter_passes(filter, thread, &look)); /* also if it could not be reloaded */
        assert_true(has_failed || (filter && thread && is_reloaded));
        filter_thread_free(thread);
        filter_free(filter);
        if (!has_failed)
            break;
    }
    test_folder_free(&folder);
}

static int init_samples(void **state)
{
    (void)state;
    filter_samples_init(&samples);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_compare_as_dns_names),
        cmocka_unit_test(patterns_match_texts),
        cmocka_unit_test(addresses_are_in_prefixes),
        cmocka_unit_test(numbers_have_an_order),
        cmocka_unit_test(times_are_absolute_or_relative),
        cmocka_unit_test(words_and_flags),
        cmocka_unit_test(a_missing_field_is_only_unequal),
        cmocka_unit_test(not_binds_before_and_before_or),
        cmocka_unit_test(both_halves_of_a_filter_cover_everything),
        cmocka_unit_test(lists_are_read_and_read_again),
        cmocka_unit_test(a_list_may_hold_any_kind),
        cmocka_unit_test(a_match_that_takes_too_long_is_given_up),
        cmocka_unit_test(long_expressions_are_no_trouble),
        cmocka_unit_test(several_threads_ask_one_filter),
        cmocka_unit_test(without_memory_there_is_no_filter),
    };

    return cmocka_run_group_tests(tests, init_samples, NULL);
}
