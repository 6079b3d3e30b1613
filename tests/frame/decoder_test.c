/* Both decoders over the same streams: what comes out is written down as text, a word for each frame,
 *     KIND@OFFSET+SIZE:PAYLOAD    D data, C control, O oversized; the payload of a data frame as it is, the
 *                                 type of a control frame
 * and must be equal for both and in every split. */
#include "proof/splits.h"
#include "proof/test.h"

#include <tapline/frame.h>

#include <stdio.h>

/* clang-format off */
#define READY  "\0\0\0\0" "\0\0\0\x0d" "\0\0\0\4" "\0\0\0\1" "\0\0\0\1" "t" /* 21 bytes, content type "t" */
#define START  "\0\0\0\0" "\0\0\0\x04" "\0\0\0\2"                           /* 12 bytes */
#define STOP   "\0\0\0\0" "\0\0\0\x04" "\0\0\0\3"
#define FUTURE "\0\0\0\0" "\0\0\0\x06" "\0\0\0\x80" "??"                    /* a type that nobody knows yet */
/* clang-format on */

struct notes {
    char text[512];
    size_t size;
    uint64_t sum; /* of the sizes of all frames */
};

static void note(struct notes *notes, const struct tl_frame *frame, bool with_data)
{
    static const char kinds[] = {[TL_FRAME_DATA] = 'D', [TL_FRAME_CONTROL] = 'C', [TL_FRAME_OVERSIZED] = 'O'};
    char *to = notes->text + notes->size;
    size_t room = sizeof(notes->text) - notes->size;
    int length = snprintf(to, room, " %c@%llu+%llu", kinds[frame->kind], (unsigned long long)frame->offset,
                          (unsigned long long)frame->size);

    if (frame->kind == TL_FRAME_CONTROL)
        length += snprintf(to + length, room - (size_t)length, ":%u", tl_be32(frame->payload.data));
    else if (with_data && frame->kind == TL_FRAME_DATA)
        length += snprintf(to + length, room - (size_t)length, ":%.*s", (int)frame->payload.size,
                           (const char *)frame->payload.data);
    assert_int_equal(frame->offset, notes->sum);
    notes->size += (size_t)length;
    notes->sum += frame->size;
}

static void note_end(struct notes *notes, enum tl_status status, const struct tl_frame_decoder *decoder)
{
    snprintf(notes->text + notes->size, sizeof(notes->text) - notes->size, " %s@%llu", tl_status_name(status),
             (unsigned long long)decoder->frame_offset);
}

/* Feeds one split to tl_frame_next, presenting what is left again before each piece. */
static void run_next(struct splits *splits, uint32_t limit, struct notes *notes)
{
    struct tl_frame_decoder decoder;
    struct tl_bytes piece;
    struct tl_frame frame;
    uint8_t held[1024];
    size_t size = 0;
    enum tl_status status = TL_MORE;

    tl_frame_decoder_init(&decoder, limit);
    while (status == TL_MORE && splits_piece(splits, &piece)) {
        assert_in_range(size + piece.size, 0, sizeof(held));
        memcpy(held + size, piece.data, piece.size);
        struct guarded in = guarded_new(held, size + piece.size);
        struct tl_bytes left = tl_bytes(in.data, in.size);
        while ((status = tl_frame_next(&decoder, &left, &frame)) == TL_OK) {
            note(notes, &frame, true);
            assert_int_equal(decoder.offset, notes->sum);
        }
        assert_ptr_equal(left.data + left.size, in.data + in.size);
        size = left.size;
        memcpy(held, left.data, size);
        guarded_free(&in);
    }
    note_end(notes, status, &decoder);
}

/* Feeds one split to tl_frame_skim, which must take every byte. */
static void run_skim(struct splits *splits, uint32_t limit, struct notes *notes)
{
    struct tl_frame_decoder decoder;
    struct tl_bytes piece;
    struct tl_frame frame;
    uint64_t fed = 0;
    enum tl_status status = TL_MORE;

    tl_frame_decoder_init(&decoder, limit);
    while (status == TL_MORE && splits_piece(splits, &piece)) {
        fed += piece.size;
        while ((status = tl_frame_skim(&decoder, &piece, &frame)) == TL_OK) {
            note(notes, &frame, false);
            assert_int_equal(decoder.offset, notes->sum);
        }
        assert_true(status != TL_MORE || (piece.size == 0 && decoder.offset == fed));
    }
    note_end(notes, status, &decoder);
}

