#include "source/archives.h"

#include "proof/test.h"
#include "source/archive_sample.h"

#include <pthread.h>
#include <sys/resource.h>

static struct transcript transcript;

/* Several --------------------------------------------------------------------------------------------- */

static void archives_are_merged_by_arrival_and_files_come_before_them(void **state)
{
    (void)state;
    struct archive_sample first, second;
    struct sample file = {.size = 0};

    archive_sample_make(&first);
    archive_sample_make(&second);
    second.delay_ms = 15; /* frame n between n + 1 and n + 2 of the first */
    archive_sample_sealed(&first, 1, 1, 3);
    archive_sample_hot(&first, 2, 4, 5);
    archive_sample_hot(&second, 1, 1, 2);
    archive_sample_sealed(&second, 2, 3, 3);
    sample_stream(&file, 77, 77);
    const char *const paths[] = {first.folder.path, sample_write(&first.folder, "file", &file),
                                 second.folder.path};
    transcript_of_paths(&transcript, paths, 3);
    assert_string_equal(transcript.text,
                        "frame 77\nframe 1\nframe 2\nframe 1\nframe 3\nframe 2\nframe 4\nframe 3\n"
                        "frame 5\nend\n");
    archive_sample_remove(&first);
    archive_sample_remove(&second);
}

/* Everything that is there now. */
static void take(struct source *source, const char *text)
{
    transcript.length = 0;
    transcript.text[0] = '\0';
    while (transcript_take(&transcript, source))
        ;
    assert_string_equal(transcript.text, text);
}

static void several_archives_are_followed_at_once(void **state)
{
    (void)state;
    struct archive_sample first, second;

    archive_sample_make(&first);
    archive_sample_make(&second);
    second.delay_ms = 5;
    archive_sample_begin(&first, 1, 1);
    archive_sample_put(&first, 1, 2);
    archive_sample_begin(&second, 1, 1);
    archive_sample_put(&second, 1, 1);
    const char *const paths[] = {first.folder.path, second.folder.path};
    struct source_options options = {.paths = paths, .path_count = 2, .follow = true, .stop_fd = -1};
    struct source *source = sample_open(&options);
    memset(&transcript, 0, sizeof(transcript));
    take(source, "frame 1\nframe 1\nframe 2\n");
    archive_sample_put(&second, 1, 2);
    take(source, "frame 2\nframe 3\n");
    archive_sample_put(&first, 1, 1);
    take(source, "frame 3\n");
    archive_sample_end(&second, 1);
    archive_sample_begin(&second, 2, 4);
    archive_sample_put(&second, 2, 1);
    take(source, "frame 4\n");
    source_free(source);
    archive_sample_remove(&first);
    archive_sample_remove(&second);
}

/* The one that always has more must not keep the news of the other away. */
static void a_new_segment_is_found_while_another_archive_is_read(void **state)
{
    (void)state;
    struct archive_sample busy, quiet;
    struct source_item item;
    const char *last = NULL;
    unsigned behind = 0;

    archive_sample_make(&busy);
    archive_sample_make(&quiet);
    archive_sample_hot(&busy, 1, 100, 999);
    archive_sample_hot(&quiet, 1, 1, 1);
    const char *const paths[] = {busy.folder.path, quiet.folder.path};
    struct source_options options = {.paths = paths, .path_count = 2, .follow = true, .stop_fd = -1};
    struct source *source = sample_open(&options);
    for (unsigned i = 0; i < 3; i++)
        source_next(source, &item);
    archive_sample_hot(&quiet, 2, 2, 2); /* not packed: nothing but the list tells of it */
    for (; !last || !strstr(last, "00000002"); behind++) {
        source_next(source, &item);
        assert_int_equal(item.kind, SOURCE_FRAME);
        last = item.name;
    }
    assert_int_equal(sample_number(item.frame), 2);
    assert_true(behind < 800);
    source_free(source);
    archive_sample_remove(&busy);
    archive_sample_remove(&quiet);
}

