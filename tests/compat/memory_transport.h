/* A transport in memory: gives out `input`, keeps what is written, and fails at the call that it is told. */
#ifndef COMPAT_MEMORY_TRANSPORT_H
#define COMPAT_MEMORY_TRANSPORT_H

#include <fstrm.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct memory_transport {
    const uint8_t *input;
    size_t size;
    uint8_t written[4096]; /* the beginning of it */
    size_t written_size;
    int opened, closed, destroyed, writes, most_pieces;
    int failing_write; /* the n-th fails, from 1; 0: none */
};

static fstrm_res memory_open(void *object)
{
    ((struct memory_transport *)object)->opened++;
    return fstrm_res_success;
}

static fstrm_res memory_close(void *object)
{
    ((struct memory_transport *)object)->closed++;
    return fstrm_res_success;
}

static fstrm_res memory_destroy(void *object)
{
    ((struct memory_transport *)object)->destroyed++;
    return fstrm_res_success;
}

static fstrm_res memory_read(void *object, void *data, size_t size)
{
    struct memory_transport *memory = object;

    if (size > memory->size)
        return fstrm_res_stop;
    if (size)
        memcpy(data, memory->input, size);
    memory->input += size;
    memory->size -= size;
    return fstrm_res_success;
}

static fstrm_res memory_write(void *object, const struct iovec *pieces, int count)
{
    struct memory_transport *memory = object;

    if (++memory->writes == memory->failing_write)
        return fstrm_res_failure;
    if (count > memory->most_pieces)
        memory->most_pieces = count;
    for (int i = 0; i < count; i++) {
        size_t room = sizeof(memory->written) - memory->written_size;
        size_t size = pieces[i].iov_len < room ? pieces[i].iov_len : room;
        memcpy(memory->written + memory->written_size, pieces[i].iov_base, size);
        memory->written_size += size;
    }
    return fstrm_res_success;
}

/* NULL if memory is short. */
static inline struct fstrm_rdwr *memory_rdwr(struct memory_transport *memory, bool reads, bool writes)
{
    struct fstrm_rdwr *rdwr = fstrm_rdwr_init(memory);

    if (!rdwr)
        return NULL;
    fstrm_rdwr_set_open(rdwr, memory_open);
    fstrm_rdwr_set_close(rdwr, memory_close);
    fstrm_rdwr_set_destroy(rdwr, memory_destroy);
    if (reads)
        fstrm_rdwr_set_read(rdwr, memory_read);
    if (writes)
        fstrm_rdwr_set_write(rdwr, memory_write);
    return rdwr;
}

#endif
