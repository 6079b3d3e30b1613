/* What a source gives out, in stretches that outlive its next item; and what becomes of them without memory.
 */
#include "cli/crew_batch.h"

#include "proof/failing_alloc.h"
#include "proof/test.h"
#include "source/sample.h"

/* Two files of three frames, the second with garbage in it. */
static void write_two(struct sample_folder *folder, const char *paths[2])
{
    struct sample sound = {0}, damaged = {0};

    sample_stream(&sound, 1, 3);
    sample_start(&damaged);
    sample_frame(&damaged, 4);
    sample_put(&damaged, "\377\377\377\377garbage", 11);
    sample_frame(&damaged, 5);
    sample_frame(&damaged, 6);
    sample_stop(&damaged);
    paths[0] = sample_write(folder, "a", &sound);
    paths[1] = sample_write(folder, "b", &damaged);
}

static struct source *open_two(const char *paths[2])
{
    return sample_open(
        &(struct source_options){.paths = paths, .path_count = 2, .stop_fd = -1, .origin = true});
}

static void stretches_end_where_something_is_said(void **state)
{
    (void)state;
    struct sample_folder folder;
    const char *paths[2];
    struct crew_batch batch;

    sample_folder_make(&folder);
    write_two(&folder, paths);
    struct source *source = open_two(paths);
    assert_true(crew_batch_init(&batch, true));
    assert_true(crew_batch_fill(&batch, source));
    assert_int_equal(batch.count, 4); /* of two files */
    for (size_t i = 0; i < 4; i++) {
        struct source_item item = crew_batch_item(&batch, i);
        assert_int_equal(sample_number(item.frame), i + 1);
        assert_string_equal(item.name, paths[i / 3]);
        assert_string_equal(item.origin->place, paths[i / 3]);
        assert_null(item.origin->peer);
        assert_int_equal(item.kind, SOURCE_FRAME);
    }
    assert_ptr_equal(crew_batch_item(&batch, 0).name, crew_batch_item(&batch, 2).name);
    assert_int_equal(batch.last.kind, SOURCE_SKIPPED);
    assert_string_equal(batch.last.name, paths[1]);
    assert_non_null(strstr(batch.last.text, "damaged"));
    assert_true(crew_batch_fill(&batch, source));
    assert_int_equal(batch.count, 2);
    assert_int_equal(sample_number(crew_batch_item(&batch, 1).frame), 6);
    assert_int_equal(batch.last.kind, SOURCE_END);
    crew_batch_done(&batch);
    source_free(source);
    sample_folder_remove(&folder);
}

/* Only the batch's memory fails: the source has its own already. */
static void without_memory_it_is_said(void **state)
{
    (void)state;
    struct sample_folder folder;
    const char *paths[2];
    bool has_failed = true;

    sample_folder_make(&folder);
    write_two(&folder, paths);
    for (unsigned long n = 1; has_failed; n++) {
        struct source *source = open_two(paths);
        struct crew_batch batch;
        failing_alloc_start(n);
        bool is_filled = crew_batch_init(&batch, true);
        has_failed = failing_alloc_stop();
        assert_true(is_filled != has_failed);
        if (is_filled) {
            assert_true(crew_batch_fill(&batch, source));
            assert_int_equal(batch.count, 4);
        }
        crew_batch_done(&batch);
        source_free(source);
    }
    sample_folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stretches_end_where_something_is_said),
        cmocka_unit_test(without_memory_it_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
