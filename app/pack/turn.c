/* Waits by asking again, as nobody is told when a lock gets free. Invariant: nobody waits much
 * longer than for one job of the others, however many they have. */
#include "pack/turn.h"

#include "process/clock.h"
#include "process/log.h"

#include <stdio.h>
#include <time.h>

#define POLL_MS   5
#define TURN_MS   100  /* of work between two rests, at least */
#define REST_MS   20   /* four attempts of the others */
#define SILENT_MS 1000 /* a moment is not worth a line */

static void rest(long ms)
{
    struct timespec pause = {0, ms * 1000000};

    nanosleep(&pause, NULL);
}

static void say_waiting(struct process_limit *limit, const struct tl_archive *archive, uint64_t pid)
{
    char who[32] = "another process";

    if (pid)
        snprintf(who, sizeof(who), "process %llu", (unsigned long long)pid);
    process_log_limited(limit, "%s: waiting for %s, which seals, merges or removes segments there",
                        tl_archive_path(archive), who);
}

enum tl_status turn_take(struct tl_archive *archive, bool (*goes_on)(void *user), void *user)
{
    struct process_limit limit = {0};
    uint64_t pid = 0, begin = process_clock_ms();
    enum tl_status status;

    while ((status = tl_archive_lock(archive, TL_ARCHIVE_LOCK_PACK, &pid)) == TL_FULL) {
        if (process_clock_ms() - begin >= SILENT_MS)
            say_waiting(&limit, archive, pid);
        if (!goes_on(user))
            return TL_END;
        rest(POLL_MS);
    }
    return status;
}

void turn_end(struct turn *turn, struct tl_archive *archive)
{
    tl_archive_unlock(archive, TL_ARCHIVE_LOCK_PACK);
    if (process_clock_ms() - turn->rested_ms < TURN_MS)
        return;
    rest(REST_MS);
    turn->rested_ms = process_clock_ms();
}
