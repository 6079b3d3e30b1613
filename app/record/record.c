/* One observation: a frame decoded, and which half of it - query or response - it is about. Invariant: a
 * frame that is no dnstap leaves a record without any field, so that nobody has to look at the status first.
 */
#include "record/record.h"

#include "record/times.h"

#define PRESENT(field) (1u << TL_DNSTAP_F_##field)
#define OF_A_RESPONSE  (PRESENT(RESPONSE_MESSAGE) | PRESENT(RESPONSE_TIME_SEC) | PRESENT(RESPONSE_TIME_NSEC))

static const struct tl_dnstap nothing;

void record_open(struct record *ret_record, struct tl_bytes frame, uint64_t offset)
{
    ret_record->frame = frame;
    ret_record->offset = offset;
    ret_record->origin = NULL;
    ret_record->pair = RECORD_NOT_PAIRED;
    ret_record->status = tl_dnstap_decode(frame, &ret_record->dnstap, &ret_record->error);
    if (ret_record->status != TL_OK)
        ret_record->dnstap = nothing;
}

bool record_is_message(const struct record *record)
{
    return record->dnstap.type == TL_DNSTAP_TYPE_MESSAGE &&
           tl_dnstap_has(&record->dnstap, TL_DNSTAP_F_MESSAGE);
}

bool record_is_query(const struct record *record)
{
    int32_t type = record->dnstap.message_type;

    if (type >= TL_DNSTAP_AUTH_QUERY && type <= TL_DNSTAP_UPDATE_RESPONSE)
        return tl_dnstap_is_query(type);
    return !(record->dnstap.present & OF_A_RESPONSE);
}

struct tl_bytes record_wire(const struct record *record)
{
    return record_is_query(record) ? record->dnstap.query_message : record->dnstap.response_message;
}

bool record_half_time(const struct record *record, bool is_query, struct tl_time *ret_time)
{
    const struct tl_dnstap *dnstap = &record->dnstap;
    uint32_t both = is_query ? PRESENT(QUERY_TIME_SEC) | PRESENT(QUERY_TIME_NSEC)
                             : PRESENT(RESPONSE_TIME_SEC) | PRESENT(RESPONSE_TIME_NSEC);
    struct tl_time time = is_query ? (struct tl_time){dnstap->query_time_sec, dnstap->query_time_nsec}
                                   : (struct tl_time){dnstap->response_time_sec, dnstap->response_time_nsec};

    if ((dnstap->present & both) != both || time.nanoseconds > 999999999 ||
        time.seconds > TL_TIME_SECONDS_MAX)
        return false;
    *ret_time = time;
    return true;
}

bool record_any_time(const struct record *record, struct tl_time *ret_time)
{
    bool is_query = record_is_query(record);

    return record_half_time(record, is_query, ret_time) || record_half_time(record, !is_query, ret_time);
}

uint64_t record_stored_ms(const struct record *record, uint64_t arrival_ms)
{
    struct tl_time time;

    return record_any_time(record, &time) ? time.seconds * 1000 + time.nanoseconds / 1000000 : arrival_ms;
}

const char *record_pair_name(int32_t pair)
{
    static const char *const names[] = {
        [RECORD_ANSWERED] = "answered", [RECORD_UNANSWERED] = "unanswered", [RECORD_UNASKED] = "unasked"};

    return pair >= RECORD_ANSWERED && pair <= RECORD_UNASKED ? names[pair] : NULL;
}

bool record_latency(const struct record *record, uint64_t *ret_nanoseconds)
{
    const uint64_t second = 1000000000;
    struct tl_time query, response;

    if (!record_half_time(record, true, &query) || !record_half_time(record, false, &response) ||
        record_time_is_before(response, query) || response.seconds - query.seconds >= UINT64_MAX / second)
        return false;
    *ret_nanoseconds = (response.seconds - query.seconds) * second + response.nanoseconds - query.nanoseconds;
    return true;
}
