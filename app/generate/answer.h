/* generate/answer: DNS messages in wire form, as resolvers and authorities write them. */
#ifndef GENERATE_ANSWER_H
#define GENERATE_ANSWER_H

#include "generate/question.h"

#include <tapline/core.h>

#define ANSWER_SIZE_MAX 4096
#define ANSWER_CDNS     16
#define ANSWER_HOPS_MAX 3 /* two CNAMEs, and the addresses */

/* What the messages of one Internet have in common. */
struct answers {
    struct {
        uint8_t wire[NAME_DOMAIN_MAX];
        uint8_t size;
    } cdns[ANSWER_CDNS]; /* where CNAMEs lead to */
};

/* Of the OPT record, RFC 6891. */
struct answer_edns {
    bool is_there;
    bool wants_dnssec;
    uint16_t udp_size;
    uint64_t cookie; /* RFC 7873, 0: none */
};

/* One message to be written. */
struct answer {
    const struct question *question;
    struct answer_edns edns;
    uint16_t id;
    uint16_t flags;          /* of the header, without the rcode */
    uint64_t now;            /* seconds since 1970 */
    uint32_t age;            /* seconds that cached records have lain in the cache */
    uint8_t hop;             /* the question is for the name to which so many CNAMEs have led */
    bool is_from_authority;  /* of the name's zone: one link of the chain, and all TTLs whole */
    struct tl_bytes payload; /* what the only record holds, if not empty: TXT, NULL, ANY */
};

void answers_init(struct answers *answers, uint64_t seed);

/* How many questions it takes to find the answer: 1, and one for each CNAME on the way. */
unsigned answer_hops(const struct question *question);

/* The name asked for at `hop`, in wire form into `ret_name`, and where its zone begins. */
struct tl_bytes answer_name(const struct answers *answers, const struct question *question, unsigned hop,
                            uint8_t ret_name[NAME_SIZE_MAX], uint8_t *ret_zone);

/* Append the message; at most ANSWER_SIZE_MAX bytes. */
void answer_put_query(const struct answers *answers, const struct answer *answer, struct tl_builder *to);
void answer_put_response(const struct answers *answers, const struct answer *answer, struct tl_builder *to);

#endif
