/* Lanes: what the caller's threads touch. Invariant: a frame that is handed over is published in a ring or
 * counted as dropped before the call returns, and nobody is waited for. */
#include "lane.h"

#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#define LOCK_SPINS 200 /* about the time of one copy */
#define LOCK_TURNS 64  /* then the processor is given up, so often */

void sender_wake(struct tl_sender *sender)
{
    uint64_t one = 1;
    ssize_t put = write(sender->wake_fd, &one, sizeof(one));
    (void)put; /* it only fails if the thread has more than enough calls waiting */
}

/* Many threads may see that it sleeps; one of them wakes it. */
static __attribute__((noinline)) void wake(struct tl_sender *sender)
{
    if (__atomic_load_n(&sender->gate->asleep, __ATOMIC_RELAXED) &&
        __atomic_exchange_n(&sender->gate->asleep, 0, __ATOMIC_ACQ_REL))
        sender_wake(sender);
}

static __attribute__((noinline)) enum tl_status drop(uint64_t *counter, enum tl_status status)
{
    __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
    return status;
}

static __attribute__((noinline)) enum tl_status refuse(struct tl_sender_lane *lane, enum tl_status status)
{
    return drop(status == TL_FULL ? &lane->dropped_full : &lane->dropped_too_long, status);
}

static inline enum tl_status put(struct tl_sender_lane *lane, struct tl_bytes frame)
{
    enum tl_status status = tl_ring_put(&lane->ring, frame);

    if (__builtin_expect(status != TL_OK, 0))
        return refuse(lane, status);
    if (__builtin_expect(lane->ring.put.bytes >= __atomic_load_n(&lane->wake_at, __ATOMIC_RELAXED), 0))
        wake(lane->sender);
    return TL_OK;
}

static void pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#else
    __asm__ volatile("" ::: "memory");
#endif
}

static bool lock(struct tl_sender_lane *lane)
{
    for (unsigned turn = 0; turn < LOCK_TURNS; turn++) {
        for (unsigned spin = 0; spin < LOCK_SPINS; spin++) {
            if (!__atomic_load_n(&lane->lock, __ATOMIC_RELAXED) &&
                !__atomic_exchange_n(&lane->lock, 1, __ATOMIC_ACQUIRE))
                return true;
            pause_briefly();
        }
        sched_yield();
    }
    return false;
}

static enum tl_status put_in_turn(struct tl_sender_lane *lane, struct tl_bytes frame)
{
    if (!lock(lane))
        return drop(&lane->dropped_contended, TL_FULL);
    enum tl_status status = put(lane, frame);
    __atomic_store_n(&lane->lock, 0, __ATOMIC_RELEASE);
    return status;
}

enum tl_status tl_sender_submit(struct tl_sender_lane *lane, struct tl_bytes frame)
{
    if (__builtin_expect(frame.size == 0, 0))
        return TL_BAD_ARGUMENT;
    if (__builtin_expect(!__atomic_load_n(&lane->gate->open, __ATOMIC_RELAXED), 0))
        return drop(&lane->dropped_stopped, TL_STOPPED);
    if (__builtin_expect(lane->shared, 0))
        return put_in_turn(lane, frame);
    return put(lane, frame);
}

bool tl_sender_is_stopped(const struct tl_sender *sender)
{
    return !__atomic_load_n(&sender->gate->open, __ATOMIC_RELAXED);
}

size_t tl_sender_lane_room(struct tl_sender_lane *lane)
{
    uint64_t room = 0;

    if (!__atomic_load_n(&lane->gate->open, __ATOMIC_RELAXED))
        return 0;
    if (!lane->shared) {
        room = tl_ring_free(&lane->ring, tl_ring_size(&lane->ring));
    } else if (lock(lane)) {
        room = tl_ring_free(&lane->ring, tl_ring_size(&lane->ring));
        __atomic_store_n(&lane->lock, 0, __ATOMIC_RELEASE);
    }
    return room > TL_RING_FRAME_EXTRA ? (size_t)room - TL_RING_FRAME_EXTRA : 0;
}

