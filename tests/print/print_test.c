#include "print/print.h"

#include "print/printed.h"
#include "print/sample.h"
#include "proof/test.h"

#include <tapline/frame.h>

#include <errno.h>
#include <fcntl.h>

static void raw_output_is_a_stream_of_the_frames_as_they_are(void **state)
{
    (void)state;
    static const uint8_t frames[] = {0x78, 1, 0xff, 0xff, 0xff};
    struct record record;
    int fd = printed_open();
    struct print *print = print_new(&(struct print_options){.fd = fd, .format = PRINT_RAW});
    uint8_t *large = calloc(1, 600000);
    size_t size;

    assert_non_null(print);
    assert_non_null(large);
    record_open(&record, tl_bytes(frames, 2), 0);
    assert_int_equal(print_put(print, &record), TL_OK);
    record_open(&record, tl_bytes(frames + 2, 3), 0); /* no dnstap */
    assert_int_equal(print_put(print, &record), TL_OK);
    record_open(&record, tl_bytes(large, 600000), 0); /* longer than the buffer */
    assert_int_equal(print_put(print, &record), TL_OK);
    assert_int_equal(print_finish(print), TL_OK);
    print_free(print);

    char *text = printed_take(fd, &size);
    struct tl_bytes in = tl_bytes(text, size);
    struct tl_frame_decoder decoder;
    struct tl_frame frame;
    struct tl_control control;
    static const size_t sizes[] = {2, 3, 600000};
    tl_frame_decoder_init(&decoder, 0);
    assert_int_equal(tl_frame_next(&decoder, &in, &frame), TL_OK);
    assert_int_equal(frame.kind, TL_FRAME_CONTROL);
    assert_int_equal(tl_control_decode(frame.payload, &control, NULL), TL_OK);
    assert_int_equal(control.type, TL_CONTROL_START);
    assert_int_equal(control.content_type_count, 1);
    assert_true(tl_bytes_equal(control.content_types[0], tl_bytes_of_text("protobuf:dnstap.Dnstap")));
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(tl_frame_next(&decoder, &in, &frame), TL_OK);
        assert_int_equal(frame.kind, TL_FRAME_DATA);
        assert_int_equal(frame.payload.size, sizes[i]);
        assert_memory_equal(frame.payload.data, i == 0 ? frames : i == 1 ? frames + 2 : large, sizes[i]);
    }
    assert_int_equal(tl_frame_next(&decoder, &in, &frame), TL_OK);
    assert_int_equal(tl_control_decode(frame.payload, &control, NULL), TL_OK);
    assert_int_equal(control.type, TL_CONTROL_STOP);
    assert_int_equal(in.size, 0);
    free(text);
    free(large);
}

static char *printed(enum print_format format, const struct record *record)
{
    int fd = printed_open();
    struct print *print = print_new(&(struct print_options){.fd = fd, .format = format, .utc = true});

    assert_non_null(print);
    assert_int_equal(print_put(print, record), TL_OK);
    assert_int_equal(print_finish(print), TL_OK);
    print_free(print);
    return printed_take(fd, NULL);
}

static void hexadecimal_stands_below_the_line(void **state)
{
    (void)state;
    struct record record = sample(TL_DNSTAP_CLIENT_QUERY);
    char *found = printed(PRINT_HEX, &record);

    assert_string_equal(found, "14-Nov-2023 22:13:20.123 CQ 198.51.100.7:40000 -> 192.0.2.53:53 UDP 34b "
                               "www.example.test/IN/A\n"
                               "12340100000100000000000003777777076578616D706C6504746573740000010001\n");
    free(found);
    record.dnstap.query_message.size = 0;
    found = printed(PRINT_HEX, &record);
    assert_string_equal(found,
                        "14-Nov-2023 22:13:20.123 CQ 198.51.100.7:40000 -> 192.0.2.53:53 UDP 0b ?/?/?\n");
    free(found);
}

static void json_and_line_end_with_a_line_feed(void **state)
{
    (void)state;
    struct record record = {.status = TL_OK};
    char *found = printed(PRINT_JSON, &record);

    assert_string_equal(found, "{\"dnstap_type\":\"0\"}\n");
    free(found);
    found = printed(PRINT_LINE, &record);
    assert_string_equal(found, "\?\?\?\?-\?\?-\?\? ??:??:??.??? ? ? -> ? ? 0b ?/?/?\n");
    free(found);
}

