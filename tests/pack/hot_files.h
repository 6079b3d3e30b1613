/* Hot segments, byte by byte, for the tests. */
#ifndef TESTS_PACK_HOT_FILES_H
#define TESTS_PACK_HOT_FILES_H

#include "proof/test.h"

#include <tapline/archive.h>
#include <tapline/dnstap.h>
#include <tapline/frame.h>

#define HOT_FILES_SIZE 65536

struct hot_files {
    uint8_t rows_memory[HOT_FILES_SIZE], runs_memory[HOT_FILES_SIZE];
    struct tl_builder rows, runs;
};

static inline void hot_put_control(struct tl_builder *to, enum tl_control_type type, const char *content_type)
{
    struct tl_control control = tl_control(type, tl_bytes_of_text(content_type));
    uint8_t bytes[TL_CONTROL_FRAME_MAX];
    size_t size;

    assert_int_equal(tl_control_encode(&control, bytes, sizeof(bytes), &size), TL_OK);
    tl_builder_put(to, tl_bytes(bytes, size));
}

static inline void hot_put_entry(struct hot_files *hot, struct tl_ledger_entry entry)
{
    size_t size;
    uint8_t *bytes = hot->runs.at;

    assert_int_equal(tl_ledger_encode(&entry, bytes, (size_t)(hot->runs.end - bytes), &size), TL_OK);
    hot->runs.at += size;
}

static inline void hot_begin(struct hot_files *hot, uint64_t origin)
{
    hot->rows = tl_builder(hot->rows_memory, sizeof(hot->rows_memory));
    hot->runs = tl_builder(hot->runs_memory, sizeof(hot->runs_memory));
    hot_put_control(&hot->rows, TL_CONTROL_START, TL_DNSTAP_CONTENT_TYPE);
    hot_put_control(&hot->runs, TL_CONTROL_START, TL_LEDGER_CONTENT_TYPE);
    hot_put_entry(hot, (struct tl_ledger_entry){.kind = TL_LEDGER_SEGMENT, .segment = origin});
    hot_put_entry(hot, (struct tl_ledger_entry){.kind = TL_LEDGER_CONNECTION, .connection = 1});
}

static inline void hot_put_run(struct hot_files *hot, uint64_t connection, uint64_t frames)
{
    uint8_t memory[32];
    struct tl_builder packed = tl_builder(memory, sizeof(memory));
    struct tl_ledger_run run = {connection, frames, 1};
    uint64_t last_ms = 0;

    tl_ledger_put_run(&packed, &run, &last_ms);
    hot_put_entry(hot, (struct tl_ledger_entry){.kind = TL_LEDGER_RUNS, .packed = tl_builder_bytes(&packed)});
}

static inline void hot_put_mark(struct hot_files *hot)
{
    hot_put_entry(hot, (struct tl_ledger_entry){.kind = TL_LEDGER_MARK, .through = 1});
}

/* Frames that are dnstap messages, and nothing in the ledger. */
static inline void hot_put_frames(struct hot_files *hot, uint64_t frames)
{
    for (uint64_t i = 0; i < frames; i++) {
        tl_builder_put_be32(&hot->rows, 6);
        tl_builder_put(&hot->rows, tl_bytes("\x72\x02\x08\x05\x78\x01", 6));
    }
}

static inline void hot_end(struct hot_files *hot)
{
    hot_put_control(&hot->rows, TL_CONTROL_STOP, "");
    hot_put_control(&hot->runs, TL_CONTROL_STOP, "");
}

#endif
