/* The walk over a message, with what BIND's dns_message_parse demands on the way. Invariant: what it finds
 * before a fault is whole - every record that is in a set has a sound owner, and sound rdata. */
#include "print/bind_message.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#define TEXT_SIZE ((size_t)1024 * 1024) /* what is kept of a message's texts */
#define SCRATCH_SIZE                                                                                         \
    ((size_t)1024 * 1024) /* of 65,535 bytes of rdata the text is shorter: see print/json.h */

#define CLASS_IN   1
#define CLASS_NONE 254
#define CLASS_ANY  255

enum {
    TYPE_SIG = 24,
    TYPE_KEY = 25,
    TYPE_OPT = 41,
    TYPE_RRSIG = 46,
    TYPE_NSEC3 = 50,
    TYPE_SVCB = 64,
    TYPE_HTTPS = 65,
    TYPE_TKEY = 249,
    TYPE_TSIG = 250,
    TYPE_IXFR = 251,
    TYPE_ANY = 255,
    OPCODE_NOTIFY = 4,
};

/* What a walk carries along. */
struct walk {
    struct bind_message *message;
    enum print_bind_release release;
    struct tl_dns_cursor at;
    bool is_update, has_class, asks_tkey;
    uint16_t left;     /* records of the section behind this one */
    size_t start, end; /* of the record that was read last */
};

bool bind_message_init(struct bind_message *message)
{
    *message = (struct bind_message){.text = malloc(TEXT_SIZE + SCRATCH_SIZE)};
    if (!message->text)
        return false;
    message->text_end = message->scratch = message->text + TEXT_SIZE;
    if (getrandom(&message->seed, sizeof(message->seed), GRND_NONBLOCK) != sizeof(message->seed))
        message->seed = (uint64_t)time(NULL) ^ (uint64_t)(uintptr_t)message->text;
    return true;
}

void bind_message_done(struct bind_message *message)
{
    free(message->rrs);
    free(message->sets);
    free(message->owners);
    free(message->owner_index.slots);
    free(message->set_index.slots);
    free(message->text);
}

static enum bind_parsed fail(struct walk *walk, const char *fault, size_t offset)
{
    walk->message->fault = fault;
    walk->message->fault_at = offset;
    return BIND_MALFORMED;
}

static bool keep_text(struct bind_message *message, struct bind_rr *rr)
{
    struct tl_builder builder = tl_builder(message->text_at, (size_t)(message->text_end - message->text_at));
    enum tl_status status = bind_rdata_print(message, &rr->record, &builder);

    rr->text = message->text_at;
    rr->text_size = (uint32_t)tl_builder_size(&builder);
    message->text_at += rr->text_size;
    if (status == TL_FULL) {
        builder = tl_builder(message->scratch, SCRATCH_SIZE);
        status = bind_rdata_print(message, &rr->record, &builder);
        rr->text_size = BIND_NONE;
    }
    return status == TL_OK;
}

struct tl_bytes bind_rdata_text(struct bind_message *message, const struct bind_rr *rr)
{
    struct tl_builder builder;

    if (rr->text_size != BIND_NONE)
        return tl_bytes(rr->text, rr->text_size);
    builder = tl_builder(message->scratch, SCRATCH_SIZE);
    bind_rdata_print(message, &rr->record, &builder);
    return tl_builder_bytes(&builder);
}

static enum bind_parsed take_question(struct walk *walk, const struct tl_dns_record *record)
{
    struct bind_message *message = walk->message;
    uint32_t number = bind_new_rr(message), owner, set;

    if (number == BIND_NONE)
        return BIND_NO_MEMORY;
    struct bind_rr *rr = &message->rrs[number];
    *rr = (struct bind_rr){.record = *record};
    if (message->owner_count && !bind_names_equal(message->dns.wire, message->owners[0].name, record->name))
        return fail(walk, "two questions have different names", record->name);
    if (walk->has_class && record->rclass != message->rclass)
        return fail(walk, "two questions are of different classes", walk->end - 2);
    walk->has_class = true;
    message->rclass = record->rclass;
    walk->asks_tkey |= record->type == TYPE_TKEY;

    if ((walk->is_update || tl_dns_opcode(&message->dns) == OPCODE_NOTIFY) &&
        (record->rclass == CLASS_NONE || record->rclass == CLASS_ANY))
        return fail(walk, "the question's class is none of a zone", walk->end - 2);
    owner = bind_owner_of(message, record->name, false);
    set = owner == BIND_NONE ? BIND_NONE : bind_set_of(message, owner, record, 0, false);
    if (set == BIND_NONE)
        return BIND_NO_MEMORY;
    if (message->sets[set].first != BIND_NONE)
        return fail(walk, "the same question is asked twice", record->name);
    bind_set_add(message, set, number);
    message->has_question = true;
    return BIND_GOOD;
}

static bool is_exempt_from_class(uint16_t type)
{
    return type == TYPE_TSIG || type == TYPE_OPT || type == TYPE_KEY || type == TYPE_SIG || type == TYPE_TKEY;
}

