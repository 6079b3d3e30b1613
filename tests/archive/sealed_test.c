#include "archive/sealed_sample.h"
#include "proof/failing_alloc.h"

#include <sys/mman.h>
#include <zstd.h>

#define FRAMES 900u

/* A zstd context is an allocation like any other. */
ZSTD_DCtx *__real_ZSTD_createDCtx(void);
ZSTD_DCtx *__wrap_ZSTD_createDCtx(void);

static unsigned contexts; /* that were made */

ZSTD_DCtx *__wrap_ZSTD_createDCtx(void)
{
    contexts++;
    return failing_alloc_is_due() ? NULL : __real_ZSTD_createDCtx();
}

static const struct tl_archive_segment segment = {3, 9, SAMPLE_STAMP, true};

/* The bytes of a sealed segment of three origins, 3, 5 and 9, and what it is like when it is sound. */
static struct {
    uint8_t *bytes;
    size_t size;
    struct tl_sealed_block blocks[64];
    size_t block_count;
    uint64_t end; /* where the last block ends */
    size_t ledger, contents, table;
} sound;

static size_t find_last(const char *text)
{
    size_t size = strlen(text), at = sound.size - size;

    while (memcmp(sound.bytes + at, text, size) != 0)
        at--;
    return at;
}

static void seal(struct sample *sample)
{
    static const struct tl_sealer_options options = {.level = 1, .block_size = 16384};
    struct tl_ledger_entry loss = {
        .kind = TL_LEDGER_LOSS, .text = tl_bytes_of_text("queue-full"), .frames = 4};
    struct tl_sealer *sealer;

    assert_int_equal(tl_sealer_new(sample->archive, 3, SAMPLE_STAMP, &options, &sealer), TL_OK);
    static const uint64_t numbers[] = {3, 5, 9}, ends[] = {300, 500, FRAMES};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(tl_sealer_begin(sealer, numbers[i], numbers[i] * 1000, 1, tl_bytes("", 0)), TL_OK);
        assert_int_equal(tl_sealer_enter(sealer, &loss), TL_OK);
        sample_put(sealer, i ? ends[i - 1] : 0, ends[i]);
    }
    assert_int_equal(tl_sealer_commit(sealer, NULL, NULL), TL_OK);
    tl_sealer_free(sealer);
}

static int set_up(void **state)
{
    struct sample sample;
    struct tl_sealed *sealed;

    (void)state;
    sample_open(&sample);
    seal(&sample);
    int fd = sample_open_file(&sample, &segment);
    assert_int_equal(tl_sealed_open(fd, &segment, &sealed), TL_OK);
    const struct tl_sealed_info *info = tl_sealed_info(sealed);
    sound.size = info->file_size;
    sound.bytes = malloc(sound.size);
    assert_int_equal(pread(fd, sound.bytes, sound.size, 0), sound.size);
    sound.block_count = info->block_count;
    assert_true(sound.block_count > 8 && sound.block_count <= 64);
    memcpy(sound.blocks, info->blocks, sound.block_count * sizeof(sound.blocks[0]));
    sound.end = sound.blocks[sound.block_count - 1].offset + sound.blocks[sound.block_count - 1].packed_size;
    sound.ledger = find_last("taplineL") - 8;
    sound.contents = find_last("taplineC") - 8;
    sound.table = find_last("\x5e\x2a\x4d\x18");
    assert_false(info->is_rebuilt);
    tl_sealed_free(sealed);
    close(fd);
    sample_close(&sample);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(sound.bytes);
    return 0;
}

