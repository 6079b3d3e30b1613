/* Seeding. Invariant: the state is never all zero, from which xoshiro256++ would never get away. */
#include "generate/random.h"

void random_init(struct random *random, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        random->state[i] = random_mix(seed);
        seed += 0x9e3779b97f4a7c15u;
    }
}
