#include "print/dig.h"

#include "print/made.h"
#include "print/sample.h"

static struct made made;

/* What is put of a response with this message; the caller frees it. */
static char *text_of(struct tl_bytes wire)
{
    struct guarded guarded = guarded_new(wire.data, wire.size);
    struct record record = sample(TL_DNSTAP_CLIENT_RESPONSE);
    struct print_dig dig;
    struct print_line line;
    struct print_output output;

    record.dnstap.response_message = tl_bytes(guarded.data, guarded.size);
    print_line_init(&line, true, false);
    assert_true(print_dig_init(&dig));
    assert_true(print_output_init(&output, -1));
    assert_true(print_dig_put(&dig, &line, &output, &record));
    char *text = strndup(output.start, (size_t)(output.at - output.start));
    print_output_done(&output);
    print_dig_done(&dig);
    guarded_free(&guarded);
    return text;
}

static void assert_dig(struct tl_bytes wire, const char *expected)
{
    char *text = text_of(wire);

    assert_string_equal(text, expected);
    free(text);
}

#define LINE(size, question)                                                                                 \
    "14-Nov-2023 22:13:21.999 CR 198.51.100.7:40000 <- 192.0.2.53:53 UDP " size " " question "\n"
#define HEADER(answers)                                                                                      \
    ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id:   4660\n"                                           \
    ";; flags: qr rd ra; QUESTION: 1, ANSWER: " answers ", AUTHORITY: 0, ADDITIONAL: 0\n"
#define QUESTION ";; QUESTION SECTION:\n;www.example.test.\t\tIN\tA\n\n"
#define ANSWER   ";; ANSWER SECTION:\nwww.example.test.\t300\tIN\tA\t192.0.2.1\n\n"

static void a_sound_message(void **state)
{
    (void)state;
    assert_dig(tl_bytes(response_wire, sizeof(response_wire)),
               LINE("50b", "www.example.test/IN/A") HEADER("1") QUESTION ANSWER);
}

static void a_message_without_a_question(void **state)
{
    (void)state;
    made_begin(&made, RESPONSE | 1);
    assert_dig(made_wire(&made),
               LINE("12b", "?/?/?") ";; ->>HEADER<<- opcode: QUERY, status: FORMERR, id:   4660\n"
                                    ";; flags: qr rd ra; QUESTION: 0, ANSWER: 0, AUTHORITY: "
                                    "0, ADDITIONAL: 0\n\n");
    assert_dig(tl_bytes(NULL, 0), LINE("0b", "?/?/?"));
}

/* What can be read is there, and where the fault is. */
static void a_malformed_message(void **state)
{
    (void)state;
    made_begin(&made, RESPONSE);
    made_question(&made, "www.example.test", 1, 1);
    made_a(&made, TL_DNS_ANSWER, "www.example.test", 300, 1);
    size_t sound = made_wire(&made).size;
    made_record(&made, TL_DNS_ANSWER, "www.example.test", 1, 1, 300, BYTES("\300\0\2"));
    char *text = text_of(made_wire(&made)), expected[1024];
    snprintf(expected, sizeof(expected),
             LINE("%zub", "www.example.test/IN/A") HEADER("2") QUESTION ANSWER
             ";; malformed: the rdata does not have the form of its type at byte %zu of %zu\n\n",
             made_wire(&made).size, sound, made_wire(&made).size);
    assert_string_equal(text, expected);
    free(text);
    assert_dig(tl_bytes(response_wire, 49), LINE("49b", "www.example.test/IN/A") HEADER("1") QUESTION
               ";; malformed: the input ends in the middle of a value at byte 44 of 49\n\n");
    assert_dig(tl_bytes(response_wire, 5),
               LINE("5b", "?/?/?") ";; malformed: the header is cut off at byte 5 of 5\n\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_message),
        cmocka_unit_test(a_message_without_a_question),
        cmocka_unit_test(a_malformed_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
