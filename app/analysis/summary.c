/* Everything that is counted of a record, in one walk over it. Invariant: each message is in the count of its
 * type and of one side, and what of it could not be counted is in a count that says so. */
#include "analysis/summary.h"

#include "record/field.h"

#include <stdlib.h>

/* Making ----------------------------------------------------------------------------------------------- */

static void free_side(struct summary_numbers *side)
{
    for (int role = 0; side && role < SUMMARY_ROLES; role++) {
        for (int thing = 0; thing < SUMMARY_THINGS; thing++)
            heavy_free(side->top[role][thing]);
    }
    free(side);
}

static bool make_top(struct summary_numbers *side)
{
    for (int role = 0; role < SUMMARY_ROLES; role++) {
        for (int thing = 0; thing < SUMMARY_THINGS; thing++) {
            side->top[role][thing] =
                heavy_new(SUMMARY_ROOM, thing == SUMMARY_ADDRESSES ? 16 : TL_DNS_NAME_SIZE_MAX);
            if (!side->top[role][thing])
                return false;
        }
    }
    return true;
}

static struct summary_numbers *new_side(void)
{
    struct summary_numbers *side = calloc(1, sizeof(*side));

    if (side && make_top(side))
        return side;
    free_side(side);
    return NULL;
}

struct summary *summary_new(struct siphash_key key)
{
    struct summary *summary = calloc(1, sizeof(*summary));

    if (!summary)
        return NULL;
    summary->key = key;
    series_init(&summary->series);
    summary->domains = domains_new(key);
    summary->identities = heavy_new(SUMMARY_IDENTITIES, HEAVY_KEY_MAX);
    if (summary->domains && summary->identities)
        return summary;
    summary_free(summary);
    return NULL;
}

void summary_free(struct summary *summary)
{
    if (!summary)
        return;
    for (int i = 0; i < SUMMARY_SIDES; i++)
        free_side(summary->sides[i]);
    heavy_free(summary->identities);
    domains_free(summary->domains);
    free(summary);
}

static struct summary_numbers *side_of(struct summary *summary, enum summary_side side)
{
    if (!summary->sides[side])
        summary->sides[side] = new_side();
    return summary->sides[side];
}

/* A record --------------------------------------------------------------------------------------------- */

bool summary_is_query(const struct record *record)
{
    return record->pair == RECORD_NOT_PAIRED ? record_is_query(record) : record->pair != RECORD_UNASKED;
}

bool summary_is_response(const struct record *record)
{
    return record->pair == RECORD_NOT_PAIRED ? !record_is_query(record) : record->pair != RECORD_UNANSWERED;
}

static enum summary_side side_of_type(int32_t type)
{
    switch (type) {
    case TL_DNSTAP_RESOLVER_QUERY:
    case TL_DNSTAP_RESOLVER_RESPONSE:
    case TL_DNSTAP_FORWARDER_QUERY:
    case TL_DNSTAP_FORWARDER_RESPONSE: return SUMMARY_UPSTREAM;
    default:
        return type >= TL_DNSTAP_AUTH_QUERY && type <= TL_DNSTAP_UPDATE_RESPONSE ? SUMMARY_CLIENTS
                                                                                 : SUMMARY_OTHERS;
    }
}

/* A name, a domain or an address of the record, and its hash. `has` false: there is none. */
struct thing {
    bool has;
    uint64_t hash;
    struct tl_bytes bytes;
};

/* What is known of the record that is being added. */
struct facts {
    const struct record *record;
    bool is_query, is_response;
    const struct tl_dns *message;
    const struct tl_dns_record *question;
    unsigned rcode;
    struct thing things[SUMMARY_THINGS];
    uint8_t qname[TL_DNS_NAME_SIZE_MAX]; /* lower case */
};

static struct thing thing_of(const struct summary *summary, struct tl_bytes bytes)
{
    return (struct thing){true, siphash(&summary->key, bytes), bytes};
}

struct tl_bytes summary_lower(struct tl_bytes name, uint8_t to[TL_DNS_NAME_SIZE_MAX])
{
    for (size_t i = 0; i < name.size; i++)
        to[i] = name.data[i] >= 'A' && name.data[i] <= 'Z' ? name.data[i] | 0x20 : name.data[i];
    return tl_bytes(to, name.size);
}

static void find_names(struct summary *summary, const struct look *look, struct facts *facts)
{
    struct thing *name = &facts->things[SUMMARY_NAMES], *domain = &facts->things[SUMMARY_DOMAINS];

    *name = thing_of(summary, summary_lower(tl_bytes(look->qname, look->qname_size), facts->qname));
    size_t size = domains_find(summary->domains, name->hash, name->bytes);
    if (size)
        *domain = thing_of(summary, tl_bytes(facts->qname + look->qname_size - size, size));
}

