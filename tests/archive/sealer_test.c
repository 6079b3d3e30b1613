#include "archive/sealed_sample.h"
#include "proof/failing_alloc.h"

#include <signal.h>
#include <sys/resource.h>
#include <zstd.h>

/* A zstd context is an allocation like any other. */
ZSTD_CCtx *__real_ZSTD_createCCtx(void);
ZSTD_CCtx *__wrap_ZSTD_createCCtx(void);

ZSTD_CCtx *__wrap_ZSTD_createCCtx(void)
{
    return failing_alloc_is_due() ? NULL : __real_ZSTD_createCCtx();
}

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

/* The ledger's entries in the order of the file, as lines. */
static void print_ledger(struct tl_sealed *sealed, char *text, size_t size)
{
    struct tl_frame_decoder decoder;
    struct tl_ledger_entry entry;
    struct tl_ledger_run run;
    struct tl_frame frame;
    struct tl_bytes stream;
    size_t used = 0;

    assert_int_equal(tl_sealed_ledger(sealed, &stream), TL_OK);
    tl_frame_decoder_init(&decoder, TL_LEDGER_ENTRY_MAX);
    while (stream.size) {
        assert_int_equal(tl_frame_next(&decoder, &stream, &frame), TL_OK);
        if (frame.kind == TL_FRAME_CONTROL) {
            used += (size_t)snprintf(text + used, size - used, "%s\n",
                                     tl_control_type_name(tl_be32(frame.payload.data)));
            continue;
        }
        assert_int_equal(tl_ledger_decode(frame.payload, &entry), TL_OK);
        used += (size_t)snprintf(text + used, size - used, "%d %" PRIu64 " %.*s %" PRIu64 " %" PRIu64,
                                 entry.kind, entry.segment, (int)entry.text.size,
                                 (const char *)entry.text.data, entry.connection, entry.frames);
        uint64_t last_ms = 0;
        while (tl_ledger_next_run(&entry.packed, &last_ms, &run) == TL_OK)
            used += (size_t)snprintf(text + used, size - used, " [%" PRIu64 ": %" PRIu64 " at %" PRIu64 "]",
                                     run.connection, run.frames, run.arrival_ms);
        used += (size_t)snprintf(text + used, size - used, "\n");
        assert_true(used < size);
    }
}

static void enter_run(struct tl_sealer *sealer, uint64_t connection, uint64_t frames, uint64_t arrival_ms)
{
    uint8_t memory[64];
    struct tl_builder packed = tl_builder(memory, sizeof(memory));
    struct tl_ledger_run run = {connection, frames, arrival_ms};
    struct tl_ledger_entry entry = {.kind = TL_LEDGER_RUNS};
    uint64_t last_ms = 0;

    tl_ledger_put_run(&packed, &run, &last_ms);
    entry.packed = tl_builder_bytes(&packed);
    assert_int_equal(tl_sealer_enter(sealer, &entry), TL_OK);
}

static void enter_loss(struct tl_sealer *sealer, const char *cause, uint64_t frames, uint64_t bytes,
                       bool is_at_most)
{
    struct tl_ledger_entry entry = {.kind = TL_LEDGER_LOSS,
                                    .connection = 3,
                                    .text = tl_bytes_of_text(cause),
                                    .frames = frames,
                                    .bytes = bytes,
                                    .is_at_most = is_at_most};

    assert_int_equal(tl_sealer_enter(sealer, &entry), TL_OK);
}

