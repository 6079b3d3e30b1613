#include "archive/sealed_sample.h"

static const struct tl_sealer_options small_blocks = {.level = 1, .block_size = 16384};

static struct tl_sealer *begin(struct sample *sample, uint64_t first)
{
    struct tl_sealer *sealer = NULL;

    assert_int_equal(tl_sealer_new(sample->archive, first, SAMPLE_STAMP, &small_blocks, &sealer), TL_OK);
    return sealer;
}

static void begin_origin(struct tl_sealer *sealer, uint64_t number)
{
    assert_int_equal(tl_sealer_begin(sealer, number, SAMPLE_STAMP * 1000ull + number, 77,
                                     tl_bytes_of_text("tapline test")),
                     TL_OK);
}

static struct tl_sealed *commit_and_open(struct sample *sample, struct tl_sealer *sealer, int *ret_fd)
{
    struct tl_archive_segment segment;
    struct tl_sealed *sealed = NULL;
    uint64_t size = 0;

    assert_int_equal(tl_sealer_commit(sealer, &segment, &size), TL_OK);
    tl_sealer_free(sealer);
    *ret_fd = sample_open_file(sample, &segment);
    assert_int_equal(tl_sealed_open(*ret_fd, &segment, &sealed), TL_OK);
    assert_int_equal(tl_sealed_info(sealed)->file_size, size);
    assert_false(tl_sealed_info(sealed)->is_rebuilt);
    return sealed;
}

static void gives_back_the_frames_in_blocks_with_their_times(void **state)
{
    (void)state;
    struct sample sample;
    int fd;

    sample_open(&sample);
    struct tl_sealer *sealer = begin(&sample, 16);
    begin_origin(sealer, 16);
    sample_put(sealer, 0, 3000);
    tl_sealer_skip(sealer, 9);
    struct tl_sealed *sealed = commit_and_open(&sample, sealer, &fd);
    const struct tl_sealed_info *info = tl_sealed_info(sealed);
    assert_true(info->block_count > 20);
    assert_int_equal(info->frames, 3000);
    assert_int_equal(info->origin_count, 1);
    assert_int_equal(info->origins[0].number, 16);
    assert_int_equal(info->origins[0].opened_ms, SAMPLE_STAMP * 1000ull + 16);
    assert_int_equal(info->origins[0].frames, 3000);
    assert_int_equal(info->origins[0].bytes, info->bytes);
    assert_int_equal(info->origins[0].skipped, 9);
    assert_int_equal(info->earliest_ms, sample_time(0));
    assert_int_equal(info->loss_count, 0);
    assert_int_equal(sample_check(sealed, 0), 3000);
    for (size_t i = 0; i < info->block_count; i++) {
        uint64_t earliest = UINT64_MAX, latest = 0;
        for (uint64_t n = info->blocks[i].first_frame;
             n < info->blocks[i].first_frame + info->blocks[i].frames; n++) {
            earliest = sample_time(n) < earliest ? sample_time(n) : earliest;
            latest = sample_time(n) > latest ? sample_time(n) : latest;
        }
        assert_int_equal(info->blocks[i].earliest_ms, earliest);
        assert_int_equal(info->blocks[i].latest_ms, latest);
    }
    tl_sealed_free(sealed);
    close(fd);
    sample_close(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_back_the_frames_in_blocks_with_their_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
