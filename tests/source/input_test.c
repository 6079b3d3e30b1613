#include "proof/test.h"
#include "source/packed.h"
#include "source/transcript.h"

#include <sys/mman.h>

static void compressed_files_read_like_plain_ones(void **state)
{
    (void)state;
    static struct transcript transcript;
    struct sample_folder folder;
    struct sample sample = {.size = 0};

    sample_folder_make(&folder);
    sample_stream(&sample, 1, 3);
    for (size_t i = 0; i < PACKS; i++) {
        struct sample packed = {.size = 0};
        packs[i].pack(&packed, sample.data, 50);
        packs[i].pack(&packed, sample.data + 50, sample.size - 50);
        const char *const paths[] = {sample_write(&folder, packs[i].name, &packed)};
        transcript_of_paths(&transcript, paths, 1);
        assert_string_equal(transcript.text, "frame 1\nframe 2\nframe 3\nend\n");
    }
    sample_folder_remove(&folder);
}

static void compressed_data_that_is_cut_off_is_told_of(void **state)
{
    (void)state;
    static struct transcript transcript;
    struct sample_folder folder;
    struct sample sample = {.size = 0};

    sample_folder_make(&folder);
    sample_start(&sample);
    sample_frame(&sample, 1);
    for (size_t i = 0; i < PACKS; i++) {
        struct sample packed = {.size = 0};
        char expected[256];
        packs[i].pack(&packed, sample.data, sample.size);
        size_t whole = packed.size;
        packs[i].pack(&packed, sample.data + 42, 42);
        packed.size = whole + 7;
        const char *const paths[] = {sample_write(&folder, packs[i].name, &packed)};
        snprintf(
            expected, sizeof(expected),
            "frame 1\nfailed %s at 84: the compressed data is cut off, near byte %zu of the file as it is "
            "stored\nend\n",
            packs[i].name, packed.size);
        transcript_of_paths(&transcript, paths, 1);
        assert_string_equal(transcript.text, expected);
    }
    sample_folder_remove(&folder);
}

static void what_was_unpacked_before_damage_is_read(void **state)
{
    (void)state;
    static struct transcript transcript;
    struct sample_folder folder;
    struct sample sample = {.size = 0}, packed = {.size = 0};

    sample_folder_make(&folder);
    sample_start(&sample);
    sample_frame(&sample, 1);
    sample_frame(&sample, 2);
    pack_zstd(&packed, sample.data, 90);
    sample_put(&packed, "hello, this is no zstd frame", 28);
    const char *const paths[] = {sample_write(&folder, "x", &packed)};
    transcript_of_paths(&transcript, paths, 1);
    char expected[256];
    snprintf(expected, sizeof(expected),
             "frame 1\nskipped x at 84 +6: ends inside a frame\n"
             "failed x at 90: no zstd frame begins where one should, near byte %zu of the file as it is "
             "stored\nend\n",
             packed.size - 28);
    /* How far the library reads into what is no frame is its own affair. */
    const char *near = strstr(transcript.text, ", near byte");
    assert_non_null(near);
    assert_memory_equal(transcript.text, expected, (size_t)(near - transcript.text));
    sample_folder_remove(&folder);
}

static void a_bomb_takes_no_memory(void **state)
{
    (void)state;
    static struct transcript transcript;
    static uint8_t bomb[65536];
    size_t size = 64u << 20;
    struct sample_folder folder;
    uint8_t *zeros = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_ptr_not_equal(zeros, MAP_FAILED);
    sample_folder_make(&folder);
    size_t packed = ZSTD_compress(bomb, sizeof(bomb), zeros, size, 1);
    assert_false(ZSTD_isError(packed));
    munmap(zeros, size);
    const char *const paths[] = {sample_append(&folder, "bomb", bomb, packed)};
    transcript_of_paths(&transcript, paths, 1);
    assert_string_equal(transcript.text,
                        "failed bomb +1048576: is no Frame Streams file (it begins with nothing "
                        "but zero bytes)\nend\n");
    sample_folder_remove(&folder);
}

static void a_pipe_may_bring_compressed_data_byte_by_byte(void **state)
{
    (void)state;
    static struct transcript transcript;
    struct sample sample = {.size = 0};

    sample_stream(&sample, 1, 3);
    for (size_t i = 0; i < PACKS; i++) {
        struct sample packed = {.size = 0};
        int fds[2];
        char path[64];
        const char *const paths[] = {path};
        packs[i].pack(&packed, sample.data, sample.size);
        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
        struct source *source = sample_open_path(paths);
        memset(&transcript, 0, sizeof(transcript));
        for (size_t at = 0; at < packed.size; at++) {
            while (transcript_take(&transcript, source))
                ;
            assert_int_equal(write(fds[1], packed.data + at, 1), 1);
        }
        close(fds[1]);
        while (!transcript.has_ended)
            transcript_take(&transcript, source);
        assert_string_equal(transcript.text, "frame 1\nframe 2\nframe 3\nend\n");
        source_free(source);
        close(fds[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compressed_files_read_like_plain_ones),
        cmocka_unit_test(compressed_data_that_is_cut_off_is_told_of),
        cmocka_unit_test(what_was_unpacked_before_damage_is_read),
        cmocka_unit_test(a_bomb_takes_no_memory),
        cmocka_unit_test(a_pipe_may_bring_compressed_data_byte_by_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
