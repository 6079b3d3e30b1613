/* Property: tl_frame_next and tl_frame_skim, alone or with tl_frame_skim_data, give the same frames, in every
 * split; the frames lie end to end from the start of the stream, their payloads are where their offsets say,
 * and an error stays at its frame. The first byte of the input chooses the limit, the next four the split. */
#include <tapline/frame.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FRAMES_MAX 20000

static void demand(bool condition)
{
    if (!condition)
        abort();
}

/* What a decoder made of the stream. */
struct outcome {
    struct tl_frame frames[FRAMES_MAX]; /* without payloads */
    size_t count;
    uint64_t sum; /* of their sizes */
    enum tl_status status;
};

static struct outcome whole, again;

static void note(struct outcome *outcome, const struct tl_frame *frame)
{
    demand(outcome->count < FRAMES_MAX);
    demand(frame->offset == outcome->sum);
    outcome->sum += frame->size;
    outcome->frames[outcome->count++] = *frame;
}

static void check_payload(const struct tl_frame *frame, struct tl_bytes stream, bool has_data)
{
    size_t head = frame->kind == TL_FRAME_CONTROL ? 8 : 4;

    if (frame->kind == TL_FRAME_CONTROL || (frame->kind == TL_FRAME_DATA && has_data)) {
        demand(frame->payload.size + head == frame->size);
        demand(memcmp(frame->payload.data, stream.data + frame->offset + head, frame->payload.size) == 0);
    } else {
        demand(frame->payload.size == 0);
    }
}

/* In memory of its own, so that a read past either end is found. */
static uint8_t *copy(const uint8_t *data, size_t size)
{
    uint8_t *copied = malloc(size + !size);

    demand(copied != NULL);
    memcpy(copied, data, size);
    return copied;
}

/* A decoder that is given the stream as far as `reached`, and keeps what it does not take. */
static void run_next(struct tl_bytes stream, uint32_t limit, uint32_t split, struct outcome *outcome)
{
    struct tl_frame_decoder decoder;
    struct tl_frame frame;
    size_t taken = 0, reached = 0;

    outcome->count = 0;
    outcome->sum = 0;
    outcome->status = TL_MORE;
    tl_frame_decoder_init(&decoder, limit);
    while (outcome->status == TL_MORE && reached < stream.size) {
        reached += 1 + (split >> reached % 25) % 64;
        if (!split || reached > stream.size)
            reached = stream.size;
        uint8_t *presented = copy(stream.data + taken, reached - taken);
        struct tl_bytes in = tl_bytes(presented, reached - taken);
        while ((outcome->status = tl_frame_next(&decoder, &in, &frame)) == TL_OK) {
            check_payload(&frame, stream, true);
            note(outcome, &frame);
        }
        taken = reached - in.size;
        demand(decoder.offset == taken);
        free(presented);
    }
    demand(decoder.frame_offset == outcome->sum);
}

/* Data frames that are passed over at once: `whole` says which they were. */
static void skim_data(struct tl_frame_decoder *decoder, struct tl_bytes *in, struct outcome *outcome)
{
    size_t before = in->size;
    uint64_t count = tl_frame_skim_data(decoder, in), sum = outcome->sum;

    for (; count; count--) {
        demand(outcome->count < whole.count && whole.frames[outcome->count].kind == TL_FRAME_DATA);
        note(outcome, &whole.frames[outcome->count]);
    }
    demand(before - in->size == outcome->sum - sum);
    demand(before == in->size || (decoder->offset == outcome->sum && decoder->frame_offset == outcome->sum));
}

static void run_skim(struct tl_bytes stream, uint32_t limit, uint32_t split, bool at_once,
                     struct outcome *outcome)
{
    struct tl_frame_decoder decoder;
    struct tl_frame frame;
    size_t at = 0;

    outcome->count = 0;
    outcome->sum = 0;
    outcome->status = TL_MORE;
    tl_frame_decoder_init(&decoder, limit);
    while (outcome->status == TL_MORE && at < stream.size) {
        size_t left = stream.size - at;
        size_t size = split ? 1 + (split >> at % 25) % 64 : left;
        size = size < left ? size : left;
        uint8_t *piece = copy(stream.data + at, size);
        struct tl_bytes in = tl_bytes(piece, size);
        do {
            if (at_once)
                skim_data(&decoder, &in, outcome);
            outcome->status = tl_frame_skim(&decoder, &in, &frame);
            if (outcome->status == TL_OK) {
                check_payload(&frame, stream, false);
                note(outcome, &frame);
            }
        } while (outcome->status == TL_OK);
        demand(outcome->status != TL_MORE || in.size == 0);
        at += size - in.size;
        demand(decoder.offset == at);
        free(piece);
    }
    demand(decoder.frame_offset == outcome->sum);
}

static void demand_equal(void)
{
    demand(whole.status == again.status && whole.count == again.count);
    for (size_t i = 0; i < whole.count; i++) {
        demand(whole.frames[i].kind == again.frames[i].kind);
        demand(whole.frames[i].offset == again.frames[i].offset);
        demand(whole.frames[i].size == again.frames[i].size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t limits[] = {1, 4, 16, 100, 512, 4096, 0, UINT32_MAX};

    if (size < 5)
        return 0;
    struct tl_bytes stream = tl_bytes(data + 5, size - 5);
    uint32_t limit = limits[data[0] % 8], split = tl_be32(data + 1) | 1;
    if (stream.size / 5 >= FRAMES_MAX)
        return 0;
    run_next(stream, limit, 0, &whole);
    demand(whole.status == TL_MORE || whole.status == TL_BAD_CONTROL_LENGTH);
    run_next(stream, limit, split, &again);
    demand_equal();
    for (int at_once = 0; at_once <= 1; at_once++) {
        run_skim(stream, limit, 0, at_once, &again);
        demand_equal();
        run_skim(stream, limit, split, at_once, &again);
        demand_equal();
    }
    return 0;
}
