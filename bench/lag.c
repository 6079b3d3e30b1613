/* lag: reads a Frame Streams stream from standard input and prints how many data frames and bytes of them
 * (with length words) it had, and by how many microseconds the times that pace put into them were past: the
 * median, the 99th of a hundred, and the most. Invariant: each frame is counted once, in the slot of its lag,
 * which is exact to 1/16. */
#include <tapline/frame.h>
#include <tapline/stream.h>

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_SIZE ((size_t)4 << 20)
#define FINE        4 /* bits of a lag that its slot keeps */
#define SLOTS       (64 << FINE)

struct lags {
    uint64_t frames, bytes, most;
    uint64_t slots[SLOTS];
};

static uint64_t nanoseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static unsigned slot_of(uint64_t lag)
{
    if (lag < 1u << FINE)
        return (unsigned)lag;
    unsigned bits = 63 - (unsigned)__builtin_clzll(lag);
    return (bits - FINE + 1) << FINE | ((lag >> (bits - FINE)) & ((1u << FINE) - 1));
}

static uint64_t least_of(unsigned slot)
{
    if (slot < 1u << FINE)
        return slot;
    return (uint64_t)((1u << FINE) | (slot & ((1u << FINE) - 1))) << ((slot >> FINE) - 1);
}

static void enter(struct lags *lags, struct tl_bytes payload, uint64_t now)
{
    uint64_t stamp = now;

    if (payload.size >= 8)
        memcpy(&stamp, payload.data + payload.size - 8, 8);
    uint64_t lag = now > stamp ? (now - stamp) / 1000 : 0;
    lags->frames++;
    lags->bytes += payload.size + 4;
    lags->slots[slot_of(lag)]++;
    if (lag > lags->most)
        lags->most = lag;
}

static uint64_t quantile(const struct lags *lags, double share)
{
    uint64_t below = 0, wanted = (uint64_t)((double)lags->frames * share);

    for (unsigned slot = 0; slot < SLOTS; slot++) {
        below += lags->slots[slot];
        if (below > wanted)
            return least_of(slot);
    }
    return lags->most;
}

int main(void)
{
    static uint8_t buffer[BUFFER_SIZE];
    static struct lags lags;
    struct tl_frame_decoder decoder = {0};
    struct tl_frame frame;
    size_t held = 0, size;
    enum tl_status status;

    tl_frame_decoder_init(&decoder, 0);
    while ((status = tl_read(STDIN_FILENO, buffer + held, sizeof(buffer) - held, &size)) == TL_OK) {
        struct tl_bytes in = tl_bytes(buffer, held + size);
        uint64_t now = nanoseconds();
        while (tl_frame_next(&decoder, &in, &frame) == TL_OK) {
            if (frame.kind == TL_FRAME_DATA)
                enter(&lags, frame.payload, now);
        }
        memmove(buffer, in.data, in.size);
        held = in.size;
    }
    if (status != TL_END)
        err(1, "standard input");
    printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", lags.frames, lags.bytes,
           quantile(&lags, 0.5), quantile(&lags, 0.99), lags.most);
    return 0;
}
