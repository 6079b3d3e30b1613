/* Archives of made-up sealed segments, always the same for the same seed, with everything in them that a
 * ledger can have: several connections, runs, losses, bytes that were no frames, frames that are no dnstap;
 * and segments without frames. */
#ifndef TESTS_PACK_MADE_ARCHIVE_H
#define TESTS_PACK_MADE_ARCHIVE_H

#include <tapline/archive.h>

#include <stdio.h>
#include <stdlib.h>

#define MADE_STAMP 1795467600u /* 2026-11-23T21:00:00Z, of origin 1; the others follow every half an hour */

static inline uint32_t made_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

static inline void made_put_varint(struct tl_builder *to, uint64_t value)
{
    for (; value > 127; value >>= 7)
        tl_builder_put_u8(to, (uint8_t)(value | 128));
    tl_builder_put_u8(to, (uint8_t)value);
}

/* A frame of about `size` bytes with this query time, or one that is no dnstap if `ms` is 0. */
static inline struct tl_bytes made_frame(uint64_t *state, uint64_t ms, size_t size, uint8_t *memory,
                                         size_t room)
{
    struct tl_builder frame = tl_builder(memory, room);
    uint32_t nanoseconds = (uint32_t)(ms % 1000 * 1000000 + made_random(state) % 1000000);

    tl_builder_put_u8(&frame, ms ? 0x0a : 0x07); /* identity, or a tag that cannot be */
    made_put_varint(&frame, size);
    for (size_t i = 0; i < size; i++)
        tl_builder_put_u8(&frame, (uint8_t)('a' + (i % 7 ? i % 5 : made_random(state) % 26)));
    if (ms) {
        tl_builder_put_text(&frame, "\x72\x0d\x08\x05\x40");
        made_put_varint(&frame, ms / 1000); /* five bytes from 1978 to 3058 */
        tl_builder_put_u8(&frame, 0x4d);
        for (int i = 0; i < 4; i++)
            tl_builder_put_u8(&frame, (uint8_t)(nanoseconds >> 8 * i));
        tl_builder_put_text(&frame, "\x78\x01");
    }
    return tl_builder_bytes(&frame);
}

struct made_origin {
    struct tl_sealer *sealer;
    uint64_t *state;
    uint64_t now_ms;
    uint64_t declared; /* connections 1 to this one are */
};

static inline void made_check(enum tl_status status, const char *what)
{
    if (status == TL_OK)
        return;
    fprintf(stderr, "%s: %s\n", what, tl_status_text(status));
    exit(1);
}

static inline void made_entry(struct made_origin *origin, struct tl_ledger_entry entry)
{
    entry.at_ms = origin->now_ms;
    made_check(tl_sealer_enter(origin->sealer, &entry), "entering");
}

/* One connection's stretch of frames, and now and then a loss of it. */
static inline void made_stretch(struct made_origin *origin)
{
    static const char *const causes[] = {"oversized", "refused", "cut-off"};
    uint8_t memory[8192], packed_memory[64];
    struct tl_builder packed = tl_builder(packed_memory, sizeof(packed_memory));
    uint64_t *state = origin->state, connection = 1 + made_random(state) % 5, last_ms = 0;
    struct tl_ledger_run run = {connection, 1 + made_random(state) % 60,
                                origin->now_ms += made_random(state) % 5000};

    while (origin->declared < connection)
        made_entry(origin, (struct tl_ledger_entry){.kind = TL_LEDGER_CONNECTION,
                                                    .connection = ++origin->declared,
                                                    .listener = tl_bytes_of_text("unix:/run/tapline.sock"),
                                                    .text = tl_bytes_of_text("unix:pid 812 uid 53")});
    if (made_random(state) % 8 == 0)
        made_entry(origin, (struct tl_ledger_entry){.kind = TL_LEDGER_LOSS,
                                                    .connection = connection,
                                                    .text = tl_bytes_of_text(causes[made_random(state) % 3]),
                                                    .frames = made_random(state) % 3,
                                                    .bytes = made_random(state) % 100000,
                                                    .is_at_most = made_random(state) % 4 == 0});
    for (uint64_t i = 0; i < run.frames; i++) {
        uint64_t ms = made_random(state) % 5 ? origin->now_ms - made_random(state) % 3000 : 0;
        size_t size = made_random(state) % 50 ? made_random(state) % 300 : made_random(state) % 6000;
        struct tl_bytes frame = made_frame(state, ms, size, memory, sizeof(memory));
        made_check(tl_sealer_put(origin->sealer, frame, ms ? ms : run.arrival_ms), "putting");
    }
    tl_ledger_put_run(&packed, &run, &last_ms);
    made_entry(origin, (struct tl_ledger_entry){.kind = TL_LEDGER_RUNS, .packed = tl_builder_bytes(&packed)});
}

/* `most`: stretches. */
static inline void made_origin(struct tl_sealer *sealer, uint64_t number, uint64_t *state, unsigned most)
{
    uint64_t opened_ms = (MADE_STAMP + (number - 1) * 1800) * 1000;
    struct made_origin origin = {.sealer = sealer, .state = state, .now_ms = opened_ms + 500};
    unsigned stretches = number % 7 == 0 ? 0 : 1 + made_random(state) % most;

    made_check(
        tl_sealer_begin(sealer, number, opened_ms, MADE_STAMP * 1000ull, tl_bytes_of_text("tapline test")),
        "beginning");
    for (unsigned i = 0; i < stretches; i++)
        made_stretch(&origin);
    for (uint64_t connection = 1; connection <= origin.declared; connection++)
        made_entry(&origin, (struct tl_ledger_entry){.kind = TL_LEDGER_CLOSED,
                                                     .connection = connection,
                                                     .text = tl_bytes_of_text("stopped"),
                                                     .frames = 1,
                                                     .bytes = 2});
    if (made_random(state) % 3 == 0)
        tl_sealer_skip(sealer, 1 + made_random(state) % 1000);
}

/* Seals the origins `first` to `last`, each in a segment of its own, in blocks of 16 KiB; of at most so many
 * stretches, each of some 6 KiB. */
static inline void made_segments_of(struct tl_archive *archive, uint64_t seed, uint64_t first, uint64_t last,
                                    unsigned most)
{
    for (uint64_t number = first; number <= last; number++) {
        struct tl_sealer_options options = {.level = 1, .block_size = 16384};
        struct tl_sealer *sealer;
        uint64_t state = seed * 1000003 + number;
        made_check(tl_sealer_new(archive, number, MADE_STAMP + (number - 1) * 1800, &options, &sealer),
                   "sealing");
        made_origin(sealer, number, &state, most);
        made_check(tl_sealer_commit(sealer, NULL, NULL), "committing");
        tl_sealer_free(sealer);
    }
}

static inline void made_segments(struct tl_archive *archive, uint64_t seed, uint64_t first, uint64_t last)
{
    made_segments_of(archive, seed, first, last, 60);
}

#endif
