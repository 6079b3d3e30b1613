#include "proof/test.h"
#include "source/transcript.h"

#include <sys/mman.h>
#include <time.h>

/* What is said of a file of these bytes. */
static const char *say(struct transcript *transcript, const struct sample *sample, uint32_t limit)
{
    char path[64];
    const char *const paths[] = {path};
    struct source_options options = {.paths = paths, .path_count = 1, .stop_fd = -1, .frame_limit = limit};
    int fd = memfd_create("x", MFD_CLOEXEC);

    assert_int_equal(write(fd, sample->data, sample->size), sample->size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    transcript_of(transcript, &options);
    close(fd);
    return transcript->text;
}

/* The file's name in what is said is its descriptor's number: replaced by "F". */
static void assert_said_with(uint32_t limit, const struct sample *sample, const char *expected)
{
    static struct transcript transcript;
    char said[4096];
    size_t length = 0;
    const char *text = say(&transcript, sample, limit);

    while (*text) {
        static const char *const words[] = {"notice ", "skipped ", "failed "};
        for (size_t i = 0; i < 3; i++) {
            size_t size = strlen(words[i]);
            if (strncmp(text, words[i], size) == 0) {
                length += (size_t)sprintf(said + length, "%sF", words[i]);
                text += size + strspn(text + size, "0123456789");
            }
        }
        const char *end = strchr(text, '\n') + 1;
        memcpy(said + length, text, (size_t)(end - text));
        length += (size_t)(end - text);
        text = end;
    }
    said[length] = '\0';
    assert_string_equal(said, expected);
}

#define assert_said(sample, expected) assert_said_with(0, sample, expected)

static void a_sound_stream_is_its_frames(void **state)
{
    (void)state;
    struct sample sample = {.size = 0};

    sample_stream(&sample, 1, 3);
    assert_said(&sample, "frame 1\nframe 2\nframe 3\nend\n");
}

static void reading_goes_on_past_stop_and_start(void **state)
{
    (void)state;
    struct sample sample = {.size = 0};

    sample_stream(&sample, 1, 1);
    assert_int_equal(sample.size, 42 + 42 + 12);
    sample_stream(&sample, 2, 2);
    sample_start(&sample);
    sample_frame(&sample, 3);
    sample_start(&sample);
    sample_frame(&sample, 4);
    assert_said(&sample,
                "frame 1\nnotice F at 96: another stream follows STOP here\nframe 2\n"
                "notice F at 192: another stream follows STOP here\nframe 3\n"
                "notice F at 276: another stream begins here, without STOP before it\nframe 4\nend\n");
}

static void a_file_may_end_at_any_border(void **state)
{
    (void)state;
    struct sample sample = {.size = 0};

    sample_start(&sample);
    assert_said(&sample, "end\n");
    sample_frame(&sample, 1);
    assert_said(&sample, "frame 1\nend\n");
}

static void an_empty_file_is_told_of(void **state)
{
    (void)state;
    struct sample sample = {.size = 0};

    assert_said(&sample, "notice F: is empty\nend\n");
}

static void the_end_inside_a_frame_is_told_with_its_bytes(void **state)
{
    (void)state;
    struct sample whole = {.size = 0};

    sample_stream(&whole, 1, 2);
    for (size_t size = 85; size < 126; size++) {
        struct sample cut = whole;
        char expected[128];
        cut.size = size;
        snprintf(expected, sizeof(expected), "frame 1\nskipped F at 84 +%zu: ends inside a frame\nend\n",
                 size - 84);
        assert_said(&cut, expected);
    }
    whole.size = 126 + 11;
    assert_said(&whole, "frame 1\nframe 2\nskipped F at 126 +11: ends inside a frame\nend\n");
    whole.size = 41;
    assert_said(&whole, "skipped F +41: ends inside a frame\nend\n");
}

static void frames_without_start_are_read(void **state)
{
    (void)state;
    struct sample sample = {.size = 0};

    sample_frame(&sample, 1);
    sample_frame(&sample, 2);
    sample_stop(&sample);
    sample_frame(&sample, 3);
    assert_said(&sample,
                "notice F: begins without START; its frames are read all the same\nframe 1\nframe 2\n"
                "notice F at 96: frames without START begin here; they are read all the same\n"
                "frame 3\nend\n");
}

static void unknown_and_idle_control_frames_are_passed_over(void **state)
{
    (void)state;
    struct sample sample = {.size = 0};

    sample_put_control(&sample, TL_CONTROL_READY, TL_DNSTAP_CONTENT_TYPE);
    sample_start(&sample);
    sample_put(&sample, "\0\0\0\0\0\0\0\4\0\0\1\0", 12);
    sample_frame(&sample, 1);
    sample_stop(&sample);
    sample_put_control(&sample, TL_CONTROL_FINISH, "");
    assert_said(&sample, "frame 1\nend\n");
}

static void another_content_type_is_passed_over(void **state)
{
    (void)state;
    struct sample sample = {.size = 0};

    sample_put_control(&sample, TL_CONTROL_START, "protobuf:other\n");
    sample_frame(&sample, 1);
    sample_frame(&sample, 2);
    sample_stop(&sample);
    sample_stream(&sample, 3, 3);
    assert_said(
        &sample,
        "failed F: holds a stream of content type \"protobuf:other?\", not \"protobuf:dnstap.Dnstap\"\n"
        "skipped F at 35 +84: frames of another content type were passed over\n"
        "notice F at 131: another stream follows STOP here\nframe 3\nend\n");
    sample.size = 35 + 84 - 1;
    assert_said(
        &sample,
        "failed F: holds a stream of content type \"protobuf:other?\", not \"protobuf:dnstap.Dnstap\"\n"
        "skipped F at 35 +83: frames of another content type were passed over\nend\n");
}

static void an_oversized_frame_is_passed_over(void **state)
{
    (void)state;
    struct sample sample = {.size = 0};
    uint8_t zeros[600] = {0};

    sample_start(&sample);
    sample_frame(&sample, 1);
    sample_put_be32(&sample, 513);
    sample_put(&sample, zeros, 513);
    sample_frame(&sample, 2);
    sample_stop(&sample);
    assert_said_with(
        512, &sample,
        "frame 1\nskipped F at 84 +517: a frame of 513 bytes, above the limit of 512, was passed "
        "over\nframe 2\nend\n");
    sample.size = 84 + 516;
    sample.data[sample.size - 1] = 1;
    assert_said_with(
        512, &sample,
        "frame 1\nskipped F at 84 +516: ends inside a frame of 513 bytes, above the limit of 512, "
        "or is damaged from here on\nend\n");
}

static void a_length_above_the_limit_may_be_damage(void **state)
{
    (void)state;
    struct sample sample = {.size = 0};

    sample_stream(&sample, 1, 4);
    sample.data[84] = 0x7f;
    assert_said(&sample,
                "frame 1\nskipped F at 84 +42: is damaged here; reading goes on at the next plausible frame\n"
                "frame 3\nframe 4\nend\n");
}

static void what_is_no_frame_is_skipped(void **state)
{
    (void)state;
    struct sample sample = {.size = 0};

    sample_start(&sample);
    sample_frame(&sample, 1);
    sample_put(&sample, "\0\0\0\0\0\0\0\3ab", 10);
    sample_frame(&sample, 2);
    sample_put(&sample, "this is no frame", 16);
    sample_frame(&sample, 3);
    sample_stop(&sample);
    sample_put(&sample, "and this is none", 16);
    assert_said(
        &sample,
        "frame 1\nskipped F at 84 +10: is damaged here (a control frame is shorter than its type or longer "
        "than 512 "
        "bytes); reading goes on at the next plausible frame\n"
        "frame 2\nskipped F at 136 +16: is damaged here; reading goes on at the next plausible frame\n"
        "frame 3\nskipped F at 206 +16: is damaged from here to its end\nend\n");
}

static void zero_bytes_at_the_end_are_named(void **state)
{
    (void)state;
    struct sample sample = {.size = 0};

    sample_start(&sample);
    sample_frame(&sample, 1);
    sample.size += 1000;
    assert_said(&sample, "frame 1\nskipped F at 84 +1000: holds only zero bytes from here to its end, as a "
                         "power cut leaves them\nend\n");
}

static void an_undecodable_frame_between_sound_ones_stands(void **state)
{
    (void)state;
    struct sample sample = {.size = 0};

    sample_start(&sample);
    sample_put(&sample,
               "\0\0\0\5\x0a\x50"
               "abc",
               9);
    sample_put(&sample, "\0\0\0\4\x0a\x50xx", 8);
    sample_frame(&sample, 1);
    sample_put(&sample, "\0\0\0\4\x0a\x50xx", 8);
    sample_stop(&sample);
    assert_said(&sample, "undecodable, 5 bytes\nundecodable, 4 bytes\nframe 1\nundecodable, 4 bytes\nend\n");
    sample.size -= 12;
    assert_said(&sample, "undecodable, 5 bytes\nundecodable, 4 bytes\nframe 1\nundecodable, 4 bytes\nend\n");
}

static void undecodable_frames_with_something_else_behind_are_taken_back(void **state)
{
    (void)state;
    struct sample sample = {.size = 0};

    sample_start(&sample);
    sample_frame(&sample, 1);
    sample_put(&sample,
               "\0\0\0\5\x0a\x50"
               "abc",
               9);
    sample_put(&sample, "\0\0\0\3\x0f\1\2", 7); /* no protobuf begins like this */
    sample_frame(&sample, 2);
    sample_stop(&sample);
    sample_put(&sample, "\0\0\0\4\x0a\x50xx", 8);
    assert_said(&sample,
                "frame 1\nskipped F at 84 +16: is damaged here; reading goes on at the next plausible frame\n"
                "frame 2\nskipped F at 154 +8: is damaged from here to its end\nend\n");
}

static void a_frame_that_swallowed_others_is_taken_back(void **state)
{
    (void)state;
    struct sample sample = {.size = 0};

    sample_stream(&sample, 1, 6);
    sample.data[87] = 84; /* of frame 2; it was 38 */
    assert_said(&sample,
                "frame 1\nskipped F at 84 +42: is damaged here; reading goes on at the next plausible frame\n"
                "frame 3\nframe 4\nframe 5\nframe 6\nend\n");
    sample.data[87] = 20;
    assert_said(&sample,
                "frame 1\nskipped F at 84 +42: is damaged here; reading goes on at the next plausible frame\n"
                "frame 3\nframe 4\nframe 5\nframe 6\nend\n");
}

static void what_is_no_frame_streams_file_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        const char *name;
    } files[] = {
        {"GET / HTTP/1.1\r\n", 16, " (it looks like text)"},
        {"{\"a\": 1}", 8, " (it looks like JSON)"},
        {"\xd4\xc3\xb2\xa1\2\0\4\0", 8, " (it looks like a packet capture (pcap))"},
        {"\x0a\x0d\x0d\x0a\0\0\0\x1c", 8, " (it looks like a packet capture (pcapng))"},
        {"\0\0\0\0\0\0\0\0\0", 9, " (it begins with nothing but zero bytes)"},
        {"\x0a\3abc\x78\1\1\2\3", 10, " (it looks like protobuf without framing)"},
        {"\xff\xfe\xfd\xfc\xfb", 5, ""},
    };

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct sample sample = {.size = 0};
        char expected[160];
        sample_put(&sample, files[i].bytes, files[i].size);
        snprintf(expected, sizeof(expected), "failed F +%zu: is no Frame Streams file%s\nend\n",
                 files[i].size, files[i].name);
        assert_said(&sample, expected);
    }
}

