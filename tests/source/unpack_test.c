#include "proof/test.h"
#include "source/packed.h"
#include "source/unpack.h"

static void each_kind_is_known_by_its_first_bytes(void **state)
{
    (void)state;
    static const struct unpack_kind *const kinds[] = {&unpack_zstd, &unpack_gzip, &unpack_xz};
    static const size_t sizes[] = {4, 2, 6};

    for (size_t i = 0; i < PACKS; i++) {
        struct sample packed = {.size = 0};
        const struct unpack_kind *kind = NULL;
        packs[i].pack(&packed, "some bytes", 10);
        assert_string_equal(kinds[i]->name, packs[i].name);
        for (size_t size = 0; size < sizes[i]; size++)
            assert_int_equal(unpack_find(tl_bytes(packed.data, size), &kind), TL_MORE);
        assert_int_equal(unpack_find(tl_bytes(packed.data, sizes[i]), &kind), TL_OK);
        assert_ptr_equal(kind, kinds[i]);
    }
}

static void everything_else_is_plain(void **state)
{
    (void)state;
    static const char *const beginnings[] = {"\1", "\x28\xb5\x2f\xfe", "\x1f\x8c", "\xfd\x37zXY",
                                             "\x60\x2a\x4d\x18"};

    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
        const struct unpack_kind *kind = &unpack_zstd;
        assert_int_equal(unpack_find(tl_bytes_of_text(beginnings[i]), &kind), TL_OK);
        assert_null(kind);
    }
    const struct unpack_kind *kind = &unpack_zstd;
    assert_int_equal(unpack_find(tl_bytes("\0", 1), &kind), TL_OK);
    assert_null(kind);
}

/* Unpacks everything, `step` bytes of input and `room` of output at a time. Returns what came out, or
 * SIZE_MAX with the sentence in `ret_text`. */
static size_t unpack_all(const struct unpack_kind *kind, const struct sample *packed, size_t step,
                         size_t room, uint8_t *to, size_t to_size, bool *ret_is_whole, const char **ret_text)
{
    void *unpacker = kind->start();
    size_t out = 0, got = 1;
    enum tl_status status = TL_OK;

    for (size_t at = 0; at < packed->size && status == TL_OK; at += step) {
        size_t size = packed->size - at < step ? packed->size - at : step;
        struct tl_bytes in = tl_bytes(packed->data + at, size);
        got = 1;
        while (status == TL_OK && (in.size || got)) {
            assert_true(out + room <= to_size);
            status = kind->next(unpacker, &in, to + out, room, &got, ret_text);
            out += got;
        }
    }
    *ret_is_whole = kind->is_whole(unpacker);
    kind->stop(unpacker);
    return status == TL_OK ? out : SIZE_MAX;
}

static const struct unpack_kind *kind_of(const struct sample *packed)
{
    const struct unpack_kind *kind = NULL;

    assert_int_equal(unpack_find(tl_bytes(packed->data, packed->size), &kind), TL_OK);
    return kind;
}

static void members_one_after_the_other_are_one(void **state)
{
    (void)state;
    static uint8_t out[4096];
    static const size_t steps[] = {1, 7, 4096}, rooms[] = {1, 100};
    const char *text;
    bool is_whole;

    for (size_t i = 0; i < PACKS * 6; i++) {
        struct sample packed = {.size = 0};
        packs[i / 6].pack(&packed, "one ", 4);
        packs[i / 6].pack(&packed, "", 0);
        packs[i / 6].pack(&packed, "two", 3);
        memset(out, 0, sizeof(out));
        assert_int_equal(unpack_all(kind_of(&packed), &packed, steps[i % 3], rooms[i / 3 % 2], out,
                                    sizeof(out), &is_whole, &text),
                         7);
        assert_string_equal((char *)out, "one two");
        assert_true(is_whole);
    }
}