/* The expected text for tl_frame_skim: the same without the payloads of data frames. */
static void cut_data(const char *expected, char *to)
{
    bool data = false, cut = false;

    for (; *expected; expected++) {
        if (*expected == ' ') {
            data = expected[1] == 'D';
            cut = false;
        }
        cut = cut || (data && *expected == ':');
        if (!cut)
            *to++ = *expected;
    }
    *to = '\0';
}

static void check(const void *stream, size_t size, uint32_t limit, const char *expected)
{
    struct splits splits = splits_new(stream, size);
    char skimmed[512];

    cut_data(expected, skimmed);
    while (splits_next(&splits)) {
        struct notes notes = {.size = 0};
        run_next(&splits, limit, &notes);
        assert_string_equal(notes.text, expected);
    }
    splits_free(&splits);
    splits = splits_new(stream, size);
    while (splits_next(&splits)) {
        struct notes notes = {.size = 0};
        run_skim(&splits, limit, &notes);
        assert_string_equal(notes.text, skimmed);
    }
    splits_free(&splits);
}

#define CHECK(stream, limit, expected) check(stream, sizeof(stream) - 1, limit, expected)

static void frames_come_whole_and_in_order(void **state)
{
    (void)state;
    CHECK(READY START "\0\0\0\1"
                      "a"
                      "\0\0\0\5"
                      "bcdef" STOP,
          0, " C@0+21:4 C@21+12:2 D@33+5:a D@38+9:bcdef C@47+12:3 TL_MORE@59");
    CHECK(START FUTURE "\0\0\0\2"
                       "xy" FUTURE STOP START,
          0, " C@0+12:2 C@12+14:128 D@26+6:xy C@32+14:128 C@46+12:3 C@58+12:2 TL_MORE@70");
}

static void a_cut_frame_is_not_given(void **state)
{
    (void)state;
    static const char stream[] = START "\0\0\0\3"
                                       "abc";

    check(stream, 0, 0, " TL_MORE@0");
    for (size_t size = 1; size < 12; size++)
        check(stream, size, 0, " TL_MORE@0");
    for (size_t size = 12; size < 19; size++)
        check(stream, size, 0, " C@0+12:2 TL_MORE@12");
    check(stream, 19, 0, " C@0+12:2 D@12+7:abc TL_MORE@19");
}

static void an_oversized_frame_is_skipped_and_the_stream_goes_on(void **state)
{
    (void)state;
    CHECK("\0\0\0\3"
          "abc"
          "\0\0\0\4"
          "defg"
          "\0\0\0\5"
          "hijkl"
          "\0\0\0\1"
          "m" STOP,
          4, " D@0+7:abc D@7+8:defg O@15+9 D@24+5:m C@29+12:3 TL_MORE@41");
    CHECK("\0\0\0\2"
          "ab"
          "\0\0\0\2"
          "cd"
          "\0\0\0\1"
          "e",
          1, " O@0+6 O@6+6 D@12+5:e TL_MORE@17");
    /* One that never ends is not reported, and nothing behind it is taken for a frame. */
    CHECK("\xff\xff\xff\xff" START STOP, 4, " TL_MORE@0");
}

static void a_control_frame_of_a_wrong_length_ends_the_stream(void **state)
{
    (void)state;
    CHECK(START "\0\0\0\0"
                "\0\0\0\0" STOP,
          0, " C@0+12:2 TL_BAD_CONTROL_LENGTH@12");
    CHECK(START "\0\0\0\0"
                "\0\0\0\3"
                "\0\0\0" STOP,
          0, " C@0+12:2 TL_BAD_CONTROL_LENGTH@12");
    CHECK("\0\0\0\1"
          "a"
          "\0\0\0\0"
          "\0\0\2\1" STOP,
          0, " D@0+5:a TL_BAD_CONTROL_LENGTH@5");
    CHECK("\0\0\0\0"
          "\xff\xff\xff\xff" STOP,
          0, " TL_BAD_CONTROL_LENGTH@0");
    CHECK("\0\0\0\0"
          "\xff\xff\xff\xfc" STOP,
          0, " TL_BAD_CONTROL_LENGTH@0");
}

