/* The labels of a name in a message, one after the other, wherever compression pointers lead. All that reads
 * names goes through next_label, so that there is one place where a name is judged. Invariant: a walk reads
 * nothing outside `wire` and ends after at most 255 bytes of labels and POINTERS_MAX pointers. */
#ifndef TL_DNS_NAME_H
#define TL_DNS_NAME_H

#include <tapline/dns.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define LIKELY(x)     __builtin_expect(!!(x), 1)

/* A name has at most 127 labels, so whoever compresses needs no more pointers than that. Pointers to pointers
 * without a label between them would make a small record expensive to read, thousands of times a message. */
#define POINTERS_MAX 256

#define LABEL_SIZE_MAX 63 /* RFC 1035 section 2.3.4 */

struct labels {
    struct tl_bytes wire;
    size_t at;         /* of the next length byte, or of the fault */
    size_t limit;      /* where the current run of labels began: a pointer must point before it */
    size_t end;        /* behind the name where it stands; 0 until that is known */
    unsigned size;     /* of the name in wire form, as far as it was read */
    unsigned pointers; /* followed so far */
};

ALWAYS_INLINE struct labels labels_at(struct tl_bytes wire, size_t offset)
{
    return (struct labels){wire, offset, offset, 0, 0, 0};
}

/* Follows the pointer at `labels->at`, or says what is wrong with that byte. */
static inline enum tl_status follow_pointer(struct labels *labels)
{
    const uint8_t *pointer = labels->wire.data + labels->at;
    size_t target;

    if (*pointer < 0xc0)
        return TL_BAD_LABEL;
    if (labels->wire.size - labels->at < 2)
        return TL_TRUNCATED;
    target = tl_be16(pointer) & 0x3fff;
    if (target >= labels->limit || ++labels->pointers > POINTERS_MAX)
        return TL_BAD_POINTER;
    if (!labels->end)
        labels->end = labels->at + 2;
    labels->at = labels->limit = target;
    return TL_OK;
}

/* Finds the next label: its length byte is then at `labels->at`, and 0 is the root. The caller steps over it
 * with step_over. */
ALWAYS_INLINE enum tl_status next_label(struct labels *labels, unsigned *ret_size)
{
    for (;;) {
        if (!LIKELY(labels->at < labels->wire.size))
            return TL_TRUNCATED;
        unsigned size = labels->wire.data[labels->at];
        if (LIKELY(size <= LABEL_SIZE_MAX)) {
            if (!LIKELY(labels->wire.size - labels->at > size))
                return TL_TRUNCATED;
            labels->size += size + 1;
            *ret_size = size;
            return LIKELY(labels->size <= TL_DNS_NAME_SIZE_MAX) ? TL_OK : TL_NAME_TOO_LONG;
        }
        enum tl_status status = follow_pointer(labels);
        if (status != TL_OK)
            return status;
    }
}

ALWAYS_INLINE void step_over(struct labels *labels, unsigned size)
{
    labels->at += size + 1;
}

/* Behind the name where it stands. Only after the root was stepped over. */
ALWAYS_INLINE size_t labels_end(const struct labels *labels)
{
    return labels->end ? labels->end : labels->at;
}

/* A place in a message: behind something sound, or of the fault. In registers. */
struct place {
    enum tl_status status;
    size_t offset;
};

/* Reads the name at `offset` for its soundness alone. */
static inline struct place name_behind(struct tl_bytes wire, size_t offset)
{
    struct labels labels = labels_at(wire, offset);
    unsigned size;

    do {
        enum tl_status status = next_label(&labels, &size);
        if (!LIKELY(status == TL_OK))
            return (struct place){status, labels.at};
        step_over(&labels, size);
    } while (size);
    return (struct place){TL_OK, labels_end(&labels)};
}

#endif