static void keeps_the_ledger_and_completes_it(void **state)
{
    (void)state;
    struct tl_ledger_entry connection = {.kind = TL_LEDGER_CONNECTION, .connection = 3};
    struct tl_ledger_entry closed = {.kind = TL_LEDGER_CLOSED, .connection = 3, .frames = 7};
    struct sample sample;
    char text[4096];
    int fd;

    connection.text = tl_bytes_of_text("unix:pid 812");
    closed.text = tl_bytes_of_text("stop");
    sample_open(&sample);
    struct tl_sealer *sealer = begin(&sample, 5);
    begin_origin(sealer, 5);
    assert_int_equal(tl_sealer_enter(sealer, &connection), TL_OK);
    enter_run(sealer, 3, 7, 1000);
    sample_put(sealer, 0, 10);
    enter_loss(sealer, "queue-full", 2, 200, false);
    assert_int_equal(tl_sealer_enter(sealer, &closed), TL_OK);
    begin_origin(sealer, 7);
    sample_put(sealer, 10, 12);
    begin_origin(sealer, 8);
    enter_run(sealer, 1, 9, 2000); /* more than there are */
    sample_put(sealer, 12, 13);
    struct tl_sealed *sealed = commit_and_open(&sample, sealer, &fd);
    print_ledger(sealed, text, sizeof(text));
    assert_string_equal(text, "START\n"
                              "1 5 tapline test 0 0\n"
                              "2 0 unix:pid 812 3 0\n"
                              "3 0  0 0 [3: 7 at 1000]\n"
                              "4 0 queue-full 3 2\n"
                              "5 0 stop 3 7\n"
                              "3 0  0 0 [0: 3 at 1000]\n"
                              "7 5  0 10\n"
                              "1 7 tapline test 0 0\n"
                              "3 0  0 0 [0: 2 at 1795467600007]\n"
                              "7 7  0 2\n"
                              "1 8 tapline test 0 0\n"
                              "3 0  0 0 [1: 9 at 2000]\n"
                              "7 8  0 1\n"
                              "STOP\n");
    tl_sealed_free(sealed);
    close(fd);
    sample_close(&sample);
}

static void begins_a_block_with_each_origin(void **state)
{
    (void)state;
    struct sample sample;
    int fd;

    sample_open(&sample);
    struct tl_sealer *sealer = begin(&sample, 3);
    begin_origin(sealer, 3);
    sample_put(sealer, 0, 500);
    begin_origin(sealer, 4); /* empty */
    begin_origin(sealer, 9);
    sample_put(sealer, 500, 501);
    begin_origin(sealer, 15);
    sample_put(sealer, 501, 900);
    struct tl_sealed *sealed = commit_and_open(&sample, sealer, &fd);
    const struct tl_sealed_info *info = tl_sealed_info(sealed);
    static const struct tl_sealed_origin expected[] = {
        {.number = 3, .first_frame = 0, .frames = 500},
        {.number = 4, .first_frame = 500, .frames = 0},
        {.number = 9, .first_frame = 500, .frames = 1},
        {.number = 15, .first_frame = 501, .frames = 399},
    };
    assert_int_equal(info->origin_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(info->origins[i].number, expected[i].number);
        assert_int_equal(info->origins[i].first_frame, expected[i].first_frame);
        assert_int_equal(info->origins[i].frames, expected[i].frames);
        bool is_at_a_block = expected[i].frames == 0;
        for (size_t j = 0; j < info->block_count; j++)
            is_at_a_block |= info->blocks[j].first_frame == expected[i].first_frame;
        assert_true(is_at_a_block);
    }
    assert_int_equal(sample_check(sealed, 0), 900);
    tl_sealed_free(sealed);
    close(fd);
    sample_close(&sample);
}

static void names_the_file_by_the_origins_that_were_begun(void **state)
{
    (void)state;
    struct sample sample;
    struct tl_archive_segment segment;
    char name[TL_ARCHIVE_NAME_SIZE];

    sample_open(&sample);
    struct tl_sealer *sealer = begin(&sample, 3);
    begin_origin(sealer, 3);
    begin_origin(sealer, 15);
    assert_int_equal(tl_sealer_commit(sealer, &segment, NULL), TL_OK);
    assert_int_equal(tl_sealer_commit(sealer, NULL, NULL), TL_BAD_ARGUMENT); /* once only */
    tl_sealer_free(sealer);
    tl_archive_name(&segment, TL_ARCHIVE_ROWS, name);
    assert_string_equal(name, "2026-11-23/20261123T210000Z-00000003-00000015.fstrm.zst");
    struct stat file;
    assert_int_equal(fstatat(tl_archive_folder(sample.archive), name, &file, 0), 0);
    assert_int_equal(file.st_mode & 07777, 0640);
    assert_int_equal(fstatat(tl_archive_folder(sample.archive), "2026-11-23", &file, 0), 0);
    assert_int_equal(file.st_mode & 0777, 0750);
    sample_close(&sample);
}

static void leaves_nothing_unless_it_is_committed(void **state)
{
    (void)state;
    struct sample sample;

    sample_open(&sample);
    unsigned before = sample_entries(sample.path);
    struct tl_sealer *sealer = begin(&sample, 1);
    begin_origin(sealer, 1);
    sample_put(sealer, 0, 3000);
    assert_int_equal(sample_entries(sample.path), before + 2); /* folder and temporary file */
    tl_sealer_free(sealer);
    assert_int_equal(sample_entries(sample.path), before);
    tl_sealer_free(NULL);

    sealer = begin(&sample, 1); /* the folder stays if there is something else in it */
    begin_origin(sealer, 1);
    assert_int_equal(tl_sealer_commit(sealer, NULL, NULL), TL_OK);
    tl_sealer_free(sealer);
    tl_sealer_free(begin(&sample, 2));
    assert_int_equal(sample_entries(sample.path), before + 2);
    sample_close(&sample);
}

