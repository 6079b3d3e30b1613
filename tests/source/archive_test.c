#include "source/archive.h"

#include "proof/test.h"
#include "source/archive_sample.h"

#include <poll.h>

static struct transcript transcript;

static void read_archive(const struct archive_sample *sample, struct source_options options)
{
    const char *const paths[] = {sample->folder.path};

    options.paths = paths;
    options.path_count = 1;
    options.stop_fd = -1;
    transcript_of(&transcript, &options);
}

static void read_all(const struct archive_sample *sample)
{
    read_archive(sample, (struct source_options){.follow = false});
}

/* Read once ------------------------------------------------------------------------------------------- */

static void hot_sealed_and_merged_segments_are_one_sequence(void **state)
{
    (void)state;
    struct archive_sample sample;

    archive_sample_make(&sample);
    archive_sample_hot(&sample, 1, 1, 2);
    archive_sample_hot(&sample, 2, 3, 3);
    archive_sample_seal(&sample, 1, 2, true);
    archive_sample_sealed(&sample, 3, 4, 5);
    archive_sample_hot(&sample, 4, 6, 6);
    archive_sample_seal(&sample, 4, 4, false); /* not removed yet */
    archive_sample_hot(&sample, 5, 7, 8);
    archive_sample_begin(&sample, 6, 9);
    archive_sample_put(&sample, 6, 1);
    read_all(&sample);
    assert_string_equal(transcript.text, "frame 1\nframe 2\nframe 3\nframe 4\nframe 5\nframe 6\nframe 7\n"
                                         "frame 8\nframe 9\nend\n");
    archive_sample_remove(&sample);
}

static void an_archive_without_segments_is_told_of(void **state)
{
    (void)state;
    struct archive_sample sample;
    char expected[128];

    archive_sample_make(&sample);
    read_all(&sample);
    snprintf(expected, sizeof(expected), "notice %s: holds no segment\nend\n",
             transcript_name(sample.folder.path));
    assert_string_equal(transcript.text, expected);
    archive_sample_remove(&sample);
}

static void a_torn_frame_is_the_end_only_while_it_is_being_written(void **state)
{
    (void)state;
    struct archive_sample sample;
    uint64_t pid;

    archive_sample_make(&sample);
    archive_sample_begin(&sample, 1, 1);
    archive_sample_put(&sample, 1, 2);
    archive_sample_append(&sample, 1, TL_ARCHIVE_ROWS, "\0\0\0\x26half", 8);
    assert_int_equal(tl_archive_lock(sample.archive, TL_ARCHIVE_LOCK_WRITE, &pid), TL_OK);
    read_all(&sample);
    assert_string_equal(transcript.text, "frame 1\nframe 2\nend\n");

    tl_archive_unlock(sample.archive, TL_ARCHIVE_LOCK_WRITE); /* nobody is there who would write the rest */
    read_all(&sample);
    assert_string_equal(transcript.text,
                        "frame 1\nframe 2\n"
                        "skipped 20261123T210001Z-00000001.fstrm at 126 +8: ends inside a frame\nend\n");

    assert_int_equal(tl_archive_lock(sample.archive, TL_ARCHIVE_LOCK_WRITE, &pid), TL_OK);
    archive_sample_begin(&sample, 2, 3); /* another one was begun */
    read_all(&sample);
    assert_string_equal(transcript.text,
                        "frame 1\nframe 2\n"
                        "skipped 20261123T210001Z-00000001.fstrm at 126 +8: ends inside a frame\nend\n");
    archive_sample_remove(&sample);
}