static bool is_root(const struct walk *walk, const struct tl_dns_record *record)
{
    const uint8_t *data = walk->message->dns.wire.data;

    return data[bind_behind_pointers(data, record->name)] == 0;
}

/* What is wrong with the record's place or class, or NULL. */
static const char *place_fault(struct walk *walk, const struct tl_dns_record *record)
{
    struct bind_message *message = walk->message;
    bool is_response = message->dns.flags & TL_DNS_QR;

    if (!walk->has_class && record->type != TYPE_OPT && record->type != TYPE_TSIG &&
        record->type != TYPE_TKEY) {
        walk->has_class = true;
        message->rclass = record->rclass;
    }
    if (!walk->is_update && message->rclass != CLASS_ANY && message->rclass != record->rclass) {
        if (!is_exempt_from_class(record->type))
            return "a record is not of the question's class";
        if (record->type == TYPE_KEY && !walk->asks_tkey)
            return "a KEY record is not of the question's class";
    }
    switch (record->type) {
    case TYPE_TSIG:
        if (record->section != TL_DNS_ADDITIONAL || record->rclass != CLASS_ANY || walk->left)
            return "a TSIG record is not the last one, or not of class ANY";
        break;
    case TYPE_OPT:
        if (record->section != TL_DNS_ADDITIONAL || message->has_edns || !is_root(walk, record))
            return "an OPT record is out of place";
        break;
    case TYPE_TKEY:
        if (record->section != TL_DNS_ANSWER && (is_response || record->section != TL_DNS_ADDITIONAL))
            return "a TKEY record is out of place";
        break;
    default: break;
    }
    return NULL;
}

/* RFC 2136 sections 2.4 and 2.5: the class says what must be, or what is to go, and rdata has no part in it.
 */
static bool is_empty_update(const struct walk *walk, const struct tl_dns_record *record)
{
    if (!walk->is_update)
        return false;
    if (record->section == TL_DNS_ANSWER)
        return record->rclass == CLASS_ANY || record->rclass == CLASS_NONE;
    return record->section == TL_DNS_AUTHORITY && record->rclass == CLASS_ANY;
}

/* What rdata of sound form must be besides. */
static bool is_sound(const struct tl_dns_record *record)
{
    switch (record->type) {
    case TYPE_NSEC3: return bind_is_nsec3(record->rdata);
    case TYPE_SVCB:
    case TYPE_HTTPS: return record->rclass != CLASS_IN || bind_is_svcb(record->rdata);
    default: return true;
    }
}

/* RFC 2136 section 2.5.4: a record to be deleted has the rdata of one of the zone's class. */
static bool is_sound_deletion(const struct walk *walk, const struct tl_dns_record *record)
{
    struct tl_dns_record copy = *record;
    struct tl_builder builder = tl_builder(walk->message->scratch, SCRATCH_SIZE);

    copy.rclass = walk->message->rclass;
    return tl_dns_bind_rdata_print(&walk->message->dns, &copy, walk->message->now, &builder) == TL_OK &&
           is_sound(&copy);
}

/* Whether a type stands only in questions, or for several others. */
static bool is_meta(uint16_t type)
{
    return type == TYPE_OPT || (type >= 128 && type <= TYPE_ANY);
}

/* What is wrong with the record's content, or NULL; `*ret_covers` is set. */
static const char *content_fault(struct walk *walk, struct bind_rr *rr, uint16_t *ret_covers, bool *ret_sig0)
{
    struct bind_message *message = walk->message;
    const struct tl_dns_record *record = &rr->record;

    if (record->type == TYPE_NSEC3 && !bind_is_nsec3_owner(message->dns.wire, record->name))
        return "the owner of an NSEC3 record is no hash";
    if (is_empty_update(walk, record)) {
        rr->text = message->text;
        rr->text_size = 0;
        return record->rdata.size ? "a record of an UPDATE has rdata, but its class allows none" : NULL;
    }
    if (bind_is_deletion(&message->dns, record) && !is_sound_deletion(walk, record))
        return tl_status_text(TL_BAD_RDATA);
    if (!record->type || !keep_text(message, rr) || !is_sound(record))
        return tl_status_text(TL_BAD_RDATA);
    if (record->type == TYPE_RRSIG) {
        *ret_covers = bind_covered(record);
        if (*ret_covers == 0 || (walk->release != PRINT_BIND_9_18 && is_meta(*ret_covers)))
            return "an RRSIG record covers no type";
        if (!bind_is_signer_above(message->dns.wire, record))
            return "an RRSIG record has a signer longer than its labels";
    } else if (record->type == TYPE_SIG) {
        *ret_covers = bind_covered(record);
        *ret_sig0 = *ret_covers == 0;
        if (*ret_sig0 && (record->section != TL_DNS_ADDITIONAL || walk->left || !is_root(walk, record)))
            return "a SIG record that covers no type is not the last one";
        if (!*ret_sig0 && message->rclass != CLASS_ANY && message->rclass != record->rclass)
            return "a SIG record is not of the question's class";
    }
    return NULL;
}