static void it_is_told_where_frames_are_from(void **state)
{
    (void)state;
    struct archive_sample sample;
    struct source_item item;

    archive_sample_make(&sample);
    archive_sample_hot(&sample, 1, 1, 3);
    archive_sample_hot(&sample, 2, 4, 5);
    archive_sample_seal(&sample, 1, 2, true);
    archive_sample_hot(&sample, 3, 6, 7);
    const char *const paths[] = {sample.folder.path};
    for (int sorts = 0; sorts < 2; sorts++) {
        struct source_options options = {
            .paths = paths, .path_count = 1, .stop_fd = -1, .origin = true, .sort = sorts};
        struct source *source = sample_open(&options);
        for (unsigned number = 1; number <= 7; number++) {
            uint64_t segment = number < 4 ? 1 : number < 6 ? 2 : 3;
            char peer[] = {'p', 'e', 'e', 'r', (char)('1' + number % 3), '\0'};
            source_next(source, &item);
            assert_int_equal(item.kind, SOURCE_FRAME);
            assert_int_equal(sample_number(item.frame), number);
            assert_string_equal(item.origin->place, sample.folder.path);
            assert_int_equal(item.origin->name.segment, segment);
            assert_int_equal(item.origin->name.number, number - sample.first[segment]);
            assert_int_equal(item.origin->connection, 1 + number % 3);
            assert_string_equal(item.origin->peer, peer);
            assert_int_equal(item.origin->arrived_ms, archive_sample_arrival(&sample, number));
            assert_int_equal(item.origin->run_ms, 77);
        }
        source_next(source, &item);
        assert_int_equal(item.kind, SOURCE_END);
        source_free(source);
    }
    archive_sample_remove(&sample);
}

/* Cursors --------------------------------------------------------------------------------------------- */

static struct source_options with_cursor(const char *const *paths, size_t count)
{
    return (struct source_options){.paths = paths, .path_count = count, .stop_fd = -1, .cursor = "me"};
}

static void deliver(struct source *source)
{
    char text[SOURCE_TEXT_SIZE];

    assert_int_equal(source_delivered(source, true, text), 0);
}

/* Takes `count` frames, and delivers them. */
static void take_some(const struct source_options *options, unsigned first, unsigned count)
{
    struct source *source = sample_open(options);
    struct source_item item;

    for (unsigned i = 0; i < count;) {
        source_next(source, &item);
        if (item.kind == SOURCE_NOTICE)
            continue;
        assert_int_equal(item.kind, SOURCE_FRAME);
        assert_int_equal(sample_number(item.frame), first + i++);
    }
    deliver(source);
    source_free(source);
}

static void a_cursor_goes_on_where_it_stood(void **state)
{
    (void)state;
    struct archive_sample sample;

    archive_sample_make(&sample);
    archive_sample_sealed(&sample, 1, 1, 4);
    archive_sample_hot(&sample, 2, 5, 6);
    archive_sample_begin(&sample, 3, 7);
    archive_sample_put(&sample, 3, 2);
    const char *const paths[] = {sample.folder.path};
    struct source_options options = with_cursor(paths, 1);
    take_some(&options, 1, 2);
    take_some(&options, 3, 0);
    take_some(&options, 3, 3);
    archive_sample_seal(&sample, 2, 2, true);
    archive_sample_seal(&sample, 1, 2, true);
    take_some(&options, 6, 2);
    archive_sample_end(&sample, 3);
    archive_sample_seal(&sample, 3, 3, true);
    struct source *source = sample_open(&options);
    memset(&transcript, 0, sizeof(transcript));
    take(source, "frame 8\nend\n");
    deliver(source);
    source_free(source);
    archive_sample_begin(&sample, 4, 9);
    archive_sample_put(&sample, 4, 1);
    take_some(&options, 9, 1);
    archive_sample_remove(&sample);
}

static void a_new_cursor_says_so_and_one_in_use_is_not_taken(void **state)
{
    (void)state;
    struct archive_sample sample;
    char text[SOURCE_TEXT_SIZE], expected[256];

    archive_sample_make(&sample);
    archive_sample_sealed(&sample, 1, 1, 1);
    const char *const paths[] = {sample.folder.path};
    struct source_options options = with_cursor(paths, 1);
    struct source *source = sample_open(&options);
    assert_null(source_new(&options, text));
    snprintf(expected, sizeof(expected), "%s: the cursor me is in use by pid %d", sample.folder.path,
             getpid());
    assert_string_equal(text, expected);
    memset(&transcript, 0, sizeof(transcript));
    snprintf(expected, sizeof(expected),
             "notice %s: the cursor me is new; it begins with the oldest segment\nframe 1\nend\n",
             transcript_name(sample.folder.path));
    take(source, expected);
    source_free(source);
    options.cursor = "../me";
    assert_null(source_new(&options, text));
    assert_non_null(strstr(text, "the cursor ../me cannot be used"));
    options.cursor = "me";
    const char *const other[] = {sample_path(&sample.folder, "hot")};
    options.paths = other;
    assert_null(source_new(&options, text));
    assert_non_null(strstr(text, "is no archive"));
    archive_sample_remove(&sample);
}