/* Packing again at another level gives the same name: until the commit the old file is untouched. */
static void replaces_a_segment_of_the_same_name(void **state)
{
    (void)state;
    struct sample sample;
    int old_fd, fd;

    sample_open(&sample);
    struct tl_sealer *sealer = begin(&sample, 1);
    begin_origin(sealer, 1);
    sample_put(sealer, 0, 1000);
    struct tl_sealed *old = commit_and_open(&sample, sealer, &old_fd);
    sealer = begin(&sample, 1);
    begin_origin(sealer, 1);
    sample_put(sealer, 5, 105);
    assert_int_equal(sample_check(old, 0), 1000);
    struct tl_sealed *sealed = commit_and_open(&sample, sealer, &fd);
    assert_int_equal(sample_check(sealed, 5), 100);
    assert_int_equal(sample_check(old, 0), 1000); /* who has it open reads on */
    tl_sealed_free(old);
    tl_sealed_free(sealed);
    close(old_fd);
    close(fd);
    sample_close(&sample);
}

static void copies_blocks_byte_by_byte(void **state)
{
    (void)state;
    struct sample sample;
    int from_fd, fd;

    sample_open(&sample);
    struct tl_sealer *sealer = begin(&sample, 1);
    begin_origin(sealer, 1);
    sample_put(sealer, 100, 1000);
    struct tl_sealed *from = commit_and_open(&sample, sealer, &from_fd);
    const struct tl_sealed_info *original = tl_sealed_info(from);

    sealer = begin(&sample, 2);
    begin_origin(sealer, 2);
    sample_put(sealer, 0, 100); /* what is in the making goes before */
    for (size_t i = 0; i < original->block_count; i++)
        assert_int_equal(tl_sealer_copy(sealer, from, i), TL_OK);
    sample_put(sealer, 1000, 1050);
    assert_int_equal(tl_sealer_copy(sealer, from, original->block_count), TL_BAD_ARGUMENT);
    struct tl_sealed *sealed = commit_and_open(&sample, sealer, &fd);
    const struct tl_sealed_info *info = tl_sealed_info(sealed);
    assert_int_equal(sample_check(sealed, 0), 1050);
    size_t shift = info->block_count - original->block_count - 1;
    for (size_t i = 0; i < original->block_count; i++) {
        const struct tl_sealed_block *a = &original->blocks[i], *b = &info->blocks[i + shift];
        static uint8_t a_bytes[65536], b_bytes[65536];
        assert_int_equal(a->packed_size, b->packed_size);
        assert_int_equal(a->earliest_ms, b->earliest_ms);
        assert_int_equal(a->latest_ms, b->latest_ms);
        assert_int_equal(pread(from_fd, a_bytes, a->packed_size, (off_t)a->offset), a->packed_size);
        assert_int_equal(pread(fd, b_bytes, b->packed_size, (off_t)b->offset), b->packed_size);
        assert_memory_equal(a_bytes, b_bytes, a->packed_size);
    }
    tl_sealed_free(sealed);
    tl_sealed_free(from);
    close(from_fd);
    close(fd);
    sample_close(&sample);
}

/* A block that cannot be copied does not end the sealing: the caller may go on without it. */
static void copies_no_damaged_block(void **state)
{
    (void)state;
    struct sample sample;
    int from_fd, fd;

    sample_open(&sample);
    struct tl_sealer *sealer = begin(&sample, 1);
    begin_origin(sealer, 1);
    sample_put(sealer, 0, 300);
    struct tl_sealed *from = commit_and_open(&sample, sealer, &from_fd);
    const struct tl_sealed_block *block = &tl_sealed_info(from)->blocks[1];
    assert_int_equal(pwrite(from_fd, "\0\0\0\0\0\0\0\0", 8, (off_t)block->offset + 40), 8);
    sealer = begin(&sample, 2);
    begin_origin(sealer, 2);
    assert_int_equal(tl_sealer_copy(sealer, from, 0), TL_OK);
    assert_int_equal(tl_sealer_copy(sealer, from, 1), TL_BAD_CHECKSUM);
    struct tl_sealed *sealed = commit_and_open(&sample, sealer, &fd);
    assert_int_equal(tl_sealed_info(sealed)->block_count, 1);
    tl_sealed_free(sealed);
    tl_sealed_free(from);
    close(from_fd);
    close(fd);
    sample_close(&sample);
}

