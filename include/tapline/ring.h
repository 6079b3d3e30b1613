/* ring: data frames, as on the wire, in a ring of bytes between one thread that puts them in and one that
 * takes them out. The memory is the caller's; nothing here waits, allocates or makes a system call.
 *
 * Positions count bytes and frames from the ring's beginning of time and are never taken modulo its size.
 * What is published ends with a whole frame; a position of which both numbers are known is a mark. So that
 * the taker gets from one mark to the next without looking at the frames, the putter notes the first frame of
 * each block of the ring.
 *
 * Threads: one calls tl_ring_put and tl_ring_free, one the others; tl_ring_init is before both. */
#ifndef TAPLINE_RING_H
#define TAPLINE_RING_H

#include <tapline/core.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TL_RING_SIZE_MIN    ((size_t)4 << 10)
#define TL_RING_SIZE_MAX    ((size_t)1 << 30)
#define TL_RING_FRAME_EXTRA 4 /* bytes that a frame takes beside its payload */

struct tl_ring_mark {
    uint64_t bytes;
    uint64_t frames;
};

/* Zero, then tl_ring_init. Each part has cache lines of its own. */
struct tl_ring {
    /* The putter's. */
    uint64_t head __attribute__((aligned(64))); /* published: frames << 32 | bytes, each modulo 2^32 */
    struct tl_ring_mark put; /* the same in full; `frames` may be read by any thread, atomically */
    uint64_t tail_seen;
    uint8_t *data;
    uint64_t *blocks; /* of each block the first frame that begins in it, as `head` */
    uint64_t mask;    /* size - 1 */
    unsigned shift;   /* of a block's size */
    /* The taker's. */
    uint64_t tail __attribute__((aligned(64))); /* bytes before it may be overwritten */
};

/* Bytes of memory that a ring of `size` (a power of two, TL_RING_SIZE_MIN to TL_RING_SIZE_MAX) wants. */
TL_API size_t tl_ring_memory(size_t size);

/* `memory` is aligned to 8 and lives as long as the ring. TL_BAD_ARGUMENT: the size. */
TL_API enum tl_status tl_ring_init(struct tl_ring *ring, void *memory, size_t size);

/* Putting --------------------------------------------------------------------------------------------- */

static inline uint64_t tl_ring_size(const struct tl_ring *ring)
{
    return ring->mask + 1;
}

/* Bytes that are free, by what is known (at least so many) or, if that is less than `wanted`, by asking. */
static inline uint64_t tl_ring_free(struct tl_ring *ring, uint64_t wanted)
{
    uint64_t size = tl_ring_size(ring);

    if (ring->put.bytes + wanted - ring->tail_seen > size)
        ring->tail_seen = __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE);
    return size - (ring->put.bytes - ring->tail_seen);
}

/* For tl_ring_put: the bytes may go over the ring's end. */
TL_API void tl_ring_put_wrapped(struct tl_ring *ring, uint64_t at, struct tl_bytes bytes);
/* For tl_ring_put: a block's end was passed. */
TL_API void tl_ring_note(struct tl_ring *ring, uint64_t from, uint64_t to, uint64_t head);

/* Copies a frame (not an empty one) into the ring and publishes it. TL_FULL; TL_FRAME_TOO_LONG: it can never
 * fit. */
static inline enum tl_status tl_ring_put(struct tl_ring *ring, struct tl_bytes frame)
{
    uint64_t at = ring->put.bytes, offset = at & ring->mask, size = frame.size;

    if (size > ring->mask + 1 - TL_RING_FRAME_EXTRA)
        return TL_FRAME_TOO_LONG;
    size += TL_RING_FRAME_EXTRA;
    if (tl_ring_free(ring, size) < size)
        return TL_FULL;
    uint8_t length[4] = {(uint8_t)(frame.size >> 24), (uint8_t)(frame.size >> 16), (uint8_t)(frame.size >> 8),
                         (uint8_t)frame.size};
    if (offset + size <= ring->mask + 1) {
        memcpy(ring->data + offset, length, sizeof(length));
        memcpy(ring->data + offset + sizeof(length), frame.data, frame.size);
    } else {
        tl_ring_put_wrapped(ring, at, tl_bytes(length, sizeof(length)));
        tl_ring_put_wrapped(ring, at + sizeof(length), frame);
    }
    uint64_t to = at + size, frames = ring->put.frames + 1, head = frames << 32 | (to & 0xffffffffu);
    ring->put.bytes = to;
    __atomic_store_n(&ring->put.frames, frames, __ATOMIC_RELAXED);
    if ((at ^ to) >> ring->shift)
        tl_ring_note(ring, at, to, head);
    __atomic_store_n(&ring->head, head, __ATOMIC_RELEASE);
    return TL_OK;
}

/* Taking ---------------------------------------------------------------------------------------------- */

/* Behind the last published frame. `known` is any earlier mark that is not yet released. */
static inline struct tl_ring_mark tl_ring_head(const struct tl_ring *ring, struct tl_ring_mark known)
{
    uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);

    known.frames += (uint32_t)((uint32_t)(head >> 32) - (uint32_t)known.frames);
    known.bytes += (uint32_t)((uint32_t)head - (uint32_t)known.bytes);
    return known;
}

/* The next mark behind `from` and not behind `head`: about a block further, or `head` itself. */
TL_API struct tl_ring_mark tl_ring_next(const struct tl_ring *ring, struct tl_ring_mark from,
                                        struct tl_ring_mark head);

/* The last mark from `from` on that is not behind `limit`, found by walking from frame to frame. */
TL_API struct tl_ring_mark tl_ring_walk(const struct tl_ring *ring, struct tl_ring_mark from, uint64_t limit);

/* Behind the one frame that begins at `at`, which is not the head. */
TL_API struct tl_ring_mark tl_ring_first(const struct tl_ring *ring, struct tl_ring_mark at);

/* The bytes between two positions, in one piece or two. Returns how many pieces. */
TL_API int tl_ring_pieces(const struct tl_ring *ring, uint64_t from, uint64_t to,
                          struct tl_bytes ret_pieces[2]);

/* Bytes before this position are no longer needed. */
static inline void tl_ring_release(struct tl_ring *ring, uint64_t to)
{
    __atomic_store_n(&ring->tail, to, __ATOMIC_RELEASE);
}

#ifdef __cplusplus
}
#endif

#endif
