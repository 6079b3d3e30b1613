#include "proof/failing_alloc.h"
#include "proof/test.h"
#include "source/archive_sample.h"

#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static struct transcript transcript;

/* Reads it all while the `n`-th allocation fails. True if one did. */
static bool read_failing(const struct source_options *options, unsigned long n)
{
    char text[SOURCE_TEXT_SIZE] = "";

    memset(&transcript, 0, sizeof(transcript));
    failing_alloc_start(n);
    struct source *source = source_new(options, text);
    while (source && !transcript.has_ended)
        transcript_take(&transcript, source);
    source_free(source);
    bool has_failed = failing_alloc_stop();
    if (!source)
        assert_true(*text); /* what it is about is the library's to say */
    return has_failed;
}

static void without_memory_everything_is_read_or_told_of(void **state)
{
    (void)state;
    struct sample_folder folder;
    struct sample sample = {.size = 0};
    unsigned long n = 1;

    sample_folder_make(&folder);
    sample_stream(&sample, 1, 2);
    sample_write(&folder, "a", &sample);
    sample_write(&folder, "b", &sample);
    const char *const paths[] = {folder.path, sample_path(&folder, "a")};
    struct source_options options = {.paths = paths, .path_count = 2, .stop_fd = -1};
    for (; read_failing(&options, n); n++) {
        unsigned frames = 0;
        for (const char *at = transcript.text; (at = strstr(at, "frame ")); at++)
            frames++;
        assert_true(!transcript.has_ended || frames == 6 || strstr(transcript.text, "failed "));
    }
    assert_true(n > 4);
    assert_string_equal(transcript.text, "frame 1\nframe 2\nframe 1\nframe 2\nframe 1\nframe 2\nend\n");
    sample_folder_remove(&folder);
}

static void without_memory_archives_are_read_or_told_of(void **state)
{
    (void)state;
    struct archive_sample sample;
    unsigned long n = 1, unsorted = 0;

    archive_sample_make(&sample);
    archive_sample_hot(&sample, 1, 1, 2);
    archive_sample_hot(&sample, 2, 3, 4);
    archive_sample_seal(&sample, 1, 2, true);
    archive_sample_hot(&sample, 3, 5, 6);
    const char *const paths[] = {sample.folder.path};
    struct source_options options = {
        .paths = paths, .path_count = 1, .stop_fd = -1, .origin = true, .sort = true};
    for (; read_failing(&options, n); n++) {
        unsigned frames = 0;
        for (const char *at = transcript.text; (at = strstr(at, "frame ")); at++)
            frames++;
        assert_true(!transcript.has_ended || frames == 6 || strstr(transcript.text, "failed ") ||
                    strstr(transcript.text, "skipped "));
        unsorted += strstr(transcript.text, "for want of memory: 1") != NULL;
    }
    assert_true(n > 20);
    assert_true(unsorted > 0);
    assert_string_equal(transcript.text, "frame 1\nframe 2\nframe 3\nframe 4\nframe 5\nframe 6\nend\n");
    archive_sample_remove(&sample);
}

/* The one item of a file that is no frame and no notice. */
static struct source_item fault_of(const char *path)
{
    struct source *source = sample_open_path(&path);
    struct source_item item, fault = {.kind = SOURCE_END};

    do {
        source_next(source, &item);
        if (item.kind == SOURCE_SKIPPED || item.kind == SOURCE_FAILED)
            fault = item;
    } while (item.kind != SOURCE_END);
    source_free(source);
    return fault;
}