static int file_of(const uint8_t *bytes, size_t size)
{
    int fd = memfd_create("sealed", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    return fd;
}

/* Opens a file of these bytes. */
static struct tl_sealed *open_bytes(const uint8_t *bytes, size_t size, int *ret_fd)
{
    struct tl_sealed *sealed = NULL;

    *ret_fd = file_of(bytes, size);
    enum tl_status status = tl_sealed_open(*ret_fd, &segment, &sealed);
    assert_true(status == TL_OK || status == TL_BAD_TEXT);
    assert_int_equal(status == TL_OK, sealed != NULL);
    return sealed;
}

static void close_bytes(struct tl_sealed *sealed, int fd)
{
    tl_sealed_free(sealed);
    close(fd);
}

/* The number of the sound block with these bytes; no other frames may ever be given out. */
static size_t find_block(struct tl_bytes frames)
{
    uint8_t memory[512];

    for (size_t i = 0; i < sound.block_count; i++) {
        uint64_t n = sound.blocks[i].first_frame;
        struct tl_bytes first = sample_frame(n, memory);
        if (frames.size != sound.blocks[i].size || memcmp(frames.data + 4, first.data, first.size) != 0)
            continue;
        for (size_t at = 0; at < frames.size; n++) {
            struct tl_bytes frame = sample_frame(n, memory);
            assert_int_equal(tl_be32(frames.data + at), frame.size);
            assert_memory_equal(frames.data + at + 4, frame.data, frame.size);
            at += 4 + frame.size;
        }
        return i;
    }
    fail_msg("a block was given out that is none of the file's");
    return 0;
}

/* Reads all blocks: each must be one of the sound file's, in their order. Returns a bit for each found. */
static uint64_t blocks_of(struct tl_sealed *sealed)
{
    const struct tl_sealed_info *info = tl_sealed_info(sealed);
    uint64_t found = 0;

    for (size_t i = 0; i < info->block_count; i++) {
        struct tl_bytes frames;
        enum tl_status status = tl_sealed_read(sealed, i, &frames);
        assert_true(status == TL_OK || status == TL_BAD_CHECKSUM || status == TL_BAD_LENGTH);
        if (status != TL_OK)
            continue;
        size_t number = find_block(frames);
        assert_true(found >> number == 0);
        found |= 1ull << number;
        assert_int_equal(info->blocks[i].offset, sound.blocks[number].offset);
        assert_int_equal(info->blocks[i].frames, sound.blocks[number].frames);
    }
    return found;
}

static uint64_t all_blocks(void)
{
    return (1ull << sound.block_count) - 1;
}

static void assert_origins_are_sound(const struct tl_sealed_info *info)
{
    static const struct tl_sealed_origin expected[] = {
        {.number = 3, .opened_ms = 3000, .first_frame = 0, .frames = 300},
        {.number = 5, .opened_ms = 5000, .first_frame = 300, .frames = 200},
        {.number = 9, .opened_ms = 9000, .first_frame = 500, .frames = 400},
    };

    assert_int_equal(info->origin_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(info->origins[i].number, expected[i].number);
        assert_int_equal(info->origins[i].opened_ms, expected[i].opened_ms);
        assert_int_equal(info->origins[i].first_frame, expected[i].first_frame);
        assert_int_equal(info->origins[i].frames, expected[i].frames);
    }
    assert_int_equal(info->frames, FRAMES);
    assert_int_equal(info->loss_count, 1);
    assert_int_equal(info->losses[0].frames, 12);
}

/* Wherever the file ends: every block that is in it whole is found, and nothing else. */
static void finds_the_blocks_of_a_file_that_was_cut(void **state)
{
    (void)state;
    for (size_t size = 0; size < sound.size; size += size < 200 || size > sound.end - 50 ? 1 : 37) {
        int fd;
        struct tl_sealed *sealed = open_bytes(sound.bytes, size, &fd);
        uint64_t expected = 0;
        for (size_t i = 0; i < sound.block_count; i++)
            expected |= (uint64_t)(sound.blocks[i].offset + sound.blocks[i].packed_size <= size) << i;
        assert_int_equal(sealed != NULL, size >= sound.blocks[0].offset);
        if (sealed) {
            const struct tl_sealed_info *info = tl_sealed_info(sealed);
            assert_true(info->is_rebuilt);
            assert_non_null(info->damage);
            assert_int_equal(blocks_of(sealed), expected);
            if (size >= sound.contents) /* the ledger is whole */
                assert_origins_are_sound(info);
            if (size < sound.contents) {
                assert_int_equal(info->origin_count, 1);
                assert_int_equal(info->origins[0].number, 3);
            }
            assert_int_equal(info->earliest_ms == sample_time(0), size >= sound.table);
        }
        close_bytes(sealed, fd);
    }
}

/* A byte that is wrong, anywhere, costs at most the block that it is in, and no frame its name. */
static void loses_at_most_one_block_to_a_wrong_byte(void **state)
{
    (void)state;
    for (size_t at = 0; at < sound.size; at += at < 200 || at > sound.end - 50 ? 1 : 31) {
        int fd;
        uint8_t kept = sound.bytes[at];
        uint64_t expected = all_blocks();
        sound.bytes[at] ^= (uint8_t)(1 << at % 8);
        for (size_t i = 0; i < sound.block_count; i++) {
            if (at >= sound.blocks[i].offset && at < sound.blocks[i].offset + sound.blocks[i].packed_size)
                expected &= ~(1ull << i);
        }
        struct tl_sealed *sealed = open_bytes(sound.bytes, sound.size, &fd);
        assert_non_null(sealed);
        assert_int_equal(blocks_of(sealed) & expected, expected);
        assert_origins_are_sound(tl_sealed_info(sealed));
        /* (A zstd frame's head has bits without meaning, and a larger window does no harm.) */
        if (at >= sound.contents + 22 && at < sound.table)
            assert_true(tl_sealed_info(sealed)->is_rebuilt);
        close_bytes(sealed, fd);
        sound.bytes[at] = kept;
    }
}

static void says_what_was_damaged(void **state)
{
    (void)state;
    const struct {
        size_t at;
        const char *damage;
    } wrong[] = {
        {sound.size - 1, "the seek table is missing"},
        {sound.size - 5, "the seek table is damaged"},
        {sound.table, "the seek table is damaged"},
        {sound.table + 8, "the seek table does not fit the file"},
        {sound.table + 8 + 12 + 8, "the seek table does not fit the contents"},
        {sound.contents + 20, "the contents are damaged"},
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        int fd;
        sound.bytes[wrong[i].at] ^= 0x40;
        struct tl_sealed *sealed = open_bytes(sound.bytes, sound.size, &fd);
        assert_non_null(sealed);
        assert_string_equal(tl_sealed_info(sealed)->damage, wrong[i].damage);
        assert_int_equal(blocks_of(sealed), all_blocks());
        sound.bytes[wrong[i].at] ^= 0x40;
        close_bytes(sealed, fd);
    }
}

/* What is between the blocks, or in front, is passed over. */
static void walks_over_what_does_not_belong_there(void **state)
{
    (void)state;
    static const char *const strange[] = {
        "garbage", "\x28\xb5\x2f\xfd", "\x50\x2a\x4d\x18\xff\xff\xff\x7ftaplineL",
        "\x5e\x2a\x4d\x18\xff\xff\xff\xff", "\x28\xb5\x2f\xfd\xa4\xff\xff\xff\xff\x01"};
    uint8_t *bytes = malloc(sound.size + 64);

    for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
        size_t at = i % 2 ? 0 : (size_t)sound.blocks[3].offset, size = strlen(strange[i]);
        int fd;
        memcpy(bytes, sound.bytes, at);
        memcpy(bytes + at, strange[i], size);
        memcpy(bytes + at + size, sound.bytes + at, sound.contents - at); /* no contents */
        struct tl_sealed *sealed = open_bytes(bytes, sound.contents + size, &fd);
        assert_non_null(sealed);
        assert_int_equal(tl_sealed_info(sealed)->block_count, sound.block_count);
        assert_origins_are_sound(tl_sealed_info(sealed));
        for (size_t j = 0; j < sound.block_count; j++) {
            struct tl_bytes frames;
            assert_int_equal(tl_sealed_read(sealed, j, &frames), TL_OK);
            assert_int_equal(find_block(frames), j);
        }
        close_bytes(sealed, fd);
    }
    free(bytes);
}

