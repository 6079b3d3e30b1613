/* Repacking changes files and nothing else: what dumped_archive.h prints is the same before and after. */
#include "pack/verified.h"

#include "pack/dumped_archive.h"
#include "pack/repack.h"

struct fixture {
    struct verified verified;
    char *before;
    struct repack_sums sums;
};

static void begin(struct fixture *fixture, uint64_t seed, uint64_t last)
{
    verified_open(&fixture->verified);
    made_segments(fixture->verified.archive, seed, 1, last);
    fixture->before = dumped_archive(fixture->verified.archive);
}

static void end(struct fixture *fixture)
{
    free(fixture->before);
    verified_close(&fixture->verified);
}

static size_t files_of(const struct fixture *fixture, size_t *ret_leftovers)
{
    struct tl_archive_list list;

    assert_int_equal(tl_archive_list(fixture->verified.archive, &list), TL_OK);
    size_t count = list.count;
    *ret_leftovers = list.leftover_count;
    tl_archive_list_done(&list);
    return count;
}

/* Repacks; all must be as it was but for the number of files, which is returned. */
static size_t repacked(struct fixture *fixture, const struct repack_options *options)
{
    size_t leftovers, files;

    assert_int_equal(repack(fixture->verified.archive, options, &fixture->sums), REPACK_DONE);
    files = files_of(fixture, &leftovers);
    assert_int_equal(leftovers, 0);
    assert_int_equal(fixture->sums.left, 0);
    char *after = dumped_archive(fixture->verified.archive);
    assert_string_equal(after, fixture->before);
    free(after);
    if (verified_archive(&fixture->verified) != 0)
        fail_msg("%s", fixture->verified.lines);
    return files;
}

static void merging_changes_nothing_but_files(void **state)
{
    (void)state;
    struct fixture fixture;
    struct repack_options options = {.merge = 1 << 30};

    begin(&fixture, 1, 10); /* 6 on the first day */
    assert_int_equal(repacked(&fixture, &options), 2);
    assert_int_equal(fixture.sums.files_before, 10);
    assert_int_equal(fixture.sums.files_after, 2);
    assert_true(fixture.sums.bytes_after < fixture.sums.bytes_before);
    assert_int_equal(repacked(&fixture, &options), 2);
    assert_int_equal(fixture.sums.files_before, 0);
    made_segments(fixture.verified.archive, 1, 11, 12); /* a merged one is merged with those behind it */
    free(fixture.before);
    fixture.before = dumped_archive(fixture.verified.archive);
    assert_int_equal(repacked(&fixture, &options), 2);
    assert_int_equal(fixture.sums.files_before, 3);
    made_segments(fixture.verified.archive, 1, 2,
                  2); /* as if it had been killed before it removed this one */
    assert_int_equal(repacked(&fixture, &options), 2);
    end(&fixture);
}

static void compressing_again_changes_nothing_but_files(void **state)
{
    (void)state;
    struct fixture fixture;
    struct repack_options options = {.level = 12, .block_size = 1 << 20, .recompresses = true};

    begin(&fixture, 2, 5);
    assert_int_equal(repacked(&fixture, &options), 5);
    assert_int_equal(fixture.sums.files_before, 5);
    assert_true(fixture.sums.bytes_after < fixture.sums.bytes_before);
    end(&fixture);
}

static void any_row_of_repackings_changes_nothing_but_files(void **state)
{
    (void)state;
    uint64_t random = 42;

    for (uint64_t seed = 10; seed < 14; seed++) {
        struct fixture fixture;
        begin(&fixture, seed, 9);
        for (int i = 0; i < 4; i++) {
            struct repack_options options = {.level = 1 + (int)(made_random(&random) % 5),
                                             .block_size = 16384u << made_random(&random) % 6,
                                             .recompresses = made_random(&random) % 2,
                                             .merge = (uint64_t)(made_random(&random) % 4) * 40000};
            repacked(&fixture, &options);
        }
        end(&fixture);
    }
}

