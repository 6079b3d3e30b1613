/* record: one observation - a data frame, what dnstap says in it, and the DNS message it carries, parsed at
 * most once and only if asked for. A record is borrowed: it lives until the next one is asked for from the
 * source. */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include <tapline/core.h>
#include <tapline/dns.h>
#include <tapline/dnstap.h>

struct record {
    struct tl_bytes frame; /* payload of the data frame */
    uint64_t offset;       /* of the frame in its (uncompressed) stream */

    enum tl_status
        status; /* TL_OK, or why `frame` is no dnstap; then `dnstap` is empty and `error` says where */
    struct tl_dnstap_error error;
    struct tl_dnstap dnstap;
};

/* Decodes `frame` into `ret_record`; what fails is kept in the record's status. */
void record_open(struct record *ret_record, struct tl_bytes frame, uint64_t offset);

/* True if the frame is a dnstap Message that has a message (Dnstap.type is MESSAGE and `message` is there).
 */
bool record_is_message(const struct record *record);

/* The DNS message that the record's type is about: the query of a query type, the response of a response type
 * (and of an unknown type whichever is there); empty if there is none. */
struct tl_bytes record_wire(const struct record *record);

/* Its time, if both parts are there and in range: query time for query types, response time for response
 * types. */
bool record_time(const struct record *record, struct tl_time *ret_time);

#endif