static enum bind_parsed take_edns(struct walk *walk, const struct tl_dns_record *record)
{
    struct bind_message *message = walk->message;
    size_t at;
    const char *fault = bind_options_fault(record->rdata, walk->release, &at);

    if (fault)
        return fail(walk, fault, (size_t)(record->rdata.data - message->dns.wire.data) + at);
    message->has_edns = true;
    message->edns = tl_dns_edns_of(record);
    message->rcode |= (unsigned)message->edns.extended_rcode << 4;
    return BIND_GOOD;
}

static enum bind_parsed enter(struct walk *walk, uint32_t number, uint16_t covers)
{
    struct bind_message *message = walk->message;
    const struct tl_dns_record *record = &message->rrs[number].record;
    uint32_t owner = bind_owner_of(message, record->name, walk->is_update), set;

    if (!walk->is_update && record->type >= TYPE_IXFR && record->type <= TYPE_ANY)
        return fail(walk, "a record is of a type that only questions have", walk->start);
    set = owner == BIND_NONE ? BIND_NONE : bind_set_of(message, owner, record, covers, walk->is_update);
    if (set == BIND_NONE)
        return BIND_NO_MEMORY;
    uint32_t first = message->sets[set].first;
    if (first != BIND_NONE && bind_is_singleton(record->type)) {
        if (!bind_same_rdata(message->dns.wire, record, &message->rrs[first].record))
            return fail(walk, "an owner has two records of a type of which there can be one", walk->start);
        if (walk->release == PRINT_BIND_9_18) {
            bind_set_lower(message, set, record->ttl);
            return BIND_GOOD;
        }
    }
    bind_set_add(message, set, number);
    return BIND_GOOD;
}

static enum bind_parsed take_record(struct walk *walk, const struct tl_dns_record *record)
{
    struct bind_message *message = walk->message;
    uint16_t covers = 0;
    bool is_sig0 = false;
    const char *fault = place_fault(walk, record);

    if (fault)
        return fail(walk, fault, walk->start);
    if (record->type == TYPE_OPT)
        return take_edns(walk, record);

    uint32_t number = bind_new_rr(message);
    if (number == BIND_NONE)
        return BIND_NO_MEMORY;
    struct bind_rr *rr = &message->rrs[number];
    rr->record = *record;
    rr->next = BIND_NONE;
    fault = content_fault(walk, rr, &covers, &is_sig0);
    if (fault)
        return fail(walk, fault, walk->start);
    if (record->type == TYPE_TSIG)
        message->tsig = number;
    else if (is_sig0)
        message->sig0 = number;
    else
        return enter(walk, number, covers);
    return BIND_GOOD;
}

static enum bind_parsed take_section(struct walk *walk, enum tl_dns_section section)
{
    struct bind_message *message = walk->message;
    struct tl_dns_record record;
    enum bind_parsed parsed;

    bind_group_begin(message);
    message->section[section] = message->owner_count;
    for (walk->left = message->dns.count[section]; walk->left > 0;) {
        walk->left--;
        walk->start = walk->at.offset;
        enum tl_status status = tl_dns_next_record(&walk->at, &record);
        if (status != TL_OK)
            return fail(walk, tl_status_text(status), walk->at.offset);
        walk->end = walk->at.offset;
        parsed = section == TL_DNS_QUESTION ? take_question(walk, &record) : take_record(walk, &record);
        if (parsed != BIND_GOOD)
            return parsed;
    }
    return BIND_GOOD;
}

enum bind_parsed bind_message_parse(struct bind_message *message, struct tl_bytes wire,
                                    enum print_bind_release release)
{
    struct walk walk = {.message = message, .release = release};
    enum bind_parsed parsed;

    message->rr_count = message->set_count = message->owner_count = 0;
    message->text_at = message->text;
    message->now = (uint64_t)time(NULL);
    message->tsig = message->sig0 = BIND_NONE;
    message->has_edns = message->has_question = false;
    message->rclass = 0;
    message->fault = NULL;
    memset(message->section, 0, sizeof(message->section));
    if (tl_dns_open(wire, &message->dns) != TL_OK) {
        message->dns = (struct tl_dns){.wire = wire};
        return fail(&walk, "the header is cut off", wire.size);
    }
    message->rcode = tl_dns_rcode(&message->dns);
    walk.is_update = bind_is_update(&message->dns);
    walk.at = tl_dns_records(&message->dns);
    for (enum tl_dns_section section = TL_DNS_QUESTION; section < TL_DNS_SECTIONS; section++) {
        parsed = take_section(&walk, section);
        for (int i = (int)section + 1; i <= TL_DNS_SECTIONS; i++)
            message->section[i] = message->owner_count;
        if (parsed != BIND_GOOD)
            return parsed;
    }
    return BIND_GOOD;
}
