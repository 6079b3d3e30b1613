/* Drawing questions. Invariant: what a name has for a type depends on the name and the type alone, save that
 * any question may fail now and then. */
#include "generate/question.h"

#include "generate/label.h"

#include <string.h>

/* What clients of a resolver ask for, in ten thousandths. */
static const struct {
    uint16_t type;
    uint32_t weight;
} types[] = {
    {TYPE_A, 6400},  {TYPE_AAAA, 1850}, {TYPE_HTTPS, 1150}, {TYPE_PTR, 250},
    {TYPE_TXT, 110}, {TYPE_SRV, 80},    {TYPE_MX, 60},      {TYPE_NS, 35},
    {TYPE_SOA, 30},  {TYPE_DS, 20},     {TYPE_DNSKEY, 10},  {TYPE_CNAME, 5},
};
#define TYPES (sizeof(types) / sizeof(types[0]))

#define FAILED_SHARE RANDOM_SHARE(0.005)
#define SILENT_SHARE RANDOM_SHARE(0.007)

bool questions_init(struct questions *questions, const struct names *names, double once_share)
{
    uint32_t weights[TYPES];

    for (size_t i = 0; i < TYPES; i++)
        weights[i] = types[i].weight;
    *questions = (struct questions){.names = names, .once_share = RANDOM_SHARE(once_share)};
    if (chance_init(&questions->types, weights, TYPES) &&
        chance_init_zipf(&questions->ranks, names->count, QUESTIONS_EXPONENT))
        return true;
    questions_done(questions);
    return false;
}

void questions_done(struct questions *questions)
{
    chance_done(&questions->types);
    chance_done(&questions->ranks);
}

/* Names that belong to a type ------------------------------------------------------------------------------
 */

static uint8_t *put_octet(uint8_t *to, unsigned octet)
{
    return label_closed(to, label_number(to + 1, octet));
}

/* The name of an address in reverse; its zone is a /24 or a /64. */
static void reverse(struct question *question, uint64_t bits)
{
    uint8_t *to = question->buffer;
    struct name *name = &question->name;

    if ((bits & 7) == 0) {
        for (unsigned i = 0; i < 24; i++) {
            *to++ = 1;
            *to++ = (uint8_t)LABEL_HEX[random_mix(bits + i / 16) >> i % 16 * 4 & 15];
        }
        for (const char *digit = "8bd01002"; *digit; digit++) { /* of 2001:db8::/32 */
            *to++ = 1;
            *to++ = (uint8_t)*digit;
        }
        to = label_put_text(to, "ip6");
        name->zone = 32;
    } else {
        to = put_octet(to, bits >> 8 & 0xff);
        name->zone = (uint8_t)(to - question->buffer);
        to = put_octet(to, bits >> 16 & 0xff);
        to = put_octet(to, bits >> 24 & 0xff);
        to = put_octet(to, 10);
        to = label_put_text(to, "in-addr");
    }
    to = label_put_text(to, "arpa");
    *to++ = 0;
    name->wire = question->buffer;
    name->size = (uint8_t)(to - question->buffer);
    name->traits = bits >> 33 & 3 ? name->traits & NAME_IS_BROKEN : NAME_IS_ABSENT;
}

/* The zone itself, or a name with `labels` (wire form without an end) before it. */
static void in_zone(struct question *question, const char *labels)
{
    struct name *name = &question->name;
    size_t size = strlen(labels), zone_size = (size_t)(name->size - name->zone);

    if (size + zone_size > NAME_SIZE_MAX)
        return;
    memmove(question->buffer + size, name->wire + name->zone, zone_size);
    memcpy(question->buffer, labels, size);
    name->wire = question->buffer;
    name->size = (uint8_t)(size + zone_size);
    name->zone = (uint8_t)size;
}

static void suit_to_type(struct question *question)
{
    static const char *const services[] = {"\5_ldap\4_tcp\2dc\6_msdcs", "\5_sips\4_tcp",
                                           "\14_xmpp-client\4_tcp"};
    static const char *const texts[] = {"", "\6_dmarc", "\11selector1\12_domainkey", "\17_acme-challenge"};
    uint64_t bits = random_mix(question->name.key ^ question->type);

    switch (question->type) {
    case TYPE_PTR: reverse(question, bits); break;
    case TYPE_SRV: in_zone(question, services[bits % 3]); break;
    case TYPE_TXT: in_zone(question, texts[bits & 3]); break;
    case TYPE_MX:
    case TYPE_NS:
    case TYPE_SOA:
    case TYPE_DS:
    case TYPE_DNSKEY: in_zone(question, ""); break;
    default: break;
    }
}

/* Outcomes -------------------------------------------------------------------------------------------------
 */

static bool has_records(const struct question *question)
{
    uint32_t luck = (uint32_t)(random_mix(question->name.key + question->type) >> 32);

    switch (question->type) {
    case TYPE_AAAA: return question->name.traits & NAME_HAS_AAAA;
    case TYPE_HTTPS: return question->name.traits & NAME_HAS_HTTPS;
    case TYPE_CNAME: return false;
    case TYPE_TXT:
    case TYPE_MX: return luck < RANDOM_SHARE(0.8);
    case TYPE_SRV: return luck < RANDOM_SHARE(0.5);
    case TYPE_DS:
    case TYPE_DNSKEY: return question->name.traits & NAME_IS_SIGNED;
    default: return true;
    }
}

static enum question_outcome outcome_of(const struct question *question, struct random *random)
{
    uint32_t luck = (uint32_t)(random_next(random) >> 32);

    if (luck < SILENT_SHARE)
        return OUTCOME_SILENT;
    if (luck < SILENT_SHARE + FAILED_SHARE || question->name.traits & NAME_IS_BROKEN)
        return OUTCOME_FAILED;
    if (question->name.traits & NAME_IS_ABSENT)
        return OUTCOME_ABSENT;
    return has_records(question) ? OUTCOME_DATA : OUTCOME_NODATA;
}

void questions_draw(struct questions *questions, struct random *random, struct question *ret_question,
                    bool *ret_is_once)
{
    *ret_is_once = random_chance(random, questions->once_share);
    if (*ret_is_once) {
        name_once(ret_question->buffer, questions->names->seed, questions->once_serial++,
                  questions->names->count / 5 + 1, &ret_question->name);
    } else {
        ret_question->name = names_at(questions->names, chance_draw(&questions->ranks, random));
    }
    ret_question->type = types[chance_draw(&questions->types, random)].type;
    if (*ret_is_once && ret_question->type != TYPE_AAAA && ret_question->type != TYPE_HTTPS)
        ret_question->type = TYPE_A;
    suit_to_type(ret_question);
    ret_question->outcome = (uint8_t)outcome_of(ret_question, random);
}
