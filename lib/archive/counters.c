/* The counters' table and the file that a running capture maps. Invariant: the file names each of its values,
 * so that a program with another table reads the ones it knows. */
#include <tapline/archive.h>

struct counter {
    const char *key, *sentence;
};

static const struct counter table[] = {
#define TL_COUNTER(name, key, sentence) [TL_COUNTER_##name] = {key, sentence},
#include <tapline/counters.def>
#undef TL_COUNTER
};

const char *tl_counter_key(enum tl_counter counter)
{
    return table[counter].key;
}

const char *tl_counter_sentence(enum tl_counter counter)
{
    return table[counter].sentence;
}
