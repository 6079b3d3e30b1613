#include "print/bind_message.h"

#include "print/made.h"

static struct made made;

#define Q   TL_DNS_QUESTION
#define AN  TL_DNS_ANSWER
#define NS  TL_DNS_AUTHORITY
#define AR  TL_DNS_ADDITIONAL
#define SOA "\1a\0\1b\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"
#define SIG "\0\5\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0k" /* covers no type; the root signs */

/* Reads it at an unreadable page, by both releases' rules. The fault, or NULL; that of 9.20 alone is said. */
static const char *fault_of(struct tl_bytes wire)
{
    struct guarded guarded = guarded_new(wire.data, wire.size);
    struct bind_message message;
    const char *fault[2];

    for (int release = 0; release < 2; release++) {
        assert_true(bind_message_init(&message));
        enum bind_parsed parsed = bind_message_parse(&message, tl_bytes(guarded.data, guarded.size),
                                                     (enum print_bind_release)release);
        fault[release] = message.fault;
        assert_int_equal(parsed, fault[release] ? BIND_MALFORMED : BIND_GOOD);
        assert_true(!fault[release] || message.fault_at <= wire.size);
        bind_message_done(&message);
    }
    guarded_free(&guarded);
    assert_true(fault[0] == fault[1]);
    return fault[0];
}

static void begin(unsigned flags)
{
    made_begin(&made, flags);
    made_question(&made, "a.test", 1, 1);
}

#define assert_sound()     assert_null(fault_of(made_wire(&made)))
#define assert_fault(text) assert_string_equal(fault_of(made_wire(&made)), text)

static void a_message_cut_anywhere_is_malformed(void **state)
{
    (void)state;
    begin(RESPONSE);
    made_a(&made, AN, "a.test", 300, 1);
    made_record(&made, AR, ".", 41, 1232, 0, BYTES("\0\3\0\1x"));
    struct tl_bytes wire = made_wire(&made);

    assert_null(fault_of(wire));
    for (size_t size = 0; size < wire.size; size++)
        assert_non_null(fault_of(tl_bytes(wire.data, size)));
    tl_builder_put_u8(&made.builder, 0);
    assert_sound(); /* what is behind the last record does not matter */
}

static void questions(void **state)
{
    (void)state;
    begin(0);
    made_question(&made, "A.test", 28, 1);
    assert_sound();
    made_question(&made, "a.TEST", 1, 1);
    assert_fault("the same question is asked twice");
    begin(0);
    made_question(&made, "b.test", 1, 1);
    assert_fault("two questions have different names");
    begin(0);
    made_question(&made, "a.test", 28, 3);
    assert_fault("two questions are of different classes");
    made_begin(&made, UPDATE);
    made_question(&made, "a.test", 6, 255);
    assert_fault("the question's class is none of a zone");
    made_begin(&made, 0);
    assert_sound();
}

static void classes(void **state)
{
    (void)state;
    begin(0);
    made_record(&made, AN, "a.test", 16, 3, 0, BYTES("\1x"));
    assert_fault("a record is not of the question's class");
    made_begin(&made, 0);
    made_question(&made, "a.test", 1, 255);
    made_record(&made, AN, "a.test", 16, 3, 0, BYTES("\1x"));
    made_record(&made, AN, "a.test", 16, 1, 0, BYTES("\1x"));
    assert_sound();
    begin(0);
    made_record(&made, AN, "a.test", 25, 3, 0, BYTES("\0\0\3\5k"));
    assert_fault("a KEY record is not of the question's class");
    made_question(&made, "a.test", 249, 1);
    begin(0);
    made_record(&made, AN, "a.test", 24, 3, 0, BYTES("\0\1" SIG));
    assert_non_null(fault_of(made_wire(&made)));
}