static void find_address(const struct summary *summary, enum summary_side side, struct facts *facts)
{
    const struct tl_dnstap *dnstap = &facts->record->dnstap;
    struct tl_bytes address = side == SUMMARY_UPSTREAM ? dnstap->response_address : dnstap->query_address;

    if (address.size == 4 || address.size == 16)
        facts->things[SUMMARY_ADDRESSES] = thing_of(summary, address);
}

static void find_facts(struct summary *summary, struct look *look, enum summary_side side,
                       struct facts *facts)
{
    struct field_value value = {.number = 0};
    struct field_at at;

    facts->record = look->record;
    facts->rcode = 0;
    facts->is_query = summary_is_query(look->record);
    facts->is_response = summary_is_response(look->record);
    facts->message = look_message(look);
    facts->question = look_question(look);
    for (int thing = 0; thing < SUMMARY_THINGS; thing++)
        facts->things[thing].has = false;
    if (facts->question)
        find_names(summary, look, facts);
    find_address(summary, side, facts);
    field_begin(&at);
    if (facts->is_response && field_next(look, FIELD_RCODE, &at, &value))
        facts->rcode = (unsigned)value.number;
}

/* Counting --------------------------------------------------------------------------------------------- */

static void add_top(struct summary_numbers *side, enum summary_role role, const struct facts *facts)
{
    for (int thing = 0; thing < SUMMARY_THINGS; thing++) {
        const struct thing *of = &facts->things[thing];
        if (of->has)
            heavy_add(side->top[role][thing], of->hash, of->bytes);
    }
}

static void add_half(struct summary_numbers *side, enum summary_half half, const struct facts *facts)
{
    struct summary_messages *to = &side->halves[half];
    const struct tl_dnstap *dnstap = &facts->record->dnstap;
    enum tl_dnstap_field wire =
        half == SUMMARY_QUERIES ? TL_DNSTAP_F_QUERY_MESSAGE : TL_DNSTAP_F_RESPONSE_MESSAGE;

    to->count++;
    to->headless += !facts->message;
    if (facts->question)
        counts_add(&to->qtypes, facts->question->type);
    if (tl_dnstap_has(dnstap, wire))
        histogram_add(&to->sizes,
                      half == SUMMARY_QUERIES ? dnstap->query_message.size : dnstap->response_message.size);
    for (int thing = 0; thing < SUMMARY_THINGS; thing++) {
        if (facts->things[thing].has)
            hll_add(&to->different[thing], facts->things[thing].hash);
        else
            to->without[thing]++;
    }
    add_top(side, half == SUMMARY_QUERIES ? SUMMARY_OF_QUERIES : SUMMARY_OF_RESPONSES, facts);
}

#define NOERROR  0
#define SERVFAIL 2
#define NXDOMAIN 3

static void add_outcome(struct summary_numbers *side, const struct facts *facts)
{
    uint64_t latency;

    if (record_latency(facts->record, &latency))
        histogram_add(&side->latency, latency);
    if (!facts->message)
        return;
    counts_add(&side->rcodes, facts->rcode);
    side->truncated += (facts->message->flags & TL_DNS_TC) != 0;
    side->empty += facts->rcode == NOERROR && !facts->message->count[TL_DNS_ANSWER];
    if (facts->rcode == NXDOMAIN)
        add_top(side, SUMMARY_OF_NXDOMAIN, facts);
    if (facts->rcode == SERVFAIL)
        add_top(side, SUMMARY_OF_SERVFAIL, facts);
}

static bool is_before(struct tl_time a, struct tl_time b)
{
    return a.seconds < b.seconds || (a.seconds == b.seconds && a.nanoseconds < b.nanoseconds);
}

static void add_span(struct summary *summary, struct tl_time first, struct tl_time last)
{
    if (!summary->has_time || is_before(first, summary->first))
        summary->first = first;
    if (!summary->has_time || is_before(summary->last, last))
        summary->last = last;
    summary->has_time = true;
}

static void add_step(struct summary *summary, uint64_t second, const struct facts *facts)
{
    struct series_step *step = series_add(&summary->series, second);
    bool has_rcode = facts->is_response && facts->message;

    step->values[SERIES_QUERIES] += facts->is_query;
    step->values[SERIES_RESPONSES] += facts->is_response;
    step->values[SERIES_NXDOMAIN] += has_rcode && facts->rcode == NXDOMAIN;
    step->values[SERIES_SERVFAIL] += has_rcode && facts->rcode == SERVFAIL;
    step->values[SERIES_BYTES] += facts->record->frame.size;
    rush_add(&summary->rush, second, 1);
}