static void times_choose_the_segments(void **state)
{
    (void)state;
    struct fixture fixture;
    /* Segments are begun half an hour apart. */
    struct repack_options options = {
        .recompresses = true, .begun = {true, true, {MADE_STAMP + 1800, 0}, {MADE_STAMP + 3 * 1800, 0}}};

    begin(&fixture, 3, 6);
    repacked(&fixture, &options);
    assert_int_equal(fixture.sums.files_before, 2);
    options.begun.has_until = false;
    repacked(&fixture, &options);
    assert_int_equal(fixture.sums.files_before, 5);
    options.begun.has_until = true;
    options.begun.has_since = false;
    repacked(&fixture, &options);
    assert_int_equal(fixture.sums.files_before, 3);
    options.begun.until.nanoseconds = 1;
    repacked(&fixture, &options);
    assert_int_equal(fixture.sums.files_before, 4);
    options.begun.has_since = true;
    options.begun.since.nanoseconds = 1;
    repacked(&fixture, &options);
    assert_int_equal(fixture.sums.files_before, 2);
    end(&fixture);
}

/* Flips a bit in the middle of the segment of this origin. */
static void damage(struct fixture *fixture, uint64_t origin)
{
    struct tl_archive_segment segment = {origin, origin, MADE_STAMP + (origin - 1) * 1800, true};
    char name[TL_ARCHIVE_NAME_SIZE];
    size_t size;

    tl_archive_name(&segment, TL_ARCHIVE_ROWS, name);
    uint8_t *bytes = verified_read(&fixture->verified, name, &size);
    bytes[size / 3] ^= 4;
    verified_write(&fixture->verified, name, bytes, size);
    free(bytes);
}

static void a_damaged_segment_is_left_as_it_is(void **state)
{
    (void)state;
    struct fixture fixture;
    struct repack_options options = {.merge = 1 << 30};
    size_t leftovers;

    begin(&fixture, 1, 6);
    damage(&fixture, 3);
    assert_int_equal(repack(fixture.verified.archive, &options, &fixture.sums), REPACK_DONE);
    assert_int_equal(fixture.sums.left, 1);
    assert_int_equal(fixture.sums.files_before, 5);
    assert_int_equal(fixture.sums.files_after, 2); /* 1 and 2; 4 to 6 */
    assert_int_equal(files_of(&fixture, &leftovers), 3);
    assert_int_equal(leftovers, 0);
    damage(&fixture, 3); /* flips it back: nothing was done to it */
    char *after = dumped_archive(fixture.verified.archive);
    assert_string_equal(after, fixture.before);
    free(after);
    end(&fixture);
}

/* A number of calls that may go by before it is to stop. */
static bool count_down(void *user, uint64_t done, uint64_t all)
{
    unsigned *left = user;

    assert_true(done <= all);
    return (*left)-- != 0;
}

static void it_can_be_stopped_anywhere(void **state)
{
    (void)state;
    struct fixture fixture;
    enum repack outcome = REPACK_STOPPED;
    size_t leftovers;

    begin(&fixture, 4, 4);
    for (unsigned calls = 0; outcome == REPACK_STOPPED; calls++) {
        unsigned left = calls;
        struct repack_options options = {
            .level = 1, .recompresses = true, .goes_on = count_down, .user = &left};
        outcome = repack(fixture.verified.archive, &options, &fixture.sums);
        files_of(&fixture, &leftovers);
        assert_int_equal(leftovers, 0);
        char *after = dumped_archive(fixture.verified.archive);
        assert_string_equal(after, fixture.before);
        free(after);
    }
    assert_int_equal(outcome, REPACK_DONE);
    end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merging_changes_nothing_but_files),
        cmocka_unit_test(compressing_again_changes_nothing_but_files),
        cmocka_unit_test(any_row_of_repackings_changes_nothing_but_files),
        cmocka_unit_test(times_choose_the_segments),
        cmocka_unit_test(a_damaged_segment_is_left_as_it_is),
        cmocka_unit_test(it_can_be_stopped_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
