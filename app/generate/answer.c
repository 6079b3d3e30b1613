/* Messages. Invariant: a response says of a name what any other response says of it; only ages, orders and
 * what the asker may have differ. */
#include "generate/answer.h"

#include "generate/label.h"
#include "generate/rdata.h"
#include "generate/wire.h"

#define HEADER_SIZE 12
#define CLASS_IN    1

#define RCODE_SERVFAIL 2
#define RCODE_NXDOMAIN 3

#define FLAG_AA 0x0400u

#define OPTION_COOKIE      10
#define OPTION_EDE         15 /* RFC 8914 */
#define EDE_NO_AUTHORITY   22
#define COOKIE_CLIENT_SIZE 8
#define COOKIE_SERVER_SIZE 16

void answers_init(struct answers *answers, uint64_t seed)
{
    for (unsigned i = 0; i < ANSWER_CDNS; i++) {
        uint8_t *wire = answers->cdns[i].wire;
        answers->cdns[i].size = (uint8_t)(name_domain(wire, seed, NAME_DOMAIN_CDNS + i) - wire);
    }
}

/* CNAMEs -------------------------------------------------------------------------------------------- */

static bool leads_elsewhere(const struct question *question)
{
    bool is_of_host = question->type == TYPE_A || question->type == TYPE_AAAA || question->type == TYPE_HTTPS;

    return is_of_host && question->name.traits & NAME_IS_ALIAS &&
           (question->outcome == OUTCOME_DATA || question->outcome == OUTCOME_NODATA);
}

unsigned answer_hops(const struct question *question)
{
    if (!leads_elsewhere(question))
        return 1;
    return 2 + ((question->name.key * 0x9e3779b97f4a7c15u) >> 62 == 0);
}

/* The key of what the chain leads to after `hop` CNAMEs. */
static uint64_t key_at(const struct question *question, unsigned hop)
{
    return hop ? random_mix(question->name.key + hop) : question->name.key;
}

struct tl_bytes answer_name(const struct answers *answers, const struct question *question, unsigned hop,
                            uint8_t ret_name[NAME_SIZE_MAX], uint8_t *ret_zone)
{
    if (hop == 0) {
        *ret_zone = question->name.zone;
        return tl_bytes(question->name.wire, question->name.size);
    }
    uint64_t key = key_at(question, hop);
    unsigned cdn = (unsigned)((key & 15) * (key >> 4 & 15) / 16); /* some have more customers than others */
    uint8_t *end = label_put_code(ret_name, key, LABEL_BASE36, 6 + (key >> 8 & 7));
    if (hop > 1)
        end = wire_put(end, "\4edge", 5);
    *ret_zone = (uint8_t)(end - ret_name);
    end = wire_put(end, answers->cdns[cdn].wire, answers->cdns[cdn].size);
    return tl_bytes(ret_name, (size_t)(end - ret_name));
}

/* Parts of a message ----------------------------------------------------------------------------------------
 */

/* Header and question. The counts of the other sections follow when they are known. */
static void put_opening(struct tl_builder *to, const struct answer *answer, unsigned flags,
                        struct tl_bytes name)
{
    uint8_t *at = tl_builder_take(to, HEADER_SIZE + name.size + 4);

    if (!at)
        return;
    at = wire_put16(wire_put16(wire_put16(at, answer->id), flags), 1);
    memset(at, 0, 6);
    at = wire_put(at + 6, name.data, name.size);
    wire_put16(wire_put16(at, answer->question->type), CLASS_IN);
}

struct counts {
    unsigned answers, authorities, additionals;
};

static void put_counts(struct tl_builder *to, const struct counts *counts)
{
    uint8_t *at = to->start + 6;

    wire_put16(wire_put16(wire_put16(at, counts->answers), counts->authorities), counts->additionals);
}

/* What the OPT record carries; the cookie of a server follows that of its client. */
static void put_opt(struct tl_builder *to, const struct answer *answer, bool is_response)
{
    const struct answer_edns *edns = &answer->edns;
    unsigned cookie = edns->cookie ? COOKIE_CLIENT_SIZE + (is_response ? COOKIE_SERVER_SIZE : 0) : 0;
    bool has_reason = is_response && answer->question->outcome == OUTCOME_FAILED;
    unsigned size = (cookie ? 4 + cookie : 0) + (has_reason ? 6 : 0);
    uint8_t *at = tl_builder_take(to, 11 + size);

    if (!at)
        return;
    *at++ = 0;
    at = wire_put16(wire_put16(at, TYPE_OPT), is_response ? 1232 : edns->udp_size);
    at = wire_put16(wire_put32(at, edns->wants_dnssec ? 0x8000 : 0), size);
    if (cookie) {
        at = wire_put64(wire_put16(wire_put16(at, OPTION_COOKIE), cookie), edns->cookie);
        if (is_response) {
            at = wire_put32(wire_put32(at, 0x01000000), (uint32_t)answer->now); /* RFC 9018 */
            at = wire_put64(at, random_mix(edns->cookie ^ answer->now));
        }
    }
    if (has_reason)
        wire_put16(wire_put16(wire_put16(at, OPTION_EDE), 2), EDE_NO_AUTHORITY);
}