static void json_says_what_became_of_an_exchange(void **state)
{
    (void)state;
    struct record record = sample(TL_DNSTAP_CLIENT_RESPONSE);
    char *found = printed(PRINT_JSON, &record);

    assert_null(strstr(found, "\"pair\""));
    free(found);
    record.pair = RECORD_ANSWERED;
    found = printed(PRINT_JSON, &record);
    assert_non_null(strstr(found, ",\"pair\":\"answered\",\"latency\":1.876543210}\n"));
    free(found);
    record.dnstap.query_time_nsec = 1000000000;
    found = printed(PRINT_JSON, &record);
    assert_non_null(strstr(found, ",\"pair\":\"answered\"}\n"));
    free(found);
    record.pair = RECORD_UNASKED;
    found = printed(PRINT_JSON, &record);
    assert_non_null(strstr(found, ",\"pair\":\"unasked\"}\n"));
    free(found);
    record = sample(TL_DNSTAP_CLIENT_QUERY); /* with both times */
    record.pair = RECORD_UNANSWERED;
    found = printed(PRINT_JSON, &record);
    assert_non_null(strstr(found, ",\"pair\":\"unanswered\"}\n"));
    free(found);
}

static void a_full_output_is_reported_at_every_call(void **state)
{
    (void)state;
    struct record record = sample(TL_DNSTAP_CLIENT_QUERY);
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    struct print *print = print_new(&(struct print_options){.fd = fd, .format = PRINT_JSON, .utc = true});
    enum tl_status status = TL_OK;

    assert_non_null(print);
    for (int i = 0; i < 2000 && status == TL_OK; i++)
        status = print_put(print, &record);
    assert_int_equal(status, TL_SYSTEM);
    assert_int_equal(errno, ENOSPC);
    errno = 0;
    assert_int_equal(print_put(print, &record), TL_SYSTEM);
    assert_int_equal(errno, ENOSPC);
    assert_int_equal(print_flush(print), TL_SYSTEM);
    errno = 0;
    assert_int_equal(print_finish(print), TL_SYSTEM);
    assert_int_equal(errno, ENOSPC);
    print_free(print);
    print_free(NULL);
    close(fd);
}

static void memory_is_taken_piece_by_piece(void **state)
{
    (void)state;
    struct record record = sample(TL_DNSTAP_CLIENT_QUERY);
    struct print *print = print_new(&(struct print_options){.fd = -1, .format = PRINT_JSON});

    assert_non_null(print);
    assert_int_equal(print_take(print).size, 0);
    assert_int_equal(print_put(print, &record), TL_OK);
    struct tl_bytes one = print_take(print);
    size_t size = one.size;
    assert_true(size > 100 && one.data[size - 1] == '\n');
    for (unsigned i = 0; i < 5000; i++)
        assert_int_equal(print_put(print, &record), TL_OK);
    assert_int_equal(print_flush(print), TL_OK);
    struct tl_bytes all = print_take(print);
    assert_int_equal(all.size, 5000 * size);
    for (size_t i = 1; i < 5000; i++)
        assert_memory_equal(all.data, all.data + i * size, size);
    assert_int_equal(print_finish(print), TL_OK);
    assert_int_equal(print_take(print).size, 0);
    print_free(print);
}

static void a_part_has_neither_beginning_nor_end(void **state)
{
    (void)state;
    struct record record;
    struct print *print = print_new(&(struct print_options){.fd = -1, .format = PRINT_RAW, .is_part = true});

    assert_non_null(print);
    record_open(&record, tl_bytes_of_text("frame"), 0);
    assert_int_equal(print_put(print, &record), TL_OK);
    assert_int_equal(print_finish(print), TL_OK);
    assert_true(tl_bytes_equal(print_take(print), tl_bytes("\0\0\0\5frame", 9)));
    print_free(print);
}

/* BIND prints nothing of a record, and a part may come in pieces of any size. */
static void only_the_first_text_loses_its_prefix(void **state)
{
    (void)state;
    struct print *print = print_new(&(struct print_options){.fd = -1, .format = PRINT_YAML_OF_BIND});
    static const char *const parts[] = {"", "--", "", "-\na\n", "", "---\nb\n"};

    assert_non_null(print);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        assert_int_equal(print_put_part(print, tl_bytes_of_text(parts[i])), TL_OK);
    assert_true(tl_bytes_equal(print_take(print), tl_bytes_of_text("a\n---\nb\n")));
    print_free(print);
}

static void a_word_stands_for_each_format(void **state)
{
    (void)state;
    enum print_format format = PRINT_RAW;

    for (enum print_format i = 0; i < PRINT_FORMATS; i++) {
        assert_true(print_format_parse(print_format_word(i), &format) && format == i);
    }
    assert_string_equal(print_format_word(PRINT_LINE), "line");
    format = PRINT_HEX;
    assert_false(print_format_parse("Line", &format));
    assert_int_equal(format, PRINT_HEX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raw_output_is_a_stream_of_the_frames_as_they_are),
        cmocka_unit_test(hexadecimal_stands_below_the_line),
        cmocka_unit_test(json_and_line_end_with_a_line_feed),
        cmocka_unit_test(json_says_what_became_of_an_exchange),
        cmocka_unit_test(a_full_output_is_reported_at_every_call),
        cmocka_unit_test(memory_is_taken_piece_by_piece),
        cmocka_unit_test(a_part_has_neither_beginning_nor_end),
        cmocka_unit_test(only_the_first_text_loses_its_prefix),
        cmocka_unit_test(a_word_stands_for_each_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