static const struct tl_ledger_entry *find_loss(const struct tl_sealed_info *info, const char *cause,
                                               bool is_at_most)
{
    for (size_t i = 0; i < info->loss_count; i++) {
        if (info->losses[i].is_at_most == is_at_most &&
            tl_bytes_equal(info->losses[i].text, tl_bytes_of_text(cause)))
            return &info->losses[i];
    }
    fail_msg("no loss under the cause %s", cause);
    return NULL;
}

static void sums_losses_by_cause_over_the_origins(void **state)
{
    (void)state;
    struct sample sample;
    int fd;

    sample_open(&sample);
    struct tl_sealer *sealer = begin(&sample, 1);
    begin_origin(sealer, 1);
    enter_loss(sealer, "too-long", 1, 1000, false);
    enter_loss(sealer, "unknown", 0, 5000, true);
    begin_origin(sealer, 2);
    enter_loss(sealer, "too-long", 2, 2500, false);
    enter_loss(sealer, "unknown", 1, 70, false);
    struct tl_sealed *sealed = commit_and_open(&sample, sealer, &fd);
    const struct tl_sealed_info *info = tl_sealed_info(sealed);
    assert_int_equal(info->loss_count, 3);
    assert_int_equal(find_loss(info, "too-long", false)->frames, 3);
    assert_int_equal(find_loss(info, "too-long", false)->bytes, 3500);
    assert_int_equal(find_loss(info, "unknown", true)->bytes, 5000);
    assert_int_equal(find_loss(info, "unknown", false)->frames, 1);
    assert_int_equal(find_loss(info, "unknown", false)->connection, 0);
    tl_sealed_free(sealed);
    close(fd);
    sample_close(&sample);
}

/* Somebody's ledger may have any number of causes: beyond a bound they share a sum, and none is lost. */
static void sums_too_many_causes_under_one(void **state)
{
    (void)state;
    struct sample sample;
    uint64_t frames = 0;
    char cause[16];
    int fd;

    sample_open(&sample);
    struct tl_sealer *sealer = begin(&sample, 1);
    begin_origin(sealer, 1);
    for (unsigned i = 0; i < 600; i++) {
        snprintf(cause, sizeof(cause), "cause-%u", i % 300);
        enter_loss(sealer, cause, 1, 10, i % 2);
    }
    struct tl_sealed *sealed = commit_and_open(&sample, sealer, &fd);
    const struct tl_sealed_info *info = tl_sealed_info(sealed);
    assert_in_range(info->loss_count, 256, 258);
    for (size_t i = 0; i < info->loss_count; i++)
        frames += info->losses[i].frames;
    assert_int_equal(frames, 600);
    assert_int_equal(find_loss(info, "cause-7", true)->frames, 2);
    assert_int_equal(find_loss(info, "other", true)->frames + find_loss(info, "other", false)->frames, 88);
    tl_sealed_free(sealed);
    close(fd);
    sample_close(&sample);
}

static void holds_the_longest_frame_in_the_smallest_block(void **state)
{
    (void)state;
    static uint8_t longest[TL_ARCHIVE_FRAME_MAX + 1];
    struct sample sample;
    struct tl_bytes frames;
    int fd;

    sample_open(&sample);
    struct tl_sealer *sealer = begin(&sample, 1);
    begin_origin(sealer, 1);
    for (size_t i = 0; i < sizeof(longest); i++)
        longest[i] = (uint8_t)(i * 2654435761u >> 13);
    assert_int_equal(tl_sealer_put(sealer, tl_bytes(longest, sizeof(longest)), 1), TL_FRAME_TOO_LONG);
    assert_int_equal(tl_sealer_put(sealer, tl_bytes(longest, 0), 1), TL_BAD_ARGUMENT);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(tl_sealer_put(sealer, tl_bytes(longest, i % 2 ? TL_ARCHIVE_FRAME_MAX : 1), i),
                         TL_OK);
    struct tl_sealed *sealed = commit_and_open(&sample, sealer, &fd);
    assert_int_equal(tl_sealed_info(sealed)->block_count, 3);
    assert_int_equal(tl_sealed_read(sealed, 1, &frames), TL_OK);
    assert_int_equal(frames.size, TL_ARCHIVE_FRAME_MAX + 4);
    assert_memory_equal(frames.data + 4, longest, TL_ARCHIVE_FRAME_MAX);
    tl_sealed_free(sealed);
    close(fd);
    sample_close(&sample);
}