static void records_in_the_wrong_place(void **state)
{
    (void)state;
#define TSIG "\1h\0\0\0\0\0\0\1\0\5\0\0\0\1\0\0\0\0"
    begin(0);
    made_record(&made, AR, "k.", 250, 255, 0, BYTES(TSIG));
    assert_sound();
    made_a(&made, AR, "a.test", 0, 1);
    assert_fault("a TSIG record is not the last one, or not of class ANY");
    begin(0);
    made_record(&made, AN, "k.", 250, 255, 0, BYTES(TSIG));
    assert_fault("a TSIG record is not the last one, or not of class ANY");
    begin(0);
    made_record(&made, AR, "k.", 250, 1, 0, BYTES(TSIG));
    assert_fault("a TSIG record is not the last one, or not of class ANY");
    begin(0);
    made_record(&made, AR, ".", 41, 512, 0, BYTES(""));
    assert_sound();
    made_record(&made, AR, ".", 41, 512, 0, BYTES(""));
    assert_fault("an OPT record is out of place");
    begin(0);
    made_record(&made, AR, "a.", 41, 512, 0, BYTES(""));
    assert_fault("an OPT record is out of place");
    begin(0);
    made_record(&made, NS, ".", 41, 512, 0, BYTES(""));
    assert_fault("an OPT record is out of place");
    begin(0);
    made_record(&made, NS, ".", 249, 255, 0, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
    assert_fault("a TKEY record is out of place");
    begin(0);
    made_record(&made, AN, "a.test", 255, 1, 0, BYTES(""));
    assert_fault("a record is of a type that only questions have");
    begin(0);
    made_record(&made, AN, "a.test", 0, 1, 0, BYTES(""));
    assert_fault("the rdata does not have the form of its type");
}

static void only_some_types_are_singletons(void **state)
{
    (void)state;
    begin(RESPONSE);
    made_record(&made, AN, "a.test", 5, 1, 300, BYTES("\1b\0"));
    made_record(&made, AN, "a.test", 5, 1, 200, BYTES("\1B\0"));
    assert_sound(); /* they say the same */
    made_record(&made, AN, "A.test", 5, 1, 300, BYTES("\1c\0"));
    assert_fault("an owner has two records of a type of which there can be one");
    begin(RESPONSE);
    made_record(&made, AN, "a.test", 6, 1, 300, BYTES(SOA));
    made_record(&made, AN, "a.test", 6, 1, 300, BYTES(SOA));
    assert_sound();
    begin(RESPONSE);
    made_record(&made, AN, "a.test", 47, 1, 300, BYTES("\0\0\1\100"));
    made_record(&made, AN, "a.test", 47, 1, 300, BYTES("\0\0\1\140"));
    assert_sound();
    begin(UPDATE);
    made_record(&made, NS, "a.test", 5, 1, 300, BYTES("\1b\0"));
    made_record(&made, NS, "a.test", 5, 1, 300, BYTES("\1c\0"));
    assert_sound();
}

static void updates(void **state)
{
    (void)state;
    begin(UPDATE);
    made_record(&made, AN, "x.test", 255, 255, 0, BYTES(""));
    made_record(&made, AN, "x.test", 1, 254, 0, BYTES(""));
    made_record(&made, NS, "x.test", 1, 255, 0, BYTES(""));
    made_record(&made, NS, "x.test", 1, 254, 0, BYTES("\300\0\2\1"));
    assert_sound();
    made_record(&made, NS, "x.test", 1, 255, 0, BYTES("\300\0\2\1"));
    assert_fault("a record of an UPDATE has rdata, but its class allows none");
    begin(UPDATE);
    made_record(&made, NS, "x.test", 1, 254, 0, BYTES("\300\0\2"));
    assert_fault("the rdata does not have the form of its type");
}

/* "owner/type:ttl=count" of each set in the section, in the order in which they are put. */
static char *sets_of(struct tl_bytes wire, enum tl_dns_section section, enum print_bind_release release)
{
    static char text[4096];
    char name[TL_DNS_NAME_TEXT_SIZE];
    size_t size, at = 0;
    struct bind_message message;

    assert_true(bind_message_init(&message));
    assert_int_equal(bind_message_parse(&message, wire, release), BIND_GOOD);
    text[0] = '\0';
    for (uint32_t i = message.section[section]; i < message.section[section + 1]; i++) {
        const struct bind_owner *owner = &message.owners[i];
        assert_int_equal(tl_dns_name_print(wire, owner->name, name, &size, NULL), TL_OK);
        for (uint32_t set = owner->first; set != BIND_NONE; set = message.sets[set].next) {
            unsigned count = 0;
            for (uint32_t rr = message.sets[set].first; rr != BIND_NONE; rr = message.rrs[rr].next)
                count++;
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s/%u:%u=%u", at ? " " : "", name,
                                   (unsigned)message.sets[set].type, (unsigned)message.sets[set].ttl, count);
        }
    }
    bind_message_done(&message);
    return text;
}

static void records_are_regrouped_with_the_least_ttl(void **state)
{
    (void)state;
    for (int is_update = 0; is_update < 2; is_update++) {
        begin(is_update ? UPDATE : RESPONSE);
        made_a(&made, NS, "b.test", 300, 1);
        made_a(&made, NS, "a.test", 200, 2);
        made_record(&made, NS, "B.test", 16, 1, 100, BYTES("\1x"));
        made_a(&made, NS, "B.test", 400, 1);
        made_a(&made, NS, "a.TEST", 100, 3);
        if (is_update)
            assert_string_equal(
                sets_of(made_wire(&made), NS, PRINT_BIND_9_18),
                "b.test/1:300=1 a.test/1:200=1 B.test/16:100=1 B.test/1:400=1 a.TEST/1:100=1");
        else
            assert_string_equal(sets_of(made_wire(&made), NS, PRINT_BIND_9_18),
                                "b.test/1:300=2 b.test/16:100=1 a.test/1:100=2");
    }
}

static void a_singleton_said_twice_is_one_in_debian(void **state)
{
    (void)state;
    begin(RESPONSE);
    made_record(&made, AN, "a.test", 6, 1, 300, BYTES(SOA));
    made_record(&made, AN, "a.test", 6, 1, 200, BYTES(SOA));
    assert_string_equal(sets_of(made_wire(&made), AN, PRINT_BIND_9_18), "a.test/6:200=1");
    assert_string_equal(sets_of(made_wire(&made), AN, PRINT_BIND_9_20), "a.test/6:200=2");
}

static void sections_end_where_a_fault_is(void **state)
{
    (void)state;
    struct bind_message message;

    begin(RESPONSE);
    made_a(&made, AN, "a.test", 300, 1);
    size_t at = made_wire(&made).size;
    made_record(&made, AN, "b.test", 1, 1, 300, BYTES("\1"));
    made_a(&made, NS, "c.test", 300, 1);
    assert_true(bind_message_init(&message));
    assert_int_equal(bind_message_parse(&message, made_wire(&made), PRINT_BIND_9_18), BIND_MALFORMED);
    assert_int_equal(message.fault_at, at);
    assert_int_equal(message.section[AN + 1] - message.section[AN], 1);
    assert_int_equal(message.section[TL_DNS_SECTIONS], message.section[AN + 1]);
    bind_message_done(&message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_cut_anywhere_is_malformed),
        cmocka_unit_test(questions),
        cmocka_unit_test(classes),
        cmocka_unit_test(records_in_the_wrong_place),
        cmocka_unit_test(only_some_types_are_singletons),
        cmocka_unit_test(updates),
        cmocka_unit_test(records_are_regrouped_with_the_least_ttl),
        cmocka_unit_test(a_singleton_said_twice_is_one_in_debian),
        cmocka_unit_test(sections_end_where_a_fault_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