static void add_time(struct summary *summary, const struct facts *facts)
{
    const struct record_origin *origin = facts->record->origin;
    struct tl_time time;

    if (!record_any_time(facts->record, &time)) {
        uint64_t ms = origin ? origin->arrived_ms : 0;
        if (!ms || ms / 1000 > TL_TIME_SECONDS_MAX) {
            summary->timeless++;
            return;
        }
        time = (struct tl_time){ms / 1000, (uint32_t)(ms % 1000 * 1000000)};
        summary->by_arrival++;
    }
    add_span(summary, time, time);
    add_step(summary, time.seconds, facts);
}

/* What stands in the dnstap itself. */
static void add_dnstap(struct summary *summary, const struct record *record)
{
    const struct tl_dnstap *dnstap = &record->dnstap;

    summary->messages++;
    summary->pairs[record->pair]++;
    counts_add(&summary->types, (uint32_t)dnstap->message_type);
    if (tl_dnstap_has(dnstap, TL_DNSTAP_F_SOCKET_FAMILY))
        counts_add(&summary->families, (uint32_t)dnstap->socket_family);
    if (tl_dnstap_has(dnstap, TL_DNSTAP_F_SOCKET_PROTOCOL))
        counts_add(&summary->protocols, (uint32_t)dnstap->socket_protocol);
    if (tl_dnstap_has(dnstap, TL_DNSTAP_F_IDENTITY))
        heavy_add(summary->identities, siphash(&summary->key, dnstap->identity), dnstap->identity);
    else
        summary->nameless++;
}

bool summary_add(struct summary *summary, struct look *look)
{
    const struct record *record = look->record;
    enum summary_side which = side_of_type(record->dnstap.message_type);
    struct facts facts; /* filled below; it is too large to be cleared each time */

    summary->records++;
    summary->bytes += record->frame.size;
    summary->undecodable += record->status != TL_OK;
    if (!record_is_message(record)) {
        summary->foreign += record->status == TL_OK;
        return true;
    }
    add_dnstap(summary, record);
    struct summary_numbers *side = side_of(summary, which);
    if (!side)
        return false;
    find_facts(summary, look, which, &facts);
    add_time(summary, &facts);
    if (facts.is_query)
        add_half(side, SUMMARY_QUERIES, &facts);
    if (facts.is_response) {
        add_half(side, SUMMARY_RESPONSES, &facts);
        add_outcome(side, &facts);
    }
    return true;
}

/* Merging ---------------------------------------------------------------------------------------------- */

static void merge_half(struct summary_messages *to, const struct summary_messages *from)
{
    to->count += from->count;
    to->headless += from->headless;
    counts_merge(&to->qtypes, &from->qtypes);
    histogram_merge(&to->sizes, &from->sizes);
    for (int thing = 0; thing < SUMMARY_THINGS; thing++) {
        to->without[thing] += from->without[thing];
        hll_merge(&to->different[thing], &from->different[thing]);
    }
}

static bool merge_side(struct summary_numbers *to, const struct summary_numbers *from)
{
    for (int half = 0; half < SUMMARY_HALVES; half++)
        merge_half(&to->halves[half], &from->halves[half]);
    counts_merge(&to->rcodes, &from->rcodes);
    to->truncated += from->truncated;
    to->empty += from->empty;
    histogram_merge(&to->latency, &from->latency);
    for (int role = 0; role < SUMMARY_ROLES; role++) {
        for (int thing = 0; thing < SUMMARY_THINGS; thing++) {
            if (!heavy_merge(to->top[role][thing], from->top[role][thing]))
                return false;
        }
    }
    return true;
}

static void merge_counts(struct summary *summary, const struct summary *from)
{
    summary->records += from->records;
    summary->bytes += from->bytes;
    summary->undecodable += from->undecodable;
    summary->foreign += from->foreign;
    summary->messages += from->messages;
    summary->timeless += from->timeless;
    summary->by_arrival += from->by_arrival;
    summary->nameless += from->nameless;
    for (int i = 0; i <= RECORD_UNASKED; i++)
        summary->pairs[i] += from->pairs[i];
    counts_merge(&summary->types, &from->types);
    counts_merge(&summary->families, &from->families);
    counts_merge(&summary->protocols, &from->protocols);
}

bool summary_merge(struct summary *summary, const struct summary *from)
{
    merge_counts(summary, from);
    if (from->has_time)
        add_span(summary, from->first, from->last);
    series_merge(&summary->series, &from->series);
    rush_merge(&summary->rush, &from->rush);
    for (int i = 0; i < SUMMARY_SIDES; i++) {
        if (!from->sides[i])
            continue;
        struct summary_numbers *side = side_of(summary, i);
        if (!side || !merge_side(side, from->sides[i]))
            return false;
    }
    return heavy_merge(summary->identities, from->identities);
}

/* Asking ----------------------------------------------------------------------------------------------- */

double summary_seconds(const struct summary *summary)
{
    return (double)(summary->last.seconds - summary->first.seconds) +
           ((double)summary->last.nanoseconds - (double)summary->first.nanoseconds) / 1e9;
}