/* The ring is made when the lane is first asked for. */
static bool open_lane(struct tl_sender_lane *lane)
{
    struct tl_sender *sender = lane->sender;
    size_t size = tl_ring_memory(sender->ring_size);

    pthread_mutex_lock(&sender->mutex);
    if (!lane->memory) {
        void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory != MAP_FAILED) {
            lane->memory = memory;
            tl_ring_init(&lane->ring, memory, sender->ring_size);
            if (sender->stage != SENDER_NEW)
                lane_keep_from_children(lane);
            __atomic_store_n(&lane->ready, 1, __ATOMIC_RELEASE);
        }
    }
    pthread_mutex_unlock(&sender->mutex);
    return lane->memory;
}

/* A child would not use it, but every page would be copied when it is written to next. */
void lane_keep_from_children(struct tl_sender_lane *lane)
{
    madvise(lane->memory, tl_ring_memory(lane->sender->ring_size), MADV_DONTFORK);
}

void lane_free(struct tl_sender_lane *lane)
{
    if (lane->memory)
        munmap(lane->memory, tl_ring_memory(lane->sender->ring_size));
}

static bool take(struct tl_sender_lane *lane, enum lane_owner owner)
{
    uint32_t nobody = LANE_FREE;

    return __atomic_compare_exchange_n(&lane->owner, &nobody, owner, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE);
}

size_t tl_sender_lane_count(const struct tl_sender *sender)
{
    return sender->lane_count;
}

struct tl_sender_lane *tl_sender_lane(struct tl_sender *sender, size_t index)
{
    if (index >= sender->lane_count)
        return NULL;
    struct tl_sender_lane *lane = &sender->lanes[index];
    if (__atomic_load_n(&lane->owner, __ATOMIC_ACQUIRE) != LANE_NUMBERED && !take(lane, LANE_NUMBERED) &&
        __atomic_load_n(&lane->owner, __ATOMIC_ACQUIRE) != LANE_NUMBERED)
        return NULL;
    return lane_is_ready(lane) || open_lane(lane) ? lane : NULL;
}

struct tl_sender_lane *tl_sender_lane_shared(struct tl_sender *sender)
{
    struct tl_sender_lane *lane = &sender->lanes[sender->lane_count];

    return lane_is_ready(lane) || open_lane(lane) ? lane : NULL;
}

struct tl_sender_lane *tl_sender_lane_claim(struct tl_sender *sender)
{
    for (size_t i = 0; i < sender->lane_count; i++) {
        struct tl_sender_lane *lane = &sender->lanes[i];
        if (!take(lane, LANE_CLAIMED))
            continue;
        if (lane_is_ready(lane) || open_lane(lane))
            return lane;
        tl_sender_lane_release(lane);
        return NULL;
    }
    return tl_sender_lane_shared(sender);
}

void tl_sender_lane_release(struct tl_sender_lane *lane)
{
    if (lane && __atomic_load_n(&lane->owner, __ATOMIC_RELAXED) == LANE_CLAIMED)
        __atomic_store_n(&lane->owner, LANE_FREE, __ATOMIC_RELEASE);
}

/* The calling thread's lane; found at its first call. */
static __attribute__((noinline)) struct tl_sender_lane *own_lane(struct tl_sender *sender)
{
    if (!sender->has_key)
        return tl_sender_lane_shared(sender);
    struct tl_sender_lane *lane = tl_sender_lane_claim(sender);
    if (!lane || pthread_setspecific(sender->key, lane) == 0)
        return lane;
    tl_sender_lane_release(lane);
    return tl_sender_lane_shared(sender);
}

enum tl_status tl_sender_put(struct tl_sender *sender, struct tl_bytes frame)
{
    struct tl_sender_lane *lane = sender->has_key ? pthread_getspecific(sender->key) : NULL;
    struct tl_sender_lane *shared = &sender->lanes[sender->lane_count];

    if (__builtin_expect(lane != NULL, 1))
        return tl_sender_submit(lane, frame);
    if (!__atomic_load_n(&sender->gate->open, __ATOMIC_RELAXED))
        return drop(&shared->dropped_stopped, TL_STOPPED);
    lane = own_lane(sender);
    return lane ? tl_sender_submit(lane, frame) : drop(&shared->dropped_no_memory, TL_NO_MEMORY);
}

void lane_forget(void *lane)
{
    tl_sender_lane_release((struct tl_sender_lane *)lane);
}