/* Every frame is given out or its bytes are reported: whichever byte of a small file is damaged, however. */
static void the_books_balance_over_any_damaged_byte(void **state)
{
    (void)state;
    static const uint8_t masks[] = {0xff, 0x01, 0x80, 0x04, 0x20};
    static struct transcript transcript;
    struct sample sound = {.size = 0};

    sample_stream(&sound, 1, 5);
    for (size_t at = 0; at < sound.size * sizeof(masks); at++) {
        struct sample sample = sound;
        size_t place = at / sizeof(masks);
        unsigned of = place < 42 || place >= 252 ? 0 : (unsigned)(place - 42) / 42 + 1;
        sample.data[place] ^= masks[at % sizeof(masks)];
        const char *said = say(&transcript, &sample, 0);
        for (unsigned i = 1; i <= 5 && !strstr(said, "content type"); i++) {
            char line[32];
            snprintf(line, sizeof(line), "frame %u\n", i);
            if (i != of && !strstr(said, line))
                fail_msg("byte %zu ^ %02x: frame %u is missing in\n%s", place, masks[at % sizeof(masks)], i,
                         said);
        }
        uint64_t rest = sound.size - transcript.frame_bytes - transcript.skipped;
        if (rest != 0 && rest != 12 && rest != 42 && rest != 54) /* STOP, START, both */
            fail_msg("byte %zu ^ %02x: %llu bytes are nowhere in\n%s", place, masks[at % sizeof(masks)],
                     (unsigned long long)rest, said);
    }
}

