/* Packing the sample's first segment, and what must be so then. */
#ifndef TESTS_PACK_PACKED_H
#define TESTS_PACK_PACKED_H

#include "pack/pack.h"
#include "pack/sample.h"
#include "proof/test.h"

static const struct pack_options plain = {0};

static const struct tl_archive_segment hot_one = {1, 1, SAMPLE_STAMP, false};
static const struct tl_archive_segment sealed_one = {1, 1, SAMPLE_STAMP, true};

static inline void pack_one(const struct sample *sample, struct pack_result *ret_result)
{
    enum pack_status status = pack_segment(sample->archive, &hot_one, &plain, ret_result);

    if (status != PACK_OK)
        fail_msg("status %d: %s", status, ret_result->text);
}

/* Nothing of the hot segment is in hot/, and nothing of it was forgotten elsewhere. */
static inline void assert_is_sealed(const struct sample *sample, bool is_set_aside, bool has_ledger)
{
    assert_false(sample_has_part(sample, &hot_one, TL_ARCHIVE_ROWS));
    assert_false(sample_has_part(sample, &hot_one, TL_ARCHIVE_RUNS));
    assert_true(sample_has_part(sample, &sealed_one, TL_ARCHIVE_ROWS));
    assert_int_equal(sample_has(sample, "damaged/20270115T080000Z-00000001.fstrm"), is_set_aside);
    assert_int_equal(sample_has(sample, "damaged/20270115T080000Z-00000001.runs"),
                     is_set_aside && has_ledger);
}

static inline void assert_frames(const struct sample *sample, const struct bytes *expected)
{
    struct bytes frames = sample_frames_of_sealed(sample, 1);

    assert_int_equal(frames.size, expected->size);
    if (frames.size)
        assert_memory_equal(frames.data, expected->data, frames.size);
    bytes_free(&frames);
}

/* Of twenty frames, with everything that one can have. */
static inline struct bytes full_ledger(void)
{
    static const struct tl_ledger_run first[] = {{1, 5, SAMPLE_MS + 1}, {2, 3, SAMPLE_MS + 2}, {0}};
    static const struct tl_ledger_run second[] = {{1, 10, SAMPLE_MS + 3}, {2, 2, SAMPLE_MS + 4}, {0}};
    struct bytes ledger = sample_ledger(1);

    bytes_put_connection(&ledger, 1, "one");
    bytes_put_connection(&ledger, 2, "two");
    bytes_put_runs(&ledger, first);
    bytes_put_entry(&ledger, &(struct tl_ledger_entry){.kind = TL_LEDGER_MARK, .through = 9});
    bytes_put_runs(&ledger, second);
    bytes_put_entry(&ledger, &(struct tl_ledger_entry){.kind = TL_LEDGER_LOSS,
                                                       .connection = 2,
                                                       .at_ms = SAMPLE_MS,
                                                       .bytes = 17,
                                                       .frames = 1,
                                                       .text = tl_bytes_of_text("oversized")});
    bytes_put_entry(&ledger, &(struct tl_ledger_entry){.kind = TL_LEDGER_CLOSED,
                                                       .connection = 2,
                                                       .at_ms = SAMPLE_MS,
                                                       .text = tl_bytes_of_text("end of stream")});
    bytes_put_entry(&ledger, &(struct tl_ledger_entry){.kind = TL_LEDGER_MARK, .through = 11});
    bytes_put_control(&ledger, TL_CONTROL_STOP, "");
    return ledger;
}

#define BEGINNING                                                                                            \
    "segment 1 by tapline at 0\n"                                                                            \
    "connection 1: one\n"                                                                                    \
    "connection 2: two\n"
#define ENDING                                                                                               \
    "loss oversized: 17 bytes, 1 frames\n"                                                                   \
    "closed 2: end of stream\n"

#endif