static void the_longest_control_frame(void **state)
{
    (void)state;
    uint8_t stream[TL_CONTROL_FRAME_MAX] = {0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 9};

    check(stream, sizeof(stream), 1, " C@0+520:9 TL_MORE@520");
    check(stream, sizeof(stream) - 1, 1, " TL_MORE@0");
}

/* After the error both stay where they are, whatever comes. */
static void the_error_is_sticky(void **state)
{
    (void)state;
    static const char bad[] = "\0\0\0\0"
                              "\0\0\0\3" START;
    struct tl_bytes in = tl_bytes(bad, sizeof(bad) - 1);
    struct tl_frame_decoder decoder;
    struct tl_frame frame, before;

    memset(&frame, 0x5a, sizeof(frame));
    memcpy(&before, &frame, sizeof(frame));
    tl_frame_decoder_init(&decoder, 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(tl_frame_next(&decoder, &in, &frame), TL_BAD_CONTROL_LENGTH);
        assert_ptr_equal(in.data, bad);
        assert_int_equal(decoder.frame_offset, 0);
    }
    tl_frame_decoder_init(&decoder, 0);
    for (int i = 0; i < 3; i++) {
        in = tl_bytes(i ? START : bad, 12);
        assert_int_equal(tl_frame_skim(&decoder, &in, &frame), TL_BAD_CONTROL_LENGTH);
        assert_int_equal(decoder.frame_offset, 0);
    }
    assert_memory_equal(&frame, &before, sizeof(frame));
}

static void no_bytes_are_no_bytes(void **state)
{
    (void)state;
    struct tl_frame_decoder decoder;
    struct tl_bytes none = {NULL, 0};
    struct tl_frame frame;

    tl_frame_decoder_init(&decoder, 1);
    assert_int_equal(tl_frame_next(&decoder, &none, &frame), TL_MORE);
    struct tl_bytes in = tl_bytes("\0\0\0\2"
                                  "a",
                                  5);
    assert_int_equal(tl_frame_next(&decoder, &in, &frame), TL_MORE);
    assert_int_equal(in.size, 0);
    assert_int_equal(tl_frame_next(&decoder, &none, &frame), TL_MORE);

    tl_frame_decoder_init(&decoder, 1);
    assert_int_equal(tl_frame_skim(&decoder, &none, &frame), TL_MORE);
    in = tl_bytes("\0\0", 2);
    assert_int_equal(tl_frame_skim(&decoder, &in, &frame), TL_MORE);
    assert_int_equal(tl_frame_skim(&decoder, &none, &frame), TL_MORE);
    assert_null(none.data);
}

