/* generate/traffic: a resolver's traffic, message by message in the order in which it emits them, in virtual
 * time.
 *
 * The fields are those that Unbound fills (and BIND 9.18, which has no word for DoT and DoH): CLIENT_QUERY
 * and RESOLVER_QUERY have the query's time, CLIENT_RESPONSE the response's alone, RESOLVER_RESPONSE both;
 * times are whole microseconds; identity and version are always there.
 *
 * The same options give the same messages. One thread at a time. */
#ifndef GENERATE_TRAFFIC_H
#define GENERATE_TRAFFIC_H

#include "generate/names.h"
#include "generate/plant.h"

#include <tapline/core.h>

#define TRAFFIC_IDENTITIES_MAX 64
#define TRAFFIC_RATE_MAX       10000000
#define TRAFFIC_VERSION        "tapline generate"

struct traffic_options {
    uint64_t seed;
    struct tl_time start;
    double rate;       /* messages a second of virtual time, patterns not counted */
    uint64_t expected; /* messages in all, as far as is known: for what is spread over the run */
    uint32_t clients;  /* steady ones, 1 to CLIENT_COUNT_MAX */
    double once;       /* share of questions whose name nobody else asks for, 0 to 1 */
    double cache;      /* share of questions that the cache answers, 0 to 1 */
    bool is_daily;     /* more by day than by night, UTC */
    unsigned plants;   /* PLANT_BIT of each */
    const char *const *identities;
    size_t identity_count; /* 1 to TRAFFIC_IDENTITIES_MAX */
};

/* Nanoseconds of virtual time at most: more than a hundred years, which after a start before 2106 are within
 * 64 bits. */
#define TRAFFIC_DURATION_MAX UINT64_C(4000000000000000000)

struct traffic;

/* `names` is borrowed; identities are, too. NULL without memory. */
struct traffic *traffic_new(const struct traffic_options *options, const struct names *names);
void traffic_free(struct traffic *traffic);

struct traffic_message {
    struct tl_bytes frame; /* the payload of a data frame; valid until the next call */
    uint64_t at;           /* nanoseconds since the start, ascending */
    unsigned identity;     /* its number */
};

/* The next message; there is always one. TL_NO_MEMORY. */
enum tl_status traffic_next(struct traffic *traffic, struct traffic_message *ret_message);

/* The patterns, with what went out of them so far. */
const struct plant *traffic_plants(const struct traffic *traffic, size_t *ret_count);

#endif
