#include "pack/verified.h"

#include "pack/dumped_archive.h"

/* Two origins in one file, some frames and losses each: the smallest that has everything. */
#define NAME "2026-11-23/20261123T210000Z-00000001-00000002.fstrm.zst"

static void make_small(struct verified *verified, uint64_t first, uint64_t last)
{
    struct tl_sealer_options options = {.block_size = 16384};
    struct tl_sealer *sealer;
    uint8_t memory[8192];

    assert_int_equal(tl_sealer_new(verified->archive, first, MADE_STAMP, &options, &sealer), TL_OK);
    for (uint64_t number = first; number <= last; number++) {
        uint64_t state = number;
        struct made_origin origin = {.sealer = sealer, .state = &state, .now_ms = MADE_STAMP * 1000ull};
        assert_int_equal(tl_sealer_begin(sealer, number, MADE_STAMP * 1000ull, 1, tl_bytes_of_text("t")),
                         TL_OK);
        struct tl_bytes frame = made_frame(&state, origin.now_ms, 3000, memory, sizeof(memory));
        for (int i = 0; i < 12; i++) /* more than a block */
            assert_int_equal(tl_sealer_put(sealer, frame, MADE_STAMP * 1000ull), TL_OK);
        made_entry(&origin, (struct tl_ledger_entry){.kind = TL_LEDGER_CONNECTION, .connection = 3});
        made_entry(&origin, (struct tl_ledger_entry){.kind = TL_LEDGER_LOSS,
                                                     .connection = 3,
                                                     .text = tl_bytes_of_text("cut-off"),
                                                     .bytes = 9});
        tl_sealer_skip(sealer, number);
    }
    assert_int_equal(tl_sealer_commit(sealer, NULL, NULL), TL_OK);
    tl_sealer_free(sealer);
}

static void what_was_sealed_is_sound(void **state)
{
    (void)state;
    struct verified verified;

    verified_open(&verified);
    make_small(&verified, 1, 2);
    assert_int_equal(verified_archive(&verified), 0);
    assert_string_equal(verified.lines, "");
    assert_int_equal(verified.verify.sums.sealed, 1);
    assert_int_equal(verified.verify.sums.blocks, 6);
    assert_int_equal(verified.verify.sums.frames, 24);
    assert_int_equal(verified_file(&verified, NAME), 0);
    made_segments(verified.archive, 5, 3, 12);
    assert_int_equal(verified_archive(&verified), 0);
    assert_int_equal(verified.verify.sums.sealed, 11);
    assert_int_equal(verified.verify.sums.lost_frames, 0);
    verified_close(&verified);
}

/* zstd has some bits that mean nothing: those may be flipped. One bit of each byte is. */
static void a_flipped_bit_is_found_or_changes_nothing(void **state)
{
    (void)state;
    struct verified verified;
    size_t size, found = 0;

    verified_open(&verified);
    make_small(&verified, 1, 2);
    uint8_t *bytes = verified_read(&verified, NAME, &size);
    char *before = dumped_archive(verified.archive);
    for (size_t i = 0; i < size; i++) {
        bytes[i] ^= (uint8_t)(1 << i * 5 % 8);
        verified_write(&verified, NAME, bytes, size);
        if (verified_file(&verified, NAME)) {
            found++;
        } else {
            char *after = dumped_archive(verified.archive);
            assert_string_equal(after, before);
            free(after);
        }
        bytes[i] ^= (uint8_t)(1 << i * 5 % 8);
    }
    assert_in_range(found, size - size / 50, size);
    free(before);
    free(bytes);
    verified_close(&verified);
}

