/* Data frames in a ring of bytes. Invariant: when the published head has reached a block, the note of that
 * block is the first mark in or behind it; nobody asks for it before. */
#include <tapline/ring.h>

/* Blocks are small enough for a small ring to have some, and large enough to be one write's worth. */
#define BLOCK_SHIFT_MIN 9
#define BLOCK_SHIFT_MAX 15
#define BLOCKS_WANTED   64

static unsigned block_shift(size_t size)
{
    unsigned shift = BLOCK_SHIFT_MIN;

    while (shift < BLOCK_SHIFT_MAX && (size >> shift) > BLOCKS_WANTED)
        shift++;
    return shift;
}

size_t tl_ring_memory(size_t size)
{
    return size + (size >> block_shift(size)) * sizeof(uint64_t);
}

enum tl_status tl_ring_init(struct tl_ring *ring, void *memory, size_t size)
{
    if (size < TL_RING_SIZE_MIN || size > TL_RING_SIZE_MAX || (size & (size - 1)))
        return TL_BAD_ARGUMENT;
    memset(ring, 0, sizeof(*ring));
    ring->blocks = (uint64_t *)memory;
    ring->shift = block_shift(size);
    ring->data = (uint8_t *)(ring->blocks + (size >> ring->shift));
    ring->mask = size - 1;
    memset(ring->blocks, 0, (size >> ring->shift) * sizeof(uint64_t));
    return TL_OK;
}

void tl_ring_put_wrapped(struct tl_ring *ring, uint64_t at, struct tl_bytes bytes)
{
    uint64_t offset = at & ring->mask, first = ring->mask + 1 - offset;

    if (first > bytes.size)
        first = bytes.size;
    memcpy(ring->data + offset, bytes.data, first);
    memcpy(ring->data, bytes.data + first, bytes.size - first);
}

static uint64_t *note_of(const struct tl_ring *ring, uint64_t block)
{
    return &ring->blocks[block & (ring->mask >> ring->shift)];
}

/* Blocks that a long frame passes over get the mark behind it as well. */
void tl_ring_note(struct tl_ring *ring, uint64_t from, uint64_t to, uint64_t head)
{
    for (uint64_t block = (from >> ring->shift) + 1; block <= to >> ring->shift; block++)
        __atomic_store_n(note_of(ring, block), head, __ATOMIC_RELAXED);
}

struct tl_ring_mark tl_ring_next(const struct tl_ring *ring, struct tl_ring_mark from,
                                 struct tl_ring_mark head)
{
    uint64_t block = (from.bytes >> ring->shift) + 1;

    if (block > head.bytes >> ring->shift)
        return head;
    uint64_t note = __atomic_load_n(note_of(ring, block), __ATOMIC_RELAXED);
    from.frames += (uint32_t)((uint32_t)(note >> 32) - (uint32_t)from.frames);
    from.bytes += (uint32_t)((uint32_t)note - (uint32_t)from.bytes);
    return from;
}

static uint32_t length_at(const struct tl_ring *ring, uint64_t at)
{
    uint8_t length[4];

    for (unsigned i = 0; i < sizeof(length); i++)
        length[i] = ring->data[(at + i) & ring->mask];
    return tl_be32(length);
}

struct tl_ring_mark tl_ring_first(const struct tl_ring *ring, struct tl_ring_mark at)
{
    at.bytes += TL_RING_FRAME_EXTRA + (uint64_t)length_at(ring, at.bytes);
    at.frames++;
    return at;
}

struct tl_ring_mark tl_ring_walk(const struct tl_ring *ring, struct tl_ring_mark from, uint64_t limit)
{
    while (from.bytes + TL_RING_FRAME_EXTRA <= limit) {
        struct tl_ring_mark next = tl_ring_first(ring, from);
        if (next.bytes > limit)
            break;
        from = next;
    }
    return from;
}

int tl_ring_pieces(const struct tl_ring *ring, uint64_t from, uint64_t to, struct tl_bytes ret_pieces[2])
{
    uint64_t offset = from & ring->mask, first = ring->mask + 1 - offset, size = to - from;

    if (size <= first) {
        ret_pieces[0] = tl_bytes(ring->data + offset, size);
        return 1;
    }
    ret_pieces[0] = tl_bytes(ring->data + offset, first);
    ret_pieces[1] = tl_bytes(ring->data, size - first);
    return 2;
}