/* A caller that keeps or leaves a file by what is wrong with it does not have to read the sentence. */
static void torn_damaged_foreign_and_unreadable_are_told_apart(void **state)
{
    (void)state;
    struct sample_folder folder;
    struct sample whole = {.size = 0}, zeros = {.size = 100}, text = {.size = 100};

    sample_folder_make(&folder);
    sample_stream(&whole, 1, 9);
    memset(text.data, 'x', text.size);
    size_t middle = whole.size / 2;

    sample_append(&folder, "torn", whole.data, whole.size - 20);
    struct source_item item = fault_of(sample_path(&folder, "torn"));
    assert_true(item.kind == SOURCE_SKIPPED && item.is_tail);

    sample_write(&folder, "zeros", &whole);
    item = fault_of(sample_append(&folder, "zeros", zeros.data, zeros.size));
    assert_true(item.kind == SOURCE_SKIPPED && item.is_tail && item.skipped == 100);

    memset(whole.data + middle, 0xff, 60);
    item = fault_of(sample_write(&folder, "damaged", &whole));
    assert_true(item.kind == SOURCE_SKIPPED && !item.is_tail);

    item = fault_of(sample_write(&folder, "only zeros", &zeros));
    assert_true(item.kind == SOURCE_FAILED && item.is_tail && !item.error);
    item = fault_of(sample_write(&folder, "text", &text));
    assert_true(item.kind == SOURCE_FAILED && !item.is_tail && !item.error);
    item = fault_of(sample_path(&folder, "nothing"));
    assert_true(item.kind == SOURCE_FAILED && item.error == ENOENT);
    sample_folder_remove(&folder);
}

/* Whoever is told to stop learns of it although nothing is found. */
static void where_nothing_is_of_the_span_the_caller_has_a_say(void **state)
{
    (void)state;
    struct sample_folder folder;
    struct sample frames = {.size = 0};

    sample_folder_make(&folder);
    for (unsigned i = 0; i < 64; i++)
        sample_timed_frame(&frames, i, 1000 + i);
    for (unsigned i = 0; i < 1025; i++)
        sample_append(&folder, "a", frames.data, frames.size);
    const char *const paths[] = {sample_path(&folder, "a")};
    struct source_options options = {
        .paths = paths, .path_count = 1, .stop_fd = -1, .span = {.has_since = true, .since = {2000, 0}}};
    struct source *source = sample_open(&options);
    memset(&transcript, 0, sizeof(transcript));
    assert_true(transcript_take(&transcript, source)); /* no START */
    assert_false(transcript_take(&transcript, source));
    assert_int_equal(transcript.idles, 1);
    assert_false(transcript_take(&transcript, source));
    assert_true(transcript.has_ended);
    source_free(source);
    sample_folder_remove(&folder);
}

/* The modes of files hold for root as well; with -1 no longer. */
static void obey_modes(int sign)
{
    static struct __user_cap_data_struct before[_LINUX_CAPABILITY_U32S_3];
    struct __user_cap_data_struct now[_LINUX_CAPABILITY_U32S_3];
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};

    if (sign > 0)
        assert_int_equal(syscall(SYS_capget, &header, before), 0);
    memcpy(now, before, sizeof(now));
    if (sign > 0)
        now[0].effective &= ~(1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH);
    assert_int_equal(syscall(SYS_capset, &header, now), 0);
}

static void an_archive_that_may_not_be_read_is_no_folder_of_files(void **state)
{
    (void)state;
    struct archive_sample sample;
    char text[SOURCE_TEXT_SIZE] = "", expected[SOURCE_TEXT_SIZE];

    archive_sample_make(&sample);
    archive_sample_hot(&sample, 1, 1, 2);
    const char *const paths[] = {sample.folder.path};
    struct source_options options = {.paths = paths, .path_count = 1, .stop_fd = -1};
    snprintf(expected, sizeof(expected), "%s: cannot read its file 'version': Permission denied", paths[0]);
    assert_int_equal(chmod(sample_path(&sample.folder, "version"), 0), 0);
    obey_modes(1);
    struct source *source = source_new(&options, text);
    obey_modes(-1);
    assert_null(source);
    assert_string_equal(text, expected);
    archive_sample_remove(&sample);
}

static void nothing_to_read_is_an_end(void **state)
{
    (void)state;
    struct source_options options = {.stop_fd = -1};

    transcript_of(&transcript, &options);
    assert_string_equal(transcript.text, "end\n");
    source_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_memory_everything_is_read_or_told_of),
        cmocka_unit_test(without_memory_archives_are_read_or_told_of),
        cmocka_unit_test(torn_damaged_foreign_and_unreadable_are_told_apart),
        cmocka_unit_test(where_nothing_is_of_the_span_the_caller_has_a_say),
        cmocka_unit_test(an_archive_that_may_not_be_read_is_no_folder_of_files),
        cmocka_unit_test(nothing_to_read_is_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
