/* record: one observation - a data frame and what dnstap says in it, with the questions about it that every
 * room asks. The DNS message in it is not looked into before somebody asks for it. A record is borrowed: it
 * lives until the next one is asked for from the source. */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include <tapline/archive.h>
#include <tapline/core.h>
#include <tapline/dns.h>
#include <tapline/dnstap.h>

/* Where a record is from, as far as that is known. */
struct record_origin {
    const char *place;         /* path of the archive or file; NULL: it was received live */
    struct tl_frame_name name; /* in the archive; segment 0: it is from none */
    const char *peer;          /* who sent it; NULL: not known */
    uint64_t connection;       /* 0: not known. They are counted anew in each run of a capture: */
    uint64_t run_ms;           /* when the one began; milliseconds since 1970, 0: not known */
    uint64_t arrived_ms;       /* the same of the record's arrival */
};

/* What a record is of an exchange, if somebody has looked (pair/pair). */
enum record_pair {
    RECORD_NOT_PAIRED,
    RECORD_ANSWERED,   /* both halves are in it */
    RECORD_UNANSWERED, /* a query for which no response was seen */
    RECORD_UNASKED,    /* a response for which no query was seen */
};

struct record {
    struct tl_bytes frame;              /* payload of the data frame */
    uint64_t offset;                    /* of the frame in its (uncompressed) stream */
    const struct record_origin *origin; /* borrowed; NULL: nobody asked for it */
    enum record_pair pair;

    enum tl_status status;        /* TL_OK, or why `frame` is no dnstap; then `dnstap` is empty */
    struct tl_dnstap_error error; /* where, and in which field; means nothing while `status` is TL_OK */
    struct tl_dnstap dnstap;
};

/* Decodes `frame` into `ret_record`; what fails is kept in the record's status. */
void record_open(struct record *ret_record, struct tl_bytes frame, uint64_t offset);

/* True if the frame is a dnstap Message that has a message (Dnstap.type is MESSAGE and `message` is there).
 */
bool record_is_message(const struct record *record);

/* What the record is about: true the query, false the response. Known types say it themselves; of an unknown
 * type it is the response if a part of one (message or time) is there, else the query. */
bool record_is_query(const struct record *record);

/* The DNS message that the record is about, see record_is_query; empty if there is none. */
struct tl_bytes record_wire(const struct record *record);

/* When the query, or the response, was seen, if both parts are there and in range (nanoseconds below 1e9,
 * seconds that RFC 3339 can write). */
bool record_half_time(const struct record *record, bool is_query, struct tl_time *ret_time);

/* The time of the half that it is about; if that has none, of the other half. This is what records are sought
 * and sorted by, with their arrival in place of what neither half has. */
bool record_any_time(const struct record *record, struct tl_time *ret_time);

/* That time, with the arrival in its place, in milliseconds since 1970, rounded down: by which a frame is
 * stored (<tapline/archive.h>, "What each frame's time is"). */
uint64_t record_stored_ms(const struct record *record, uint64_t arrival_ms);

/* A word for what it is of an exchange: "answered", "unanswered", "unasked"; NULL: none of these. */
const char *record_pair_name(int32_t pair);

/* Nanoseconds from its query to its response, if both times are there, in that order, and not centuries
 * apart. */
bool record_latency(const struct record *record, uint64_t *ret_nanoseconds);

#endif
