/* pack/turn: how programs that work in an archive piece by piece take turns: the pack lock is waited for
 * patiently, and given away for long enough that who waits gets it. */
#ifndef PACK_TURN_H
#define PACK_TURN_H

#include <tapline/archive.h>

/* Of one who works; zero at first. */
struct turn {
    uint64_t rested_ms; /* monotonic: when it let the others have a chance last */
};

/* Takes the pack lock, however long that takes, and logs whom it waits for if that is long. `goes_on` is
 * asked with each attempt. TL_END: it said no; TL_SYSTEM. */
enum tl_status turn_take(struct tl_archive *archive, bool (*goes_on)(void *user), void *user);

/* Gives the lock back, and rests for a moment if it was taken again and again for some time: otherwise the
 * others would have no chance. */
void turn_end(struct turn *turn, struct tl_archive *archive);

#endif