/* Pieces ---------------------------------------------------------------------------------------------- */

/* A source over the reading end of a pipe. */
static struct source *open_pipe(int fds[2], char path[64])
{
    static const char *paths[1];

    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    snprintf(path, 64, "/proc/self/fd/%d", fds[0]);
    paths[0] = path;
    return sample_open_path(paths);
}

static void any_split_gives_the_same_frames(void **state)
{
    (void)state;
    static struct transcript transcript;
    struct sample sample = {.size = 0};
    int fds[2];
    char path[64];

    sample_stream(&sample, 1, 3);
    for (size_t cut = 0; cut <= sample.size; cut++) {
        struct source *source = open_pipe(fds, path);
        memset(&transcript, 0, sizeof(transcript));
        assert_int_equal(write(fds[1], sample.data, cut), cut);
        while (transcript_take(&transcript, source))
            ;
        assert_int_equal(transcript.idles, 1);
        assert_int_equal(write(fds[1], sample.data + cut, sample.size - cut), sample.size - cut);
        close(fds[1]);
        while (!transcript.has_ended)
            transcript_take(&transcript, source);
        assert_string_equal(transcript.text, "frame 1\nframe 2\nframe 3\nend\n");
        source_free(source);
        close(fds[0]);
    }
}

static void one_byte_at_a_time_gives_the_same_items(void **state)
{
    (void)state;
    static struct transcript transcript;
    struct sample sample = {.size = 0};
    int fds[2];
    char path[64];

    sample_start(&sample);
    sample_frame(&sample, 1);
    sample_put(&sample, "no frame", 8);
    sample_frame(&sample, 2);
    sample_stop(&sample);
    memset(&transcript, 0, sizeof(transcript));
    struct source *source = open_pipe(fds, path);
    for (size_t i = 0; i < sample.size; i++) {
        while (transcript_take(&transcript, source))
            ;
        assert_int_equal(write(fds[1], sample.data + i, 1), 1);
    }
    close(fds[1]);
    while (!transcript.has_ended)
        transcript_take(&transcript, source);
    char expected[256];
    snprintf(expected, sizeof(expected),
             "frame 1\nskipped %d at 84 +8: is damaged here; reading goes on at the next plausible frame\n"
             "frame 2\nend\n",
             fds[0]);
    assert_string_equal(transcript.text, expected);
    assert_true(transcript.idles >= sample.size);
    source_free(source);
    close(fds[0]);
}