/* There no bit means nothing: 8 bytes, 12 for START, STOP, six blocks, ledger and contents, and 9. */
static void every_flipped_bit_of_the_seek_table_is_found(void **state)
{
    (void)state;
    struct verified verified;
    size_t size;

    verified_open(&verified);
    make_small(&verified, 1, 2);
    uint8_t *bytes = verified_read(&verified, NAME, &size);
    for (size_t i = (size - 8 - 10 * 12 - 9) * 8; i < size * 8; i++) {
        bytes[i / 8] ^= (uint8_t)(1 << i % 8);
        verified_write(&verified, NAME, bytes, size);
        if (!verified_file(&verified, NAME))
            fail_msg("bit %zu of byte %zu of %zu", i % 8, i / 8, size);
        bytes[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    free(bytes);
    verified_close(&verified);
}

static void every_other_length_is_found(void **state)
{
    (void)state;
    struct verified verified;
    size_t size;

    verified_open(&verified);
    make_small(&verified, 1, 2);
    uint8_t *bytes = verified_read(&verified, NAME, &size);
    for (size_t length = 0; length < size; length++) {
        verified_write(&verified, NAME, bytes, length);
        if (!verified_file(&verified, NAME))
            fail_msg("cut to %zu of %zu", length, size);
    }
    bytes[size] = 0;
    verified_write(&verified, NAME, bytes, size + 1);
    assert_int_not_equal(verified_file(&verified, NAME), 0);
    free(bytes);
    verified_close(&verified);
}

static void a_damaged_block_is_named_by_its_frames(void **state)
{
    (void)state;
    struct verified verified;
    size_t size;

    verified_open(&verified);
    make_small(&verified, 1, 2);
    uint8_t *bytes = verified_read(&verified, NAME, &size);
    struct tl_archive_segment segment = {1, 2, MADE_STAMP, true};
    struct tl_sealed *sealed;
    int fd = openat(tl_archive_folder(verified.archive), NAME, O_RDONLY | O_CLOEXEC);
    assert_int_equal(tl_sealed_open(fd, &segment, &sealed), TL_OK);
    struct tl_sealed_block block = tl_sealed_info(sealed)->blocks[4];
    tl_sealed_free(sealed);
    close(fd);
    bytes[block.offset + block.packed_size / 2] ^= 0x10;
    verified_write(&verified, NAME, bytes, size);
    assert_int_equal(verified_archive(&verified), 1);
    char expected[512];
    snprintf(expected, sizeof(expected),
             NAME ": block 5 of 6, %u bytes at %llu, cannot be read (what is stored does not match its "
                  "checksum): frames "
                  "2/5 to 2/9 are lost, 5 of %u bytes; the other blocks do not need it\n",
             block.packed_size, (unsigned long long)block.offset, block.size);
    assert_string_equal(verified.lines, expected);
    assert_int_equal(verified.verify.sums.lost_frames, 5);
    assert_int_equal(verified.verify.sums.lost_blocks, 1);
    assert_int_equal(verified.verify.sums.frames, 19);
    free(bytes);
    verified_close(&verified);
}

static void a_file_under_another_name_is_found(void **state)
{
    (void)state;
    struct verified verified;
    char from[256], to[256];

    verified_open(&verified);
    make_small(&verified, 1, 2);
    snprintf(from, sizeof(from), "%s/" NAME, verified.path);
    snprintf(to, sizeof(to), "%s/2026-11-23/20261123T210000Z-00000001-00000003.fstrm.zst", verified.path);
    assert_int_equal(rename(from, to), 0);
    assert_int_equal(verified_archive(&verified), 1);
    assert_string_equal(verified.lines,
                        "2026-11-23/20261123T210000Z-00000001-00000003.fstrm.zst: holds the origins 1 to "
                        "2, its name says otherwise\n");
    verified_close(&verified);
}

static void times_that_are_not_the_frames_own_are_found(void **state)
{
    (void)state;
    struct verified verified;
    struct tl_sealer_options options = {0};
    struct tl_sealer *sealer;
    uint8_t memory[256];
    uint64_t random = 1;

    verified_open(&verified);
    assert_int_equal(tl_sealer_new(verified.archive, 1, MADE_STAMP, &options, &sealer), TL_OK);
    assert_int_equal(tl_sealer_begin(sealer, 1, 5, 6, tl_bytes_of_text("t")), TL_OK);
    struct tl_bytes frame = made_frame(&random, MADE_STAMP * 1000ull, 7, memory, sizeof(memory));
    assert_int_equal(tl_sealer_put(sealer, frame, MADE_STAMP * 1000ull), TL_OK);
    assert_int_equal(tl_sealer_put(sealer, frame, MADE_STAMP * 1000ull + 1), TL_OK);
    assert_int_equal(tl_sealer_commit(sealer, NULL, NULL), TL_OK);
    tl_sealer_free(sealer);
    assert_int_equal(verified_archive(&verified), 1);
    assert_string_equal(verified.lines,
                        "2026-11-23/20261123T210000Z-00000001.fstrm.zst: block 1 of 1 holds frames of "
                        "2026-11-23T21:00:00.000Z, its contents say 2026-11-23T21:00:00.000Z to "
                        "2026-11-23T21:00:00.001Z: a search by time can miss them\n");
    verified_close(&verified);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_sealed_is_sound),
        cmocka_unit_test(a_flipped_bit_is_found_or_changes_nothing),
        cmocka_unit_test(every_flipped_bit_of_the_seek_table_is_found),
        cmocka_unit_test(every_other_length_is_found),
        cmocka_unit_test(a_damaged_block_is_named_by_its_frames),
        cmocka_unit_test(a_file_under_another_name_is_found),
        cmocka_unit_test(times_that_are_not_the_frames_own_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
