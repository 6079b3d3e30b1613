/* Numbers with units. Invariant: what does not fit into 64 bits is no value, never another one. */
#include "record/units.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit sizes[] = {
    {"", 1},
    {"B", 1},
    {"KiB", 1ull << 10},
    {"MiB", 1ull << 20},
    {"GiB", 1ull << 30},
    {"TiB", 1ull << 40},
    {"kB", 1000},
    {"MB", 1000000},
    {"GB", 1000000000},
    {"TB", 1000000000000},
};

static const struct unit durations[] = {
    {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {"w", 604800000},
};

static const struct unit short_durations[] = {
    {"ns", 1},          {"us", 1000},         {"ms", 1000000},       {"s", 1000000000},
    {"m", 60000000000}, {"h", 3600000000000}, {"d", 86400000000000}, {"w", 604800000000000},
};

static bool parse(const char *text, const struct unit *units, size_t count, uint64_t *ret_value)
{
    uint64_t value = 0;
    const char *at = text;

    for (; *at >= '0' && *at <= '9'; at++) {
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
            return false;
    }
    if (at == text)
        return false;
    if (value == 0 && !*at) {
        *ret_value = 0;
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(at, units[i].name) == 0)
            return !__builtin_mul_overflow(value, units[i].factor, ret_value);
    }
    return false;
}

bool record_parse_size(const char *text, uint64_t *ret_bytes)
{
    return parse(text, sizes, sizeof(sizes) / sizeof(sizes[0]), ret_bytes);
}

bool record_parse_duration(const char *text, uint64_t *ret_ms)
{
    return parse(text, durations, sizeof(durations) / sizeof(durations[0]), ret_ms);
}

bool record_parse_nanoseconds(const char *text, uint64_t *ret_ns)
{
    return parse(text, short_durations, sizeof(short_durations) / sizeof(short_durations[0]), ret_ns);
}