/* Blocks that are lost without contents to say so: the ledger does not fit what is left, and is not taken. */
static void gives_no_wrong_names_when_frames_are_missing(void **state)
{
    (void)state;
    uint8_t *bytes = malloc(sound.size);
    int fd;

    memcpy(bytes, sound.bytes, sound.size);
    memset(bytes + sound.blocks[1].offset, 0, sound.blocks[1].packed_size);
    struct tl_sealed *sealed = open_bytes(bytes, sound.contents, &fd);
    assert_non_null(sealed);
    const struct tl_sealed_info *info = tl_sealed_info(sealed);
    assert_int_equal(blocks_of(sealed), all_blocks() & ~2ull);
    assert_int_equal(info->origin_count, 1);
    assert_int_equal(info->origins[0].number, 3);
    assert_int_equal(info->origins[0].frames, FRAMES - sound.blocks[1].frames);
    assert_int_equal(info->loss_count, 1); /* but what it says of losses is true all the same */
    close_bytes(sealed, fd);
    free(bytes);
}

static void takes_nothing_else_for_a_sealed_segment(void **state)
{
    (void)state;
    static uint8_t zeros[100000];
    int fd;

    assert_null(open_bytes(zeros, 0, &fd));
    close(fd);
    assert_null(open_bytes(zeros, sizeof(zeros), &fd));
    close(fd);
    memset(zeros, 0x28, sizeof(zeros));
    assert_null(open_bytes(zeros, sizeof(zeros), &fd));
    close(fd);
    /* zstd of anything else */
    static const uint8_t packed[] = "\x28\xb5\x2f\xfd\x24\x06\x31\x00\x00hello\n\x84\xbd\x8c\xc3";
    assert_null(open_bytes(packed, sizeof(packed) - 1, &fd));
    close(fd);
}

