/* Proof: copies of test input that end flush against an unreadable page, so that a read one byte too far is a
 * crash. */
#ifndef PROOF_GUARDED_H
#define PROOF_GUARDED_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct guarded {
    uint8_t *data; /* `size` bytes, the last one before the unreadable page */
    size_t size;
    void *mapping;
    size_t mapped;
};

static inline struct guarded guarded_new(const void *data, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t pages = (size + page - 1) / page * page;
    struct guarded guarded = {.size = size, .mapped = pages + page};

    guarded.mapping = mmap(NULL, guarded.mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (guarded.mapping == MAP_FAILED || mprotect((char *)guarded.mapping + pages, page, PROT_NONE) != 0)
        abort();
    guarded.data = (uint8_t *)guarded.mapping + pages - size;
    if (size)
        memcpy(guarded.data, data, size);
    return guarded;
}

static inline void guarded_free(struct guarded *guarded)
{
    munmap(guarded->mapping, guarded->mapped);
}

#endif