static void a_cursor_tells_what_was_removed_before_it_came(void **state)
{
    (void)state;
    struct archive_sample sample;
    char expected[512];

    archive_sample_make(&sample);
    for (unsigned i = 1; i <= 4; i++)
        archive_sample_sealed(&sample, i, i * 10, i * 10 + 9);
    const char *const paths[] = {sample.folder.path};
    struct source_options options = with_cursor(paths, 1);
    take_some(&options, 10, 4);
    archive_sample_retire(&sample, 1, 1);
    archive_sample_retire(&sample, 2, 2);
    struct source *source = sample_open(&options);
    memset(&transcript, 0, sizeof(transcript));
    assert_true(transcript_take(&transcript, source));
    snprintf(expected, sizeof(expected),
             "failed %s: segments 1 to 2 were removed before they were read: 16 frames (keep)\n",
             transcript_name(sample.folder.path));
    assert_string_equal(transcript.text, expected);
    assert_true(transcript_take(&transcript, source));
    for (unsigned i = 1; i < 20; i++)
        assert_true(transcript_take(&transcript, source));
    assert_false(transcript_take(&transcript, source));
    assert_true(transcript.has_ended);
    deliver(source);
    source_free(source);

    archive_sample_sealed(&sample, 5, 50, 50); /* all of 4 was read: nothing of it is missed */
    archive_sample_retire(&sample, 3, 3);
    archive_sample_retire(&sample, 4, 4);
    take_some(&options, 50, 1);
    archive_sample_remove(&sample);
}

static void a_cursor_of_another_archive_is_noticed(void **state)
{
    (void)state;
    struct archive_sample sample;
    struct tl_archive_cursor cursor;
    struct tl_cursor_owner *owner;
    uint64_t pid;

    archive_sample_make(&sample);
    archive_sample_sealed(&sample, 1, 1, 1);
    assert_int_equal(tl_archive_cursor_open(sample.archive, "me", &owner, &cursor, &pid), TL_END);
    cursor.next = (struct tl_frame_name){17, 4};
    assert_int_equal(tl_archive_cursor_store(owner, &cursor), TL_OK);
    tl_archive_cursor_close(owner);
    const char *const paths[] = {sample.folder.path};
    struct source_options options = with_cursor(paths, 1);
    transcript_of(&transcript, &options);
    assert_non_null(strstr(transcript.text, "the cursor me stands at 17/4, but the newest segment is 1"));
    archive_sample_remove(&sample);
}

static void each_of_several_archives_has_its_own_cursor(void **state)
{
    (void)state;
    struct archive_sample first, second;
    struct tl_archive_cursor *cursors;
    size_t count;

    archive_sample_make(&first);
    archive_sample_make(&second);
    second.delay_ms = 5;
    archive_sample_sealed(&first, 1, 1, 4);
    archive_sample_sealed(&second, 1, 1, 4);
    const char *const paths[] = {first.folder.path, second.folder.path};
    struct source_options options = with_cursor(paths, 2);
    options.hold = true;
    struct source *source = sample_open(&options);
    struct source_item item;
    unsigned frames = 0;
    while (frames < 3) { /* 1, 1, 2; of both the next one is ready and waits */
        source_next(source, &item);
        frames += item.kind == SOURCE_FRAME;
    }
    deliver(source);
    source_free(source);
    assert_int_equal(tl_archive_cursors(first.archive, &cursors, &count, NULL), TL_OK);
    assert_int_equal(count, 1);
    assert_int_equal(cursors[0].next.number, 2);
    assert_true(cursors[0].hold);
    free(cursors);
    assert_int_equal(tl_archive_cursors(second.archive, &cursors, &count, NULL), TL_OK);
    assert_int_equal(cursors[0].next.number, 1);
    free(cursors);
    source = sample_open(&options);
    memset(&transcript, 0, sizeof(transcript));
    take(source, "frame 2\nframe 3\nframe 3\nframe 4\nframe 4\nend\n");
    source_free(source);
    archive_sample_remove(&first);
    archive_sample_remove(&second);
}