/* Large ----------------------------------------------------------------------------------------------- */

static int open_large(size_t size)
{
    int fd = memfd_create("x", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)size), 0);
    return fd;
}

enum { HEADS_SIZE = 64000, TAIL_SIZE = 131072, REGION_SIZE = HEADS_SIZE + TAIL_SIZE, REGIONS = 16 };

/* Heads of frames, a new one every eight bytes. Each has a field that reaches over all heads behind it, then
 * thousands of fields that it shares with the other ones, and an end that is wrong. */
static void put_hostile_region(uint8_t *data)
{
    for (uint32_t at = 0; at < HEADS_SIZE; at += 8) {
        uint32_t over = HEADS_SIZE - at - 8;
        memcpy(data + at, "\0\1\xff\xf1\x1a", 5);
        data[at + 5] = (uint8_t)(over | 0x80);
        data[at + 6] = (uint8_t)(over >> 7 | 0x80);
        data[at + 7] = (uint8_t)(over >> 14);
    }
    for (size_t at = HEADS_SIZE; at < REGION_SIZE; at += 2) {
        data[at] = 0x78;
        data[at + 1] = 1;
    }
}

/* Frames that overlap, each of which takes long to be found undecodable, must not take time in proportion to
 * their product. */
static void hostile_overlaps_cost_no_more_than_their_size(void **state)
{
    (void)state;
    static struct transcript transcript;
    size_t size = 42 + (size_t)REGIONS * REGION_SIZE;
    int fd = open_large(size);
    uint8_t *data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    struct sample start = {.size = 0};
    char path[64];
    const char *const paths[] = {path};

    sample_start(&start);
    memcpy(data, start.data, 42);
    for (int i = 0; i < REGIONS; i++)
        put_hostile_region(data + 42 + (size_t)i * REGION_SIZE);
    munmap(data, size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    clock_t before = clock();
    transcript_of_paths(&transcript, paths, 1);
    /* Without the bound it takes many times as long on any machine, and with it a small part of that. */
    assert_true(clock() - before < 3 * CLOCKS_PER_SEC);
    assert_int_equal(42 + transcript.frame_bytes + transcript.skipped, size);
    close(fd);
}

static void frames_up_to_the_limit_are_read(void **state)
{
    (void)state;
    static struct transcript transcript;
    struct sample start = {.size = 0};
    size_t size = 42 + 2 * (4 + (size_t)TL_FRAME_LIMIT_DEFAULT);
    int fd = open_large(size);
    uint8_t *data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char path[64], expected[256];
    const char *const paths[] = {path};

    sample_start(&start);
    memcpy(data, start.data, start.size);
    memset(data + 42, 0x55, size - 42);
    memcpy(data + 42, "\0\x10\0\0\x78\1\x1a\xfa\xff\x3f", 10);
    memcpy(data + 42 + 4 + TL_FRAME_LIMIT_DEFAULT, "\0\x10\0\0\x78\1\x1a\xfa\xff\x3f", 10);
    munmap(data, size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    transcript_of_paths(&transcript, paths, 1);
    snprintf(expected, sizeof(expected), "frame 0\nframe 0\nend\n");
    assert_string_equal(transcript.text, expected);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_stream_is_its_frames),
        cmocka_unit_test(reading_goes_on_past_stop_and_start),
        cmocka_unit_test(a_file_may_end_at_any_border),
        cmocka_unit_test(an_empty_file_is_told_of),
        cmocka_unit_test(the_end_inside_a_frame_is_told_with_its_bytes),
        cmocka_unit_test(frames_without_start_are_read),
        cmocka_unit_test(unknown_and_idle_control_frames_are_passed_over),
        cmocka_unit_test(another_content_type_is_passed_over),
        cmocka_unit_test(an_oversized_frame_is_passed_over),
        cmocka_unit_test(a_length_above_the_limit_may_be_damage),
        cmocka_unit_test(what_is_no_frame_is_skipped),
        cmocka_unit_test(zero_bytes_at_the_end_are_named),
        cmocka_unit_test(an_undecodable_frame_between_sound_ones_stands),
        cmocka_unit_test(undecodable_frames_with_something_else_behind_are_taken_back),
        cmocka_unit_test(a_frame_that_swallowed_others_is_taken_back),
        cmocka_unit_test(what_is_no_frame_streams_file_is_named),
        cmocka_unit_test(the_books_balance_over_any_damaged_byte),
        cmocka_unit_test(any_split_gives_the_same_frames),
        cmocka_unit_test(one_byte_at_a_time_gives_the_same_items),
        cmocka_unit_test(hostile_overlaps_cost_no_more_than_their_size),
        cmocka_unit_test(frames_up_to_the_limit_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