static void flip(const char *path, off_t at)
{
    char byte;
    int fd = open(path, O_RDWR | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 0x55;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static void a_damaged_block_is_told_of_by_the_names_of_its_frames(void **state)
{
    (void)state;
    struct archive_sample sample;
    const struct tl_sealed_info *info;
    struct tl_sealed *sealed;
    char expected[256];

    archive_sample_make(&sample);
    archive_sample_sealed(&sample, 1, 1, 10);
    archive_sample_sealed(&sample, 2, 11, 910); /* several blocks */
    archive_sample_sealed(&sample, 3, 911, 911);
    const char *path = archive_sample_path(&sample, 2, 2, true, TL_ARCHIVE_ROWS);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct tl_archive_segment segment = archive_sample_segment(2, 2, true);
    assert_int_equal(tl_sealed_open(fd, &segment, &sealed), TL_OK);
    info = tl_sealed_info(sealed);
    assert_true(info->block_count > 2);
    struct tl_sealed_block block = info->blocks[1];
    size_t blocks = info->block_count;
    tl_sealed_free(sealed);
    close(fd);
    flip(path, (off_t)(block.offset + block.packed_size / 2));

    const char *const paths[] = {sample.folder.path};
    struct source *source = sample_open_path(paths);
    struct source_item item;
    unsigned next = 1, items = 0;
    for (source_next(source, &item); item.kind != SOURCE_END; source_next(source, &item)) {
        if (item.kind == SOURCE_FRAME) {
            assert_int_equal(sample_number(item.frame), next++);
            continue;
        }
        assert_int_equal(next, 11 + block.first_frame);
        assert_int_equal(item.kind, SOURCE_SKIPPED);
        assert_int_equal(item.skipped, block.size);
        assert_string_equal(transcript_name(item.name), "20261123T210002Z-00000002.fstrm.zst");
        snprintf(expected, sizeof(expected),
                 "block 2 of %zu cannot be read (what is stored does not match its checksum); without the "
                 "frames 2/%llu to 2/%llu, %llu",
                 blocks, (unsigned long long)block.first_frame,
                 (unsigned long long)(block.first_frame + block.frames - 1),
                 (unsigned long long)block.frames);
        assert_string_equal(item.text, expected);
        next += (unsigned)block.frames;
        items++;
    }
    assert_int_equal(items, 1);
    assert_int_equal(next, 912);
    source_free(source);
    archive_sample_remove(&sample);
}

static void what_is_no_segment_is_left_behind(void **state)
{
    (void)state;
    struct archive_sample sample;

    archive_sample_make(&sample);
    archive_sample_sealed(&sample, 1, 1, 1);
    archive_sample_sealed(&sample, 2, 2, 2);
    archive_sample_sealed(&sample, 3, 3, 3);
    int fd = open(archive_sample_path(&sample, 2, 2, true, TL_ARCHIVE_ROWS), O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_int_equal(write(fd, "nothing", 7), 7);
    close(fd);
    read_all(&sample);
    assert_string_equal(
        transcript.text,
        "frame 1\nfailed 20261123T210002Z-00000002.fstrm.zst: cannot be opened: nothing in it is of a "
        "sealed segment\nframe 3\nend\n");
    archive_sample_remove(&sample);
}

static void a_lost_end_is_found_again(void **state)
{
    (void)state;
    struct archive_sample sample;
    struct stat found;

    archive_sample_make(&sample);
    archive_sample_sealed(&sample, 1, 1, 3);
    const char *path = archive_sample_path(&sample, 1, 1, true, TL_ARCHIVE_ROWS);
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(truncate(path, found.st_size - 5), 0);
    read_all(&sample);
    assert_non_null(
        strstr(transcript.text, "failed 20261123T210001Z-00000001.fstrm.zst: is damaged at its end ("));
    assert_non_null(strstr(transcript.text, "\nframe 1\nframe 2\nframe 3\nend\n"));
    archive_sample_remove(&sample);
}

/* Gaps ------------------------------------------------------------------------------------------------ */

static void what_was_removed_before_is_a_notice(void **state)
{
    (void)state;
    struct archive_sample sample;

    archive_sample_make(&sample);
    for (unsigned i = 1; i <= 4; i++)
        archive_sample_sealed(&sample, i, i * 10, i * 10 + 4);
    archive_sample_retire(&sample, 1, 1);
    archive_sample_retire(&sample, 2, 2);
    read_all(&sample);
    transcript.text[transcript.length] = '\0';
    assert_non_null(strstr(transcript.text, ": segments 1 to 2 were removed: 10 frames (keep)\nframe 30\n"));
    assert_memory_equal(transcript.text, "notice ", 7);
    archive_sample_remove(&sample);
}

static void what_is_missing_between_others_is_a_failure(void **state)
{
    (void)state;
    struct archive_sample sample;

    archive_sample_make(&sample);
    for (unsigned i = 1; i <= 6; i++)
        archive_sample_sealed(&sample, i, i, i);
    archive_sample_retire(&sample, 4, 4);
    unlink(archive_sample_path(&sample, 2, 2, true, TL_ARCHIVE_ROWS));
    unlink(archive_sample_path(&sample, 5, 5, true, TL_ARCHIVE_ROWS));
    read_all(&sample);
    char *at = strstr(transcript.text, "frame 1\nfailed ");
    assert_non_null(at);
    assert_non_null(
        strstr(at, ": segment 2 is not there, and nothing says that it was removed\nframe 3\nfailed "));
    assert_non_null(
        strstr(at, ": segments 4 to 5 are not there: 1 of them were removed, 1 frames; nothing is known of "
                   "the others\nframe 6\nend\n"));
    archive_sample_remove(&sample);
}

/* Followed -------------------------------------------------------------------------------------------- */

struct follower {
    struct source *source;
    int stop[2];
    const char *paths[1];
};

static void follow(struct follower *follower, const struct archive_sample *sample)
{
    assert_int_equal(pipe2(follower->stop, O_CLOEXEC), 0);
    follower->paths[0] = sample->folder.path;
    struct source_options options = {
        .paths = follower->paths, .path_count = 1, .follow = true, .stop_fd = follower->stop[0]};
    follower->source = sample_open(&options);
    memset(&transcript, 0, sizeof(transcript));
}

/* What the follower gives out until nothing more is there. */
static void expect(struct follower *follower, const char *text)
{
    transcript.length = 0;
    transcript.text[0] = '\0';
    while (transcript_take(&transcript, follower->source))
        ;
    assert_string_equal(transcript.text, text);
}

static void unfollow(struct follower *follower)
{
    source_free(follower->source);
    close(follower->stop[0]);
    close(follower->stop[1]);
}

static void a_follower_goes_through_everything_that_happens(void **state)
{
    (void)state;
    struct archive_sample sample;
    struct follower follower;
    char expected[128];

    archive_sample_make(&sample);
    follow(&follower, &sample);
    snprintf(expected, sizeof(expected), "notice %s: holds no segment yet; waiting\n",
             transcript_name(sample.folder.path));
    expect(&follower, expected);
    archive_sample_begin(&sample, 1, 1);
    expect(&follower, "");
    archive_sample_put(&sample, 1, 2);
    expect(&follower, "frame 1\nframe 2\n");
    archive_sample_append(&sample, 1, TL_ARCHIVE_ROWS, "\0\0\0", 3); /* the rest follows */
    expect(&follower, "");
    assert_int_equal(truncate(archive_sample_path(&sample, 1, 1, false, TL_ARCHIVE_ROWS), 126), 0);
    archive_sample_put(&sample, 1, 1); /* what came instead */
    expect(&follower, "frame 3\n");

    archive_sample_end(&sample, 1); /* rotated */
    archive_sample_begin(&sample, 2, 4);
    archive_sample_put(&sample, 2, 1);
    expect(&follower, "frame 4\n");
    archive_sample_seal(&sample, 1, 1, true); /* behind it */
    archive_sample_put(&sample, 2, 1);
    archive_sample_end(&sample, 2);
    archive_sample_seal(&sample, 2, 2, true); /* under its hands */
    expect(&follower, "frame 5\n");
    archive_sample_hot(&sample, 3, 6, 7); /* and several at once, sealed and merged before it saw them */
    archive_sample_hot(&sample, 4, 8, 8);
    archive_sample_seal(&sample, 3, 3, true);
    archive_sample_seal(&sample, 4, 4, true);
    archive_sample_seal(&sample, 2, 4, true);
    archive_sample_begin(&sample, 5, 9);
    expect(&follower, "frame 6\nframe 7\nframe 8\n");
    archive_sample_put(&sample, 5, 1);
    expect(&follower, "frame 9\n");
    archive_sample_end(&sample, 5); /* the capture ends, and another one begins */
    expect(&follower, "");
    archive_sample_begin(&sample, 6, 10);
    archive_sample_put(&sample, 6, 1);
    expect(&follower, "frame 10\n");
    unfollow(&follower);
    archive_sample_remove(&sample);
}

/* `is_sealed`: before the follower looks again. */
static void meet_ledger(bool is_sealed)
{
    struct archive_sample sample;
    struct source_item item;
    unsigned frames = 0;

    archive_sample_make(&sample);
    archive_sample_begin_rows(&sample, 1, 1);
    const char *const paths[] = {sample.folder.path};
    struct source_options options = {
        .paths = paths, .path_count = 1, .follow = true, .stop_fd = -1, .origin = true};
    struct source *source = sample_open(&options);
    source_next(source, &item);
    assert_int_equal(item.kind, SOURCE_IDLE); /* the rows are open */
    archive_sample_begin_ledger(&sample, 1);
    archive_sample_put(&sample, 1, 2);
    if (is_sealed)
        archive_sample_seal(&sample, 1, 1, true);
    archive_sample_begin(&sample, 2, 3);
    archive_sample_put(&sample, 2, 2);
    while (frames < 4) {
        source_next(source, &item);
        if (item.kind == SOURCE_IDLE)
            continue;
        assert_int_equal(item.kind, SOURCE_FRAME);
        assert_int_equal(sample_number(item.frame), ++frames);
        assert_int_equal(item.origin->connection, archive_sample_connection(frames));
    }
    source_free(source);
    archive_sample_remove(&sample);
}

static void a_ledger_that_comes_after_the_rows_is_found(void **state)
{
    (void)state;
    meet_ledger(false);
    meet_ledger(true);
}

static void an_origin_that_is_begun_anew_is_found(void **state)
{
    (void)state;
    struct archive_sample sample;
    struct follower follower;

    for (int is_sealed = 0; is_sealed < 2; is_sealed++) {
        archive_sample_make(&sample);
        archive_sample_hot(&sample, 1, 1, 1);
        archive_sample_begin(&sample, 2, 2);
        follow(&follower, &sample);
        expect(&follower, "frame 1\n");
        unlink(archive_sample_path(&sample, 2, 2, false, TL_ARCHIVE_ROWS)); /* by a capture that was killed */
        unlink(archive_sample_path(&sample, 2, 2, false, TL_ARCHIVE_RUNS));
        if (!is_sealed)
            expect(&follower, "");
        archive_sample_begin(&sample, 2, 2);
        archive_sample_put(&sample, 2, 1);
        if (!is_sealed)
            expect(&follower, "frame 2\n");
        archive_sample_put(&sample, 2, 1);
        archive_sample_end(&sample, 2);
        if (is_sealed)
            archive_sample_seal(&sample, 2, 2, true);
        archive_sample_hot(&sample, 3, 4, 4);
        expect(&follower, is_sealed ? "frame 2\nframe 3\nframe 4\n" : "frame 3\nframe 4\n");
        unfollow(&follower);
        archive_sample_remove(&sample);
    }
}

static void a_follower_that_retention_overtook_says_so(void **state)
{
    (void)state;
    struct archive_sample sample;
    struct follower follower;
    char expected[256];

    archive_sample_make(&sample);
    archive_sample_sealed(&sample, 1, 1, 2);
    follow(&follower, &sample);
    assert_true(transcript_take(&transcript, follower.source)); /* it has 1 open */
    archive_sample_sealed(&sample, 2, 3, 5);
    archive_sample_sealed(&sample, 3, 6, 6);
    archive_sample_retire(&sample, 1, 1);
    archive_sample_retire(&sample, 2, 2);
    snprintf(expected, sizeof(expected),
             "frame 2\nfailed %s: segment 2 was removed before it was read: 3 frames (keep)\nframe 6\n",
             transcript_name(sample.folder.path));
    expect(&follower, expected);
    unfollow(&follower);
    archive_sample_remove(&sample);
}

static void a_follower_that_is_told_to_stop_reads_what_is_there(void **state)
{
    (void)state;
    struct archive_sample sample;
    struct follower follower;

    archive_sample_make(&sample);
    archive_sample_sealed(&sample, 1, 1, 1);
    archive_sample_hot(&sample, 2, 2, 2);
    archive_sample_begin(&sample, 3, 3);
    archive_sample_put(&sample, 3, 1);
    follow(&follower, &sample);
    assert_int_equal(write(follower.stop[1], "x", 1), 1);
    expect(&follower, "frame 1\nframe 2\nframe 3\n");
    archive_sample_put(&sample, 3, 1); /* after the stop was seen, or not: its wait ends */
    while (!transcript.has_ended)
        transcript_take(&transcript, follower.source);
    unfollow(&follower);
    archive_sample_remove(&sample);
}

static void an_archive_may_come_later(void **state)
{
    (void)state;
    struct archive_sample sample;
    struct sample_folder folder;
    struct follower follower;
    char moved[256];

    archive_sample_make(&sample);
    archive_sample_hot(&sample, 1, 1, 2);
    sample_folder_make(&folder);
    snprintf(moved, sizeof(moved), "%s", sample_path(&folder, "archive"));
    assert_int_equal(pipe2(follower.stop, O_CLOEXEC), 0);
    follower.paths[0] = moved;
    struct source_options options = {
        .paths = follower.paths, .path_count = 1, .follow = true, .stop_fd = follower.stop[0]};
    follower.source = sample_open(&options);
    memset(&transcript, 0, sizeof(transcript));
    expect(&follower, "notice archive: is not there yet; waiting\n");
    assert_int_equal(rename(sample.folder.path, moved), 0);
    transcript.length = 0;
    for (int i = 0; i < 100 && !strstr(transcript.text, "frame 2\n"); i++)
        transcript_take(&transcript, follower.source);
    assert_string_equal(transcript.text, "frame 1\nframe 2\n");
    unfollow(&follower);
    tl_archive_close(sample.archive);
    sample_folder_remove(&folder);
}

static void an_archive_that_comes_and_cannot_be_opened_is_told_of_once(void **state)
{
    static const char newer[] = "tapline archive\nformat 9\nreadable by 9\nwritable by 9\n";
    (void)state;
    struct sample version = {.size = sizeof(newer) - 1};
    struct sample_folder folder;
    struct follower follower;

    sample_folder_make(&folder);
    const char *path = sample_path(&folder, "archive");
    assert_int_equal(pipe2(follower.stop, O_CLOEXEC), 0);
    follower.paths[0] = path;
    struct source_options options = {
        .paths = follower.paths, .path_count = 1, .follow = true, .stop_fd = follower.stop[0]};
    follower.source = sample_open(&options);
    memset(&transcript, 0, sizeof(transcript));
    expect(&follower, "notice archive: is not there yet; waiting\n");
    assert_int_equal(mkdir(path, 0700), 0);
    memcpy(version.data, newer, version.size);
    sample_write(&folder, "archive/version", &version);
    transcript.length = 0;
    for (int i = 0; i < 100 && !strstr(transcript.text, "failed --follow: "); i++)
        transcript_take(&transcript, follower.source);
    assert_non_null(
        strstr(transcript.text, "it has format 9, and reading it needs a program that knows format 9"));
    expect(&follower, "");
    unfollow(&follower);
    sample_folder_remove(&folder);
}

/* Time ------------------------------------------------------------------------------------------------ */

static struct source_options between(uint64_t since, uint64_t until)
{
    struct source_options options = {.follow = false};

    options.span = (struct span){true, true, {since, 0}, {until, 0}};
    return options;
}

static void only_the_frames_of_the_span_are_given_out(void **state)
{
    (void)state;
    struct archive_sample sample;

    archive_sample_make(&sample);
    sample.has_times = true;
    archive_sample_sealed(&sample, 1, 1, 10);
    archive_sample_sealed(&sample, 2, 11, 500);
    archive_sample_hot(&sample, 3, 501, 510);
    read_archive(&sample, between(ARCHIVE_SAMPLE_STAMP + 9, ARCHIVE_SAMPLE_STAMP + 13));
    assert_string_equal(transcript.text, "frame 9\nframe 10\nframe 11\nframe 12\nend\n");
    read_archive(&sample, between(ARCHIVE_SAMPLE_STAMP + 499, ARCHIVE_SAMPLE_STAMP + 503));
    assert_string_equal(transcript.text, "frame 499\nframe 500\nframe 501\nframe 502\nend\n");
    archive_sample_remove(&sample);
}

static void frames_without_a_time_have_that_of_their_arrival(void **state)
{
    (void)state;
    struct archive_sample sample;

    archive_sample_make(&sample);
    archive_sample_sealed(&sample, 1, 1, 250); /* 10 ms each */
    archive_sample_hot(&sample, 2, 251, 320);
    read_archive(&sample, between(ARCHIVE_SAMPLE_STAMP + 1, ARCHIVE_SAMPLE_STAMP + 3));
    assert_memory_equal(transcript.text, "frame 100\nframe 101\n", 20);
    assert_non_null(strstr(transcript.text, "frame 298\nframe 299\nend\n"));
    archive_sample_remove(&sample);
}

static void damage_outside_of_the_span_is_not_met(void **state)
{
    (void)state;
    struct archive_sample sample;

    archive_sample_make(&sample);
    sample.has_times = true;
    archive_sample_sealed(&sample, 1, 1, 10);
    archive_sample_sealed(&sample, 2, 11, 20);
    flip(archive_sample_path(&sample, 1, 1, true, TL_ARCHIVE_ROWS), 100);
    read_all(&sample);
    assert_memory_equal(transcript.text, "skipped ", 8);
    read_archive(&sample, between(ARCHIVE_SAMPLE_STAMP + 11, ARCHIVE_SAMPLE_STAMP + 12));
    assert_string_equal(transcript.text, "frame 11\nend\n");
    archive_sample_remove(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hot_sealed_and_merged_segments_are_one_sequence),
        cmocka_unit_test(an_archive_without_segments_is_told_of),
        cmocka_unit_test(a_torn_frame_is_the_end_only_while_it_is_being_written),
        cmocka_unit_test(a_damaged_block_is_told_of_by_the_names_of_its_frames),
        cmocka_unit_test(what_is_no_segment_is_left_behind),
        cmocka_unit_test(a_lost_end_is_found_again),
        cmocka_unit_test(what_was_removed_before_is_a_notice),
        cmocka_unit_test(what_is_missing_between_others_is_a_failure),
        cmocka_unit_test(a_follower_goes_through_everything_that_happens),
        cmocka_unit_test(a_ledger_that_comes_after_the_rows_is_found),
        cmocka_unit_test(an_origin_that_is_begun_anew_is_found),
        cmocka_unit_test(a_follower_that_retention_overtook_says_so),
        cmocka_unit_test(a_follower_that_is_told_to_stop_reads_what_is_there),
        cmocka_unit_test(an_archive_may_come_later),
        cmocka_unit_test(an_archive_that_comes_and_cannot_be_opened_is_told_of_once),
        cmocka_unit_test(only_the_frames_of_the_span_are_given_out),
        cmocka_unit_test(frames_without_a_time_have_that_of_their_arrival),
        cmocka_unit_test(damage_outside_of_the_span_is_not_met),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
