/* Proof: the n-th allocation fails. Included by one file of a test that is linked with `failing_alloc_args`,
 * which send every malloc, calloc, realloc and strdup of the objects in it through here (not those inside
 * libc).
 *
 *     for (unsigned long n = 1;; n++) {
 *         failing_alloc_start(n);
 *         status = subject();
 *         if (!failing_alloc_stop())
 *             break; // it makes fewer than n allocations: all have failed once
 *         // it must have said so, and left nothing behind
 *     } */
#ifndef PROOF_FAILING_ALLOC_H
#define PROOF_FAILING_ALLOC_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

static atomic_ulong failing_alloc_left; /* allocations until the failing one; 0: none fails */

/* The `n`-th allocation from now, in any thread, returns NULL with ENOMEM; all others work. */
static inline void failing_alloc_start(unsigned long n)
{
    atomic_store(&failing_alloc_left, n);
}

/* No allocation fails any more. True if one has. */
static inline bool failing_alloc_stop(void)
{
    return atomic_exchange(&failing_alloc_left, 0) == 0;
}

static inline bool failing_alloc_is_due(void)
{
    unsigned long left = atomic_load(&failing_alloc_left);

    while (left && !atomic_compare_exchange_weak(&failing_alloc_left, &left, left - 1))
        ;
    if (left == 1)
        errno = ENOMEM;
    return left == 1;
}

void *__wrap_malloc(size_t size)
{
    return failing_alloc_is_due() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return failing_alloc_is_due() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return failing_alloc_is_due() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = (char *)__wrap_malloc(size);

    return copy ? (char *)memcpy(copy, text, size) : NULL;
}

#endif
