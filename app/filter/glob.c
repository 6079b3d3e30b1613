/* Globs. Invariant: only the last star that was passed is ever gone back to, which is enough, and keeps the
 * time bounded. */
#include "filter/glob.h"

static uint8_t fold(uint8_t byte, bool folds)
{
    return folds && byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : byte;
}

/* Does the pattern at `at` take this byte? Sets how much of the pattern that is. */
static bool takes(struct tl_bytes pattern, size_t at, uint8_t byte, bool folds, size_t *ret_size)
{
    bool escapes = pattern.data[at] == '\\' && at + 1 < pattern.size;

    *ret_size = 1 + escapes;
    return (!escapes && pattern.data[at] == '?') ||
           fold(pattern.data[at + escapes], folds) == fold(byte, folds);
}

/* The next place from `from` on where what is behind a star can begin: where its first byte is, if that is
 * known. */
static size_t next_start(struct tl_bytes pattern, size_t star, struct tl_bytes text, size_t from, bool folds)
{
    uint8_t first = star < pattern.size ? pattern.data[star] : '*';

    if (first == '*' || first == '?' || first == '\\')
        return from;
    for (first = fold(first, folds); from < text.size && fold(text.data[from], folds) != first;)
        from++;
    return from;
}

bool filter_glob_matches(struct tl_bytes pattern, struct tl_bytes text, bool folds)
{
    size_t at = 0, star = SIZE_MAX, resume = 0, size;

    for (size_t i = 0; i < text.size;) {
        if (at < pattern.size && pattern.data[at] == '*') {
            star = ++at;
            i = resume = next_start(pattern, star, text, i, folds);
        } else if (at < pattern.size && takes(pattern, at, text.data[i], folds, &size)) {
            at += size;
            i++;
        } else if (star != SIZE_MAX) {
            at = star;
            i = resume = next_start(pattern, star, text, resume + 1, folds);
        } else {
            return false;
        }
    }
    while (at < pattern.size && pattern.data[at] == '*')
        at++;
    return at == pattern.size;
}