/* Data frames that lie there whole are passed over at once, up to the first of anything else. */
static void data_frames_are_skimmed_at_once(void **state)
{
    (void)state;
    static const char stream[] = START "\0\0\0\1"
                                       "a"
                                       "\0\0\0\4"
                                       "bcde"
                                       "\0\0\0\5"
                                       "fghij"
                                       "\0\0\0\2"
                                       "kl" STOP "\0\0\0\3"
                                       "mn";
    struct guarded guarded = guarded_new(stream, sizeof(stream) - 1);
    struct tl_bytes in = tl_bytes(guarded.data, guarded.size);
    struct tl_frame_decoder decoder;
    struct tl_frame frame;

    tl_frame_decoder_init(&decoder, 4);
    assert_int_equal(tl_frame_skim_data(&decoder, &in), 0); /* START is none */
    assert_ptr_equal(in.data, guarded.data);
    assert_int_equal(tl_frame_skim(&decoder, &in, &frame), TL_OK);
    assert_int_equal(tl_frame_skim_data(&decoder, &in), 2);
    assert_int_equal(decoder.offset, 12 + 5 + 8);
    assert_int_equal(decoder.frame_offset, decoder.offset);
    assert_ptr_equal(in.data, guarded.data + decoder.offset);
    assert_int_equal(tl_frame_skim(&decoder, &in, &frame), TL_OK);
    assert_int_equal(frame.kind, TL_FRAME_OVERSIZED);
    assert_int_equal(frame.offset, 25);
    assert_int_equal(tl_frame_skim_data(&decoder, &in), 1);
    assert_int_equal(tl_frame_skim(&decoder, &in, &frame), TL_OK);
    assert_int_equal(frame.kind, TL_FRAME_CONTROL);
    assert_int_equal(tl_frame_skim_data(&decoder, &in), 0); /* the last one is cut */
    assert_int_equal(in.size, 6);
    assert_int_equal(tl_frame_skim(&decoder, &in, &frame), TL_MORE);
    struct tl_bytes rest = tl_bytes("o"
                                    "\0\0\0\1"
                                    "p",
                                    6);
    assert_int_equal(tl_frame_skim_data(&decoder, &rest), 0); /* in the middle of a frame nothing begins */
    assert_int_equal(rest.size, 6);
    assert_int_equal(tl_frame_skim(&decoder, &rest, &frame), TL_OK);
    assert_int_equal(frame.size, 7);
    assert_int_equal(tl_frame_skim_data(&decoder, &rest), 1);
    assert_int_equal(rest.size, 0);
    assert_int_equal(tl_frame_skim_data(&decoder, &rest), 0);
    rest = tl_bytes(NULL, 0);
    assert_int_equal(tl_frame_skim_data(&decoder, &rest), 0);
    guarded_free(&guarded);
}

static void a_held_head_is_not_skimmed_over(void **state)
{
    (void)state;
    struct tl_frame_decoder decoder;
    struct tl_frame frame;
    struct tl_bytes in = tl_bytes("\0\0\0", 3);

    tl_frame_decoder_init(&decoder, UINT32_MAX);
    assert_int_equal(tl_frame_skim(&decoder, &in, &frame), TL_MORE);
    in = tl_bytes("\1"
                  "\0\0\0\1"
                  "a",
                  6);
    assert_int_equal(tl_frame_skim_data(&decoder, &in), 0);
    assert_int_equal(in.size, 6);
    in = tl_bytes("\1"
                  "a",
                  2);
    assert_int_equal(tl_frame_skim(&decoder, &in, &frame), TL_OK);
    in = tl_bytes("\xff\xff\xff\xff", 4); /* no limit: it is a data frame, and not whole */
    assert_int_equal(tl_frame_skim_data(&decoder, &in), 0);
    assert_int_equal(in.size, 4);
}

typedef enum tl_status decode_function(struct tl_frame_decoder *decoder, struct tl_bytes *in,
                                       struct tl_frame *ret_frame);

static void check_length(decode_function *decode, uint32_t limit, uint32_t length,
                         enum tl_frame_kind expected)
{
    static uint8_t stream[4 + TL_FRAME_LIMIT_DEFAULT + 1];
    struct tl_bytes in = tl_bytes(stream, 4 + (size_t)length);
    struct tl_builder to = tl_builder(stream, 4);
    struct tl_frame_decoder decoder;
    struct tl_frame frame;

    tl_builder_put_be32(&to, length);
    tl_frame_decoder_init(&decoder, limit);
    assert_int_equal(decode(&decoder, &in, &frame), TL_OK);
    assert_int_equal(frame.kind, expected);
    assert_int_equal(frame.size, 4 + (uint64_t)length);
    if (expected == TL_FRAME_DATA && decode == tl_frame_next) {
        assert_ptr_equal(frame.payload.data, stream + 4);
        assert_int_equal(frame.payload.size, length);
    } else {
        assert_int_equal(frame.payload.size, 0);
    }
}