static void a_cursor_stays_before_what_cannot_be_opened_now(void **state)
{
    (void)state;
    struct archive_sample sample;
    struct rlimit limit, low;

    archive_sample_make(&sample);
    archive_sample_sealed(&sample, 1, 1, 2);
    archive_sample_sealed(&sample, 2, 3, 4);
    const char *const paths[] = {sample.folder.path};
    struct source_options options = with_cursor(paths, 1);
    struct source *source = sample_open(&options);
    memset(&transcript, 0, sizeof(transcript));
    for (int i = 0; i < 3; i++) /* it is new; and two frames */
        assert_true(transcript_take(&transcript, source));
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    low = (struct rlimit){0, limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    take(source, "failed 20261123T210002Z-00000002.fstrm.zst: cannot be opened: Too many open files; "
                 "the cursor stays before it\nend\n");
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    deliver(source);
    source_free(source);
    take_some(&options, 3, 2);
    archive_sample_remove(&sample);
}

/* Cut behind its blocks: which frames are whose is lost. */
static void cut_to_blocks(struct archive_sample *sample, uint64_t first, uint64_t last)
{
    const char *path = archive_sample_path(sample, first, last, true, TL_ARCHIVE_ROWS);
    struct tl_archive_segment segment = archive_sample_segment(first, last, true);
    struct tl_sealed *sealed;
    int fd = open(path, O_RDWR | O_CLOEXEC);

    assert_int_equal(tl_sealed_open(fd, &segment, &sealed), TL_OK);
    const struct tl_sealed_info *info = tl_sealed_info(sealed);
    const struct tl_sealed_block *block = &info->blocks[info->block_count - 1];
    assert_int_equal(ftruncate(fd, (off_t)(block->offset + block->packed_size)), 0);
    tl_sealed_free(sealed);
    close(fd);
}

static void a_cursor_in_a_segment_that_lost_its_contents_loses_no_frame(void **state)
{
    (void)state;
    struct archive_sample sample;

    archive_sample_make(&sample);
    archive_sample_sealed(&sample, 1, 1, 2);
    archive_sample_sealed(&sample, 2, 3, 4);
    archive_sample_sealed(&sample, 3, 5, 5);
    const char *const paths[] = {sample.folder.path};
    struct source_options options = with_cursor(paths, 1);
    take_some(&options, 1, 3);
    archive_sample_seal(&sample, 1, 2, true);
    cut_to_blocks(&sample, 1, 2);
    struct source *source = sample_open(&options);
    memset(&transcript, 0, sizeof(transcript));
    while (transcript_take(&transcript, source))
        ;
    assert_non_null(strstr(transcript.text, ", and of which segment each frame is was lost\n"
                                            "frame 1\nframe 2\nframe 3\nframe 4\nframe 5\nend\n"));
    deliver(source);
    source_free(source);
    source = sample_open(&options);
    memset(&transcript, 0, sizeof(transcript));
    take(source, "end\n");
    source_free(source);
    archive_sample_remove(&sample);
}

static void what_a_span_passes_over_counts_as_read(void **state)
{
    (void)state;
    struct archive_sample sample;

    archive_sample_make(&sample);
    sample.has_times = true;
    for (unsigned i = 1; i <= 4; i++)
        archive_sample_sealed(&sample, i, i * 10, i * 10 + 9);
    const char *const paths[] = {sample.folder.path};
    struct source_options options = with_cursor(paths, 1);
    options.span = (struct span){.has_since = true, .since = {ARCHIVE_SAMPLE_STAMP + 100, 0}};
    struct source *source = sample_open(&options);
    memset(&transcript, 0, sizeof(transcript));
    assert_true(transcript_take(&transcript, source)); /* it is new */
    take(source, "end\n");
    deliver(source);
    source_free(source);
    archive_sample_sealed(&sample, 5, 50, 50);
    options.span.has_since = false;
    take_some(&options, 50, 1);
    archive_sample_remove(&sample);
}

static void sorted_frames_move_the_cursor_when_all_are_out(void **state)
{
    (void)state;
    struct archive_sample sample;

    archive_sample_make(&sample);
    archive_sample_sealed(&sample, 1, 1, 4);
    const char *const paths[] = {sample.folder.path};
    struct source_options options = with_cursor(paths, 1);
    options.sort = true;
    take_some(&options, 1, 2);
    struct source *source = sample_open(&options);
    memset(&transcript, 0, sizeof(transcript));
    take(source, "frame 1\nframe 2\nframe 3\nframe 4\nend\n");
    deliver(source);
    source_free(source);
    source = sample_open(&options);
    memset(&transcript, 0, sizeof(transcript));
    take(source, "end\n");
    source_free(source);
    archive_sample_remove(&sample);
}

/* A race ---------------------------------------------------------------------------------------------- */

#define RACE_ORIGINS 200
#define RACE_FRAMES  6

/* A capture with its packer, merger and retention. */
static void *run_writer(void *argument)
{
    struct archive_sample *sample = argument;

    for (unsigned origin = 1; origin <= RACE_ORIGINS; origin++) {
        archive_sample_begin(sample, origin, (origin - 1) * RACE_FRAMES + 1);
        archive_sample_put(sample, origin, RACE_FRAMES);
        archive_sample_end(sample, origin);
        if (origin > 2)
            archive_sample_seal(sample, origin - 2, origin - 2, true);
        if (origin % 5 == 0 && origin > 10)
            archive_sample_seal(sample, origin - 8, origin - 4, true);
    }
    return NULL;
}

static void no_frame_is_missed_or_repeated_in_a_race(void **state)
{
    (void)state;
    struct archive_sample sample;
    struct source_item item;
    pthread_t writer;
    unsigned next = 1, idles = 0;

    archive_sample_make(&sample);
    const char *const paths[] = {sample.folder.path};
    struct source_options options = {
        .paths = paths, .path_count = 1, .follow = true, .stop_fd = -1, .origin = true};
    struct source *source = sample_open(&options);
    assert_int_equal(pthread_create(&writer, NULL, run_writer, &sample), 0);
    while (next <= RACE_ORIGINS * RACE_FRAMES) {
        source_next(source, &item);
        if (item.kind == SOURCE_FRAME) {
            assert_int_equal(sample_number(item.frame), next);
            assert_int_equal(item.origin->name.segment, (next - 1) / RACE_FRAMES + 1);
            assert_int_equal(item.origin->name.number, (next - 1) % RACE_FRAMES);
            assert_int_equal(item.origin->connection, archive_sample_connection(next));
            next++;
        } else if (item.kind == SOURCE_IDLE) {
            assert_true(++idles < 100000); /* a frame that is never found must not hang the test */
        } else {
            assert_int_equal(item.kind, SOURCE_NOTICE);
            assert_non_null(strstr(item.text, "waiting"));
        }
    }
    assert_int_equal(pthread_join(writer, NULL), 0);
    source_free(source);
    archive_sample_remove(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(archives_are_merged_by_arrival_and_files_come_before_them),
        cmocka_unit_test(several_archives_are_followed_at_once),
        cmocka_unit_test(a_new_segment_is_found_while_another_archive_is_read),
        cmocka_unit_test(it_is_told_where_frames_are_from),
        cmocka_unit_test(a_cursor_goes_on_where_it_stood),
        cmocka_unit_test(a_new_cursor_says_so_and_one_in_use_is_not_taken),
        cmocka_unit_test(a_cursor_tells_what_was_removed_before_it_came),
        cmocka_unit_test(a_cursor_of_another_archive_is_noticed),
        cmocka_unit_test(each_of_several_archives_has_its_own_cursor),
        cmocka_unit_test(a_cursor_stays_before_what_cannot_be_opened_now),
        cmocka_unit_test(a_cursor_in_a_segment_that_lost_its_contents_loses_no_frame),
        cmocka_unit_test(what_a_span_passes_over_counts_as_read),
        cmocka_unit_test(sorted_frames_move_the_cursor_when_all_are_out),
        cmocka_unit_test(no_frame_is_missed_or_repeated_in_a_race),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