static void says_when_it_cannot_read(void **state)
{
    (void)state;
    struct tl_sealed *sealed = NULL;
    struct tl_bytes frames;
    int fd;

    assert_int_equal(tl_sealed_open(-1, &segment, &sealed), TL_SYSTEM);
    assert_int_equal(errno, EBADF);
    sealed = open_bytes(sound.bytes, sound.size, &fd);
    assert_int_equal(tl_sealed_read(sealed, sound.block_count, &frames), TL_BAD_ARGUMENT);
    assert_int_equal(ftruncate(fd, (off_t)sound.blocks[2].offset + 5), 0);
    assert_int_equal(tl_sealed_read(sealed, 1, &frames), TL_OK);
    assert_int_equal(tl_sealed_read(sealed, 2, &frames), TL_SYSTEM);
    assert_int_equal(errno, ENODATA);
    close_bytes(sealed, fd);
}

static void gives_the_ledger_or_says_what_is_wrong(void **state)
{
    (void)state;
    struct tl_bytes stream, again;
    int fd;
    struct tl_sealed *sealed = open_bytes(sound.bytes, sound.size, &fd);

    assert_int_equal(tl_sealed_ledger(sealed, &stream), TL_OK);
    assert_int_equal(tl_sealed_ledger(sealed, &again), TL_OK);
    assert_ptr_equal(stream.data, again.data);
    close_bytes(sealed, fd);

    sealed = open_bytes(sound.bytes, sound.ledger, &fd);
    assert_int_equal(tl_sealed_ledger(sealed, &stream), TL_END);
    close_bytes(sealed, fd);

    sound.bytes[sound.ledger + 30] ^= 1;
    sealed = open_bytes(sound.bytes, sound.size, &fd);
    assert_false(tl_sealed_info(sealed)->is_rebuilt);
    assert_int_equal(tl_sealed_ledger(sealed, &stream), TL_BAD_CHECKSUM);
    close_bytes(sealed, fd);
    sound.bytes[sound.ledger + 30] ^= 1;
}