void answer_put_query(const struct answers *answers, const struct answer *answer, struct tl_builder *to)
{
    uint8_t buffer[NAME_SIZE_MAX], zone;
    struct tl_bytes name = answer_name(answers, answer->question, answer->hop, buffer, &zone);
    struct counts counts = {.additionals = answer->edns.is_there};

    put_opening(to, answer, answer->flags, name);
    if (answer->edns.is_there) {
        put_opt(to, answer, false);
        put_counts(to, &counts);
    }
}

/* Responses ----------------------------------------------------------------------------------------- */

/* A response in the making. */
struct response {
    const struct answer *answer;
    struct tl_builder *to;
    struct rdata_owner owner;
    struct counts counts;
};

/* The TTL that is left; a cache does not hand out records of 0. */
static uint32_t ttl_of(const struct answer *answer, uint64_t key)
{
    uint32_t ttl = rdata_ttl(key);

    return answer->is_from_authority ? ttl : ttl - answer->age % ttl;
}

static void sign(struct response *response, uint16_t type, unsigned *count)
{
    const struct answer *answer = response->answer;

    if (!answer->edns.wants_dnssec || !(answer->question->name.traits & NAME_IS_SIGNED))
        return;
    rdata_put_signature(response->to, &response->owner, type, answer->now);
    ++*count;
}

/* From here on the records are those of the target of a CNAME. */
static void follow(struct response *response, const struct answers *answers, unsigned hop)
{
    uint8_t name[NAME_SIZE_MAX], zone;
    struct tl_bytes target = answer_name(answers, response->answer->question, hop, name, &zone);
    size_t offset = rdata_put_cname(response->to, &response->owner, target);

    response->counts.answers++;
    sign(response, TYPE_CNAME, &response->counts.answers);
    response->owner.offset = offset;
    response->owner.zone = offset + zone;
    response->owner.key = key_at(response->answer->question, hop);
    response->owner.ttl = ttl_of(response->answer, response->owner.key);
    response->owner.zone_name = tl_bytes(response->to->start + offset + zone, target.size - zone);
}

static void put_denial(struct response *response)
{
    struct rdata_owner *owner = &response->owner;

    rdata_put_soa(response->to, owner);
    response->counts.authorities++;
    owner->offset = owner->zone;
    sign(response, TYPE_SOA, &response->counts.authorities);
}

/* What is there, or why it is not. */
static void put_sections(struct response *response, const struct answers *answers)
{
    const struct answer *answer = response->answer;
    unsigned hops = answer_hops(answer->question);
    unsigned last = answer->is_from_authority && answer->hop + 1u < hops ? answer->hop + 1u : hops - 1;

    for (unsigned hop = answer->hop; hop < last; hop++)
        follow(response, answers, hop + 1);
    if (answer->is_from_authority && last > answer->hop)
        return; /* the target is another authority's */
    if (answer->question->outcome != OUTCOME_DATA) {
        put_denial(response);
        return;
    }
    response->counts.answers += rdata_put_set(response->to, &response->owner, answer->question->type);
    sign(response, answer->question->type, &response->counts.answers);
}

static void put_payload(struct response *response, uint16_t type)
{
    rdata_put(response->to, &response->owner, type, response->answer->payload);
    response->counts.answers++;
}

/* What made questions for ANY a weapon. */
static void put_everything(struct response *response)
{
    static const uint16_t types[] = {TYPE_SOA, TYPE_NS, TYPE_A, TYPE_AAAA, TYPE_MX, TYPE_TXT, TYPE_DNSKEY};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        response->counts.answers += rdata_put_set(response->to, &response->owner, types[i]);
        sign(response, types[i], &response->counts.answers);
    }
    put_payload(response, TYPE_TXT);
}

static unsigned flags_of(const struct answer *answer)
{
    static const uint8_t rcodes[OUTCOMES] = {0, 0, RCODE_NXDOMAIN, RCODE_SERVFAIL, RCODE_SERVFAIL};

    unsigned rcode = rcodes[answer->question->outcome];

    return answer->flags | (answer->is_from_authority ? FLAG_AA : 0u) | rcode;
}

void answer_put_response(const struct answers *answers, const struct answer *answer, struct tl_builder *to)
{
    uint8_t buffer[NAME_SIZE_MAX], zone;
    struct tl_bytes name = answer_name(answers, answer->question, answer->hop, buffer, &zone);
    struct response response = {
        .answer = answer,
        .to = to,
        .owner = {.offset = HEADER_SIZE,
                  .zone = HEADER_SIZE + zone,
                  .key = key_at(answer->question, answer->hop),
                  .turn = answer->id,
                  .zone_name = tl_bytes(name.data + zone, name.size - zone)},
    };

    response.owner.ttl = ttl_of(answer, response.owner.key);
    put_opening(to, answer, flags_of(answer), name);
    if (answer->question->type == TYPE_ANY)
        put_everything(&response);
    else if (answer->payload.size)
        put_payload(&response, answer->question->type);
    else if (answer->question->outcome < OUTCOME_FAILED)
        put_sections(&response, answers);
    if (answer->edns.is_there) {
        put_opt(to, answer, true);
        response.counts.additionals++;
    }
    put_counts(to, &response.counts);
}