/* More blocks than one entry BLOCKS holds, with times that are far apart. */
static void lists_any_number_of_blocks(void **state)
{
    (void)state;
    static const uint64_t times[] = {0, UINT64_MAX, 1795467600000, 1ull << 63, 1};
    static uint8_t frame[16384];
    struct sample sample;
    const unsigned count = 6000;
    int fd;

    sample_open(&sample);
    struct tl_sealer *sealer = begin(&sample, 1);
    begin_origin(sealer, 1);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(tl_sealer_put(sealer, tl_bytes(frame, sizeof(frame)), times[i % 5]), TL_OK);
    /* What spans all of time spans more than can be written: its times are not known. */
    assert_int_equal(tl_sealer_put(sealer, tl_bytes(frame, 1), 0), TL_OK);
    assert_int_equal(tl_sealer_put(sealer, tl_bytes(frame, 1), UINT64_MAX), TL_OK);
    struct tl_sealed *sealed = commit_and_open(&sample, sealer, &fd);
    const struct tl_sealed_info *info = tl_sealed_info(sealed);
    assert_int_equal(info->block_count, count + 1);
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(info->blocks[i].earliest_ms, times[i % 5]);
        assert_int_equal(info->blocks[i].latest_ms, times[i % 5]);
    }
    assert_int_equal(info->blocks[count].earliest_ms, 1);
    assert_int_equal(info->blocks[count].latest_ms, 0);
    assert_int_equal(info->earliest_ms, 1);
    assert_int_equal(info->latest_ms, 0);
    tl_sealed_free(sealed);
    close(fd);
    sample_close(&sample);
}

static void refuses_what_is_out_of_range_or_order(void **state)
{
    (void)state;
    static const struct tl_sealer_options wrong[] = {
        {.level = -1}, {.level = 23}, {.block_size = 16383}, {.block_size = 8388609}};
    struct tl_sealer_options options = {0};
    struct tl_ledger_entry entry = {.kind = TL_LEDGER_LOSS};
    struct tl_sealer *sealer = NULL;
    struct sample sample;

    sample_open(&sample);
    unsigned before = sample_entries(sample.path);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(tl_sealer_new(sample.archive, 1, SAMPLE_STAMP, &wrong[i], &sealer), TL_BAD_ARGUMENT);
    assert_int_equal(tl_sealer_new(sample.archive, 0, SAMPLE_STAMP, &options, &sealer), TL_BAD_ARGUMENT);
    assert_int_equal(tl_sealer_new(sample.archive, 1, TL_TIME_SECONDS_MAX + 1, &options, &sealer),
                     TL_BAD_ARGUMENT);
    assert_null(sealer);
    assert_int_equal(sample_entries(sample.path), before);

    sealer = begin(&sample, 3);
    assert_int_equal(tl_sealer_put(sealer, tl_bytes_of_text("x"), 1), TL_BAD_ARGUMENT);
    assert_int_equal(tl_sealer_enter(sealer, &entry), TL_BAD_ARGUMENT);
    assert_int_equal(tl_sealer_commit(sealer, NULL, NULL), TL_BAD_ARGUMENT);
    begin_origin(sealer, 3);
    assert_int_equal(tl_sealer_begin(sealer, 3, 0, 0, tl_bytes("", 0)), TL_BAD_ARGUMENT);
    assert_int_equal(tl_sealer_begin(sealer, 2, 0, 0, tl_bytes("", 0)), TL_BAD_ARGUMENT);
    static const enum tl_ledger_kind ours[] = {TL_LEDGER_UNKNOWN, TL_LEDGER_SEGMENT, TL_LEDGER_MARK,
                                               TL_LEDGER_END, TL_LEDGER_BLOCKS};
    for (size_t i = 0; i < 5; i++) {
        entry.kind = ours[i];
        assert_int_equal(tl_sealer_enter(sealer, &entry), TL_BAD_ARGUMENT);
    }
    entry = (struct tl_ledger_entry){.kind = TL_LEDGER_RUNS, .packed = tl_bytes("\x01\x01", 2)};
    assert_int_equal(tl_sealer_enter(sealer, &entry), TL_TRUNCATED);
    assert_int_equal(tl_sealer_commit(sealer, NULL, NULL), TL_OK); /* none of this has hurt it */
    tl_sealer_free(sealer);
    sample_close(&sample);
}