/* Segment after segment in the same object: whatever was in it before, each is as if opened alone. */
static void is_opened_again_without_a_new_context(void **state)
{
    (void)state;
    struct tl_sealed *sealed = NULL;
    struct tl_bytes bytes;
    int fds[] = {file_of(sound.bytes, sound.size), file_of(sound.bytes, sound.table),
                 file_of(sound.bytes, sound.contents), file_of(sound.bytes, 3)};
    uint8_t *wrong = malloc(sound.size);

    memcpy(wrong, sound.bytes, sound.size);
    wrong[sound.contents + 40] ^= 1; /* fails in the middle of uncompressing */
    int wrong_fd = file_of(wrong, sound.size);
    contexts = 0;
    for (int i = 0; i < 40; i++) {
        int fd = i % 5 == 4 ? wrong_fd : fds[i * 7 % 4];
        enum tl_status status = tl_sealed_reopen(fd, &segment, &sealed);
        assert_int_equal(status, fd == fds[3] ? TL_BAD_TEXT : TL_OK);
        const struct tl_sealed_info *info = tl_sealed_info(sealed);
        if (fd == fds[3]) { /* nothing is left of the one before */
            assert_int_equal(info->block_count, 0);
            assert_int_equal(tl_sealed_read(sealed, 0, &bytes), TL_BAD_ARGUMENT);
            assert_int_equal(tl_sealed_ledger(sealed, &bytes), TL_END);
            continue;
        }
        assert_int_equal(info->is_rebuilt, fd != fds[0]);
        assert_origins_are_sound(info);
        assert_int_equal(blocks_of(sealed), all_blocks());
        if (i % 2)
            assert_int_equal(tl_sealed_ledger(sealed, &bytes), TL_OK);
    }
    assert_int_equal(contexts, 1);
    tl_sealed_free(sealed);
    for (int i = 0; i < 4; i++)
        close(fds[i]);
    close(wrong_fd);
    free(wrong);
}

static enum tl_status read_something(int fd)
{
    struct tl_sealed *sealed = NULL;
    struct tl_bytes bytes;
    enum tl_status status = tl_sealed_open(fd, &segment, &sealed);

    for (size_t i = 0; status == TL_OK && i < sound.block_count; i++)
        status = tl_sealed_read(sealed, i, &bytes);
    if (status == TL_OK)
        status = tl_sealed_ledger(sealed, &bytes);
    tl_sealed_free(sealed);
    return status;
}

static void says_when_there_is_no_memory(void **state)
{
    (void)state;
    size_t sizes[] = {sound.size, sound.table, sound.contents}; /* sound, and rebuilt either way */

    for (size_t i = 0; i < 3; i++) {
        int fd = file_of(sound.bytes, sizes[i]);
        unsigned long n;
        for (n = 1;; n++) {
            failing_alloc_start(n);
            enum tl_status status = read_something(fd);
            if (!failing_alloc_stop()) {
                assert_int_equal(status, TL_OK);
                break;
            }
            assert_int_equal(status, TL_NO_MEMORY);
        }
        assert_true(n > 8);
        close(fd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_blocks_of_a_file_that_was_cut),
        cmocka_unit_test(loses_at_most_one_block_to_a_wrong_byte),
        cmocka_unit_test(says_what_was_damaged),
        cmocka_unit_test(walks_over_what_does_not_belong_there),
        cmocka_unit_test(gives_no_wrong_names_when_frames_are_missing),
        cmocka_unit_test(takes_nothing_else_for_a_sealed_segment),
        cmocka_unit_test(says_when_it_cannot_read),
        cmocka_unit_test(gives_the_ledger_or_says_what_is_wrong),
        cmocka_unit_test(is_opened_again_without_a_new_context),
        cmocka_unit_test(says_when_there_is_no_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
