/* analysis/summary: what can be said of many records without keeping them. Memory is bounded whatever the
 * records are: a few MiB.
 *
 * What is counted of whom. A message is a query or a response (record_is_query); of paired records
 * (pair/pair) an exchange is both if it was answered, a query if it was not, a response if nobody asked.
 * And it belongs to a side: that of the clients (AUTH, CLIENT, STUB, TOOL, UPDATE), where `addresses` are who
 * asked; or upstream (RESOLVER, FORWARDER), where the server itself asks and `addresses` are who was asked;
 * or it is of a type that is not known, with addresses as of clients. Names, domains, addresses and query
 * types are counted of queries and of responses apart, since a server may tell of one of them only; rcodes
 * are those of responses.
 *
 * Counts of types, rcodes and so on are exact; the errors of the rest are those of its parts (analysis/hll,
 * heavy, histogram, series, rush). Two summaries whose hashes are of the same key merge into what one would
 * have become. */
#ifndef ANALYSIS_SUMMARY_H
#define ANALYSIS_SUMMARY_H

#include "analysis/counts.h"
#include "analysis/domain.h"
#include "analysis/heavy.h"
#include "analysis/histogram.h"
#include "analysis/hll.h"
#include "analysis/rush.h"
#include "analysis/series.h"
#include "record/look.h"
#include "record/siphash.h"

enum summary_side { SUMMARY_CLIENTS, SUMMARY_UPSTREAM, SUMMARY_OTHERS, SUMMARY_SIDES };
enum summary_half { SUMMARY_QUERIES, SUMMARY_RESPONSES, SUMMARY_HALVES };
enum summary_thing { SUMMARY_NAMES, SUMMARY_DOMAINS, SUMMARY_ADDRESSES, SUMMARY_THINGS };

/* Of which messages the most frequent things are known. */
enum summary_role {
    SUMMARY_OF_QUERIES,
    SUMMARY_OF_RESPONSES,
    SUMMARY_OF_NXDOMAIN,
    SUMMARY_OF_SERVFAIL,
    SUMMARY_ROLES
};

#define SUMMARY_ROOM       1024 /* of the most frequent things */
#define SUMMARY_IDENTITIES 256

/* Queries, or responses, of one side. */
struct summary_messages {
    uint64_t count;
    uint64_t headless;                /* without a DNS message that has a whole header */
    uint64_t without[SUMMARY_THINGS]; /* without a name that can be read, registered domain, address */
    struct counts qtypes;
    struct histogram sizes;
    struct hll different[SUMMARY_THINGS];
};

struct summary_numbers {
    struct summary_messages halves[SUMMARY_HALVES];
    struct counts rcodes;
    uint64_t truncated, empty; /* responses with TC; with NOERROR and no answer */
    struct histogram latency;  /* of responses that have both times, in nanoseconds */
    struct heavy *top[SUMMARY_ROLES][SUMMARY_THINGS];
};

/* Of one thread. To be read; what is counted is no message has only `records` and `bytes`. */
struct summary {
    struct siphash_key key;
    struct domains *domains;

    uint64_t records, bytes;            /* of their frames */
    uint64_t undecodable, foreign;      /* no dnstap; dnstap without a Message */
    uint64_t messages;                  /* the others */
    uint64_t timeless, by_arrival;      /* without any time; with that of their arrival for one */
    uint64_t pairs[RECORD_UNASKED + 1]; /* by enum record_pair */
    bool has_time;
    struct tl_time first, last; /* the earliest and the latest */
    struct counts types, families, protocols;
    uint64_t nameless; /* without identity */
    struct heavy *identities;
    struct series series;
    struct rush rush;
    struct summary_numbers *sides[SUMMARY_SIDES]; /* NULL: no message was of it */
};

/* NULL without memory, or without a public suffix list. */
struct summary *summary_new(struct siphash_key key);
void summary_free(struct summary *summary);

/* Counts a record. False if there was no memory for a side that is new: then the record is counted in part,
 * and the summary is good for nothing. */
bool summary_add(struct summary *summary, struct look *look);

/* Now `summary` is as if all that was added to `from` had been added to it as well. False as above. */
bool summary_merge(struct summary *summary, const struct summary *from);

/* From the first to the last. There must be a time. */
double summary_seconds(const struct summary *summary);

/* What the record is of an exchange, as above. */
bool summary_is_query(const struct record *record);
bool summary_is_response(const struct record *record);

/* A name in uncompressed wire form as names are counted: in lower case, in `to`. */
struct tl_bytes summary_lower(struct tl_bytes name, uint8_t to[TL_DNS_NAME_SIZE_MAX]);

#endif