/* The file may not grow beyond some sizes: whenever that is found, it is said, and nothing stays. */
static void says_when_the_disk_is_full(void **state)
{
    (void)state;
    struct rlimit old, limit;
    struct sample sample;
    unsigned failed = 0;

    sample_open(&sample);
    unsigned before = sample_entries(sample.path);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    for (rlim_t size = 0;; size += size < 100 ? 7 : 997) {
        struct tl_sealer *sealer = NULL;
        uint8_t memory[512];
        limit = (struct rlimit){size, old.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        enum tl_status status = tl_sealer_new(sample.archive, 1, SAMPLE_STAMP, &small_blocks, &sealer);
        if (status == TL_OK)
            status = tl_sealer_begin(sealer, 1, 0, 0, tl_bytes("", 0));
        for (uint64_t n = 0; status == TL_OK && n < 500; n++)
            status = tl_sealer_put(sealer, sample_frame(n, memory), 1);
        enum tl_status committed = sealer ? tl_sealer_commit(sealer, NULL, NULL) : status;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
        if (committed == TL_OK) {
            tl_sealer_free(sealer);
            break;
        }
        assert_int_equal(committed, TL_SYSTEM);
        assert_true(status == TL_OK || status == TL_SYSTEM);
        if (sealer) /* and goes on saying it */
            assert_int_equal(tl_sealer_put(sealer, tl_bytes_of_text("x"), 1), TL_SYSTEM);
        tl_sealer_free(sealer);
        assert_int_equal(errno, EFBIG);
        assert_int_equal(sample_entries(sample.path), before);
        failed++;
    }
    assert_true(failed > 20);
    assert_int_equal(sample_entries(sample.path), before + 2);
    sample_close(&sample);
}

/* The whole of it with an allocation failing: the n-th, for every n there is. */
static enum tl_status seal_something(struct sample *sample)
{
    struct tl_ledger_entry loss = {
        .kind = TL_LEDGER_LOSS, .text = tl_bytes_of_text("queue-full"), .frames = 1};
    struct tl_sealer *sealer = NULL;
    uint8_t memory[512];
    enum tl_status status = tl_sealer_new(sample->archive, 1, SAMPLE_STAMP, &small_blocks, &sealer);

    if (status == TL_OK)
        status = tl_sealer_begin(sealer, 1, 0, 0, tl_bytes("", 0));
    for (uint64_t n = 0; status == TL_OK && n < 300; n++)
        status = tl_sealer_put(sealer, sample_frame(n, memory), 1);
    if (status == TL_OK)
        status = tl_sealer_enter(sealer, &loss);
    if (status == TL_OK)
        status = tl_sealer_commit(sealer, NULL, NULL);
    tl_sealer_free(sealer);
    return status;
}

static void says_when_there_is_no_memory(void **state)
{
    (void)state;
    struct sample sample;
    unsigned long n;

    sample_open(&sample);
    unsigned before = sample_entries(sample.path);
    for (n = 1;; n++) {
        failing_alloc_start(n);
        enum tl_status status = seal_something(&sample);
        if (!failing_alloc_stop()) {
            assert_int_equal(status, TL_OK);
            break;
        }
        assert_int_equal(status, TL_NO_MEMORY);
        assert_int_equal(sample_entries(sample.path), before);
    }
    assert_true(n > 8);
    sample_close(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_back_the_frames_in_blocks_with_their_times),
        cmocka_unit_test(keeps_the_ledger_and_completes_it),
        cmocka_unit_test(begins_a_block_with_each_origin),
        cmocka_unit_test(names_the_file_by_the_origins_that_were_begun),
        cmocka_unit_test(leaves_nothing_unless_it_is_committed),
        cmocka_unit_test(replaces_a_segment_of_the_same_name),
        cmocka_unit_test(copies_blocks_byte_by_byte),
        cmocka_unit_test(copies_no_damaged_block),
        cmocka_unit_test(sums_losses_by_cause_over_the_origins),
        cmocka_unit_test(sums_too_many_causes_under_one),
        cmocka_unit_test(holds_the_longest_frame_in_the_smallest_block),
        cmocka_unit_test(lists_any_number_of_blocks),
        cmocka_unit_test(refuses_what_is_out_of_range_or_order),
        cmocka_unit_test(says_when_the_disk_is_full),
        cmocka_unit_test(says_when_there_is_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