static void an_end_inside_a_member_shows(void **state)
{
    (void)state;
    static uint8_t out[4096];
    const char *text;
    bool is_whole;

    for (size_t i = 0; i < PACKS; i++) {
        struct sample packed = {.size = 0};
        packs[i].pack(&packed, "one two three", 13);
        for (size_t size = packed.size - 1; size > 6; size--) {
            packed.size = size;
            assert_true(unpack_all(kind_of(&packed), &packed, 5, 100, out, sizeof(out), &is_whole, &text) <=
                        13);
            assert_false(is_whole);
        }
    }
}

static void damage_is_a_sentence(void **state)
{
    (void)state;
    static uint8_t out[4096], in[1000];
    static const struct {
        const char *name, *damaged, *garbage;
    } says[PACKS] = {
        {"zstd", "the zstd data is damaged", "no zstd frame begins where one should"},
        {"gzip", "the gzip data is damaged", "the gzip data is damaged"},
        {"xz", "the xz data is damaged", "no xz stream begins where one should"},
    };

    for (size_t i = 0; i < sizeof(in); i++)
        in[i] = (uint8_t)(i * i >> 3);
    for (size_t i = 0; i < PACKS; i++) {
        struct sample packed = {.size = 0}, behind = {.size = 0};
        const char *text = NULL;
        bool is_whole;
        packs[i].pack(&packed, in, sizeof(in));
        packed.data[packed.size / 2] ^= 0x55;
        packed.data[packed.size / 2 + 1] ^= 0x55;
        assert_int_equal(
            unpack_all(kind_of(&packed), &packed, 4096, 1500, out, sizeof(out), &is_whole, &text), SIZE_MAX);
        assert_string_equal(text, says[i].damaged);
        packs[i].pack(&behind, "one", 3);
        sample_put(&behind, "and this is nothing of the kind", 31);
        assert_int_equal(
            unpack_all(kind_of(&behind), &behind, 4096, 1500, out, sizeof(out), &is_whole, &text), SIZE_MAX);
        assert_string_equal(text, says[i].garbage);
    }
}

static void padding_and_skippable_frames_are_passed_over(void **state)
{
    (void)state;
    static uint8_t out[4096];
    const char *text = "";
    bool is_whole;

    for (size_t i = 0; i < PACKS; i++) {
        struct sample packed = {.size = 0};
        bool is_zstd = strcmp(packs[i].name, "zstd") == 0;
        if (is_zstd)
            sample_put(&packed, "\x53\x2a\x4d\x18\4\0\0\0abcd", 12);
        packs[i].pack(&packed, "one ", 4);
        if (is_zstd)
            sample_put(&packed, "\x50\x2a\x4d\x18\0\0\0\0", 8);
        else
            sample_put(&packed, "\0\0\0\0", 4);
        packs[i].pack(&packed, "two", 3);
        if (!is_zstd)
            sample_put(&packed, "\0\0\0\0\0\0\0\0", 8);
        for (size_t step = 1; step < 40; step++) {
            memset(out, 0, sizeof(out));
            assert_int_equal(
                unpack_all(kind_of(&packed), &packed, step, 100, out, sizeof(out), &is_whole, &text), 7);
            assert_string_equal((char *)out, "one two");
            assert_true(is_whole);
        }
    }
}

static void a_window_that_is_too_large_is_refused(void **state)
{
    (void)state;
    /* A zstd frame header (RFC 8878 section 3.1.1.1) with a window of 2^31 bytes, and an empty last block. */
    struct sample packed = {.data = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 1, 0, 0}, .size = 9};
    uint8_t out[16];
    const char *text = NULL;
    bool is_whole;

    assert_int_equal(unpack_all(&unpack_zstd, &packed, 9, 8, out, sizeof(out), &is_whole, &text), SIZE_MAX);
    assert_string_equal(text,
                        "the zstd data needs a window above 128 MiB (zstd --long); unpack it with zstd -d "
                        "--long=31 first");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_is_known_by_its_first_bytes),
        cmocka_unit_test(everything_else_is_plain),
        cmocka_unit_test(members_one_after_the_other_are_one),
        cmocka_unit_test(an_end_inside_a_member_shows),
        cmocka_unit_test(damage_is_a_sentence),
        cmocka_unit_test(padding_and_skippable_frames_are_passed_over),
        cmocka_unit_test(a_window_that_is_too_large_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