static void the_limit_is_the_last_length_that_is_taken(void **state)
{
    (void)state;
    decode_function *const both[] = {tl_frame_next, tl_frame_skim};

    for (int i = 0; i < 2; i++) {
        check_length(both[i], 0, 1048576, TL_FRAME_DATA);
        check_length(both[i], 0, 1048577, TL_FRAME_OVERSIZED);
        check_length(both[i], 512, 511, TL_FRAME_DATA);
        check_length(both[i], 512, 512, TL_FRAME_DATA);
        check_length(both[i], 512, 513, TL_FRAME_OVERSIZED);
        check_length(both[i], 1, 1, TL_FRAME_DATA);
        check_length(both[i], UINT32_MAX, 1048577, TL_FRAME_DATA);
    }
}

/* Frames of almost 4 GiB, over and over, from memory that cannot be read: they are passed over without a
 * look, and no sum wraps. */
static void the_longest_lengths_are_skipped_without_reading(void **state)
{
    (void)state;
    decode_function *const both[] = {tl_frame_next, tl_frame_skim};
    const size_t huge = (size_t)1 << 32;
    void *unreadable = mmap(NULL, huge, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (unreadable == MAP_FAILED)
        skip(); /* address space is limited here */
    for (int i = 0; i < 2; i++) {
        struct tl_frame_decoder decoder;
        uint64_t offset = 0;
        tl_frame_decoder_init(&decoder, UINT32_MAX - 4);
        for (uint32_t length = 0xFFFFFFFC; length != 0; length++) {
            uint8_t head[4] = {0xff, 0xff, 0xff, (uint8_t)length};
            struct tl_bytes in = tl_bytes(head, 4), rest = tl_bytes(unreadable, length);
            struct tl_frame frame;
            assert_int_equal(both[i](&decoder, &in, &frame), TL_MORE);
            assert_int_equal(in.size, 0);
            rest.size--;
            assert_int_equal(both[i](&decoder, &rest, &frame), TL_MORE);
            rest = tl_bytes((uint8_t *)unreadable + length - 1, 1);
            assert_int_equal(both[i](&decoder, &rest, &frame), TL_OK);
            assert_int_equal(frame.kind, TL_FRAME_OVERSIZED);
            assert_int_equal(frame.offset, offset);
            assert_int_equal(frame.size, (uint64_t)length + 4);
            offset += frame.size;
            assert_int_equal(decoder.offset, offset);
        }
        assert_true(offset > UINT64_C(3) << 32);
    }
    munmap(unreadable, huge);
}

/* With no limit, such a length only means that more must come. */
static void the_longest_lengths_without_a_limit_wait(void **state)
{
    (void)state;
    for (int last = 0xFC; last <= 0xFF; last++) {
        uint8_t head[5] = {0xff, 0xff, 0xff, (uint8_t)last, 1};
        struct guarded guarded = guarded_new(head, sizeof(head));
        struct tl_bytes in = tl_bytes(guarded.data, guarded.size);
        struct tl_frame_decoder decoder;
        struct tl_frame frame;

        tl_frame_decoder_init(&decoder, UINT32_MAX);
        assert_int_equal(tl_frame_next(&decoder, &in, &frame), TL_MORE);
        assert_int_equal(in.size, 5);
        assert_int_equal(decoder.offset, 0);
        guarded_free(&guarded);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_whole_and_in_order),
        cmocka_unit_test(a_cut_frame_is_not_given),
        cmocka_unit_test(an_oversized_frame_is_skipped_and_the_stream_goes_on),
        cmocka_unit_test(a_control_frame_of_a_wrong_length_ends_the_stream),
        cmocka_unit_test(the_longest_control_frame),
        cmocka_unit_test(the_error_is_sticky),
        cmocka_unit_test(no_bytes_are_no_bytes),
        cmocka_unit_test(data_frames_are_skimmed_at_once),
        cmocka_unit_test(a_held_head_is_not_skimmed_over),
        cmocka_unit_test(the_limit_is_the_last_length_that_is_taken),
        cmocka_unit_test(the_longest_lengths_are_skipped_without_reading),
        cmocka_unit_test(the_longest_lengths_without_a_limit_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
