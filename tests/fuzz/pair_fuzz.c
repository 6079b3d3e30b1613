/* Property: whatever records are put, in whatever order and at whatever times, each comes out exactly once,
 * alone or as one half of an exchange, and the counts are those of what came out. The input makes the records
 * up: eight bytes each say which of a few kinds, askers, IDs, questions and times; queries carry their number
 * as their version, responses as their extra. A byte before them says how much memory there is. */
#include "pair/pair.h"

#include "record/halves.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RECORDS_MAX 512

static void demand(bool condition)
{
    if (!condition)
        abort();
}

/* What was put, and how often each has come out. */
struct book {
    unsigned put;
    uint8_t out[RECORDS_MAX];
    struct pairs_counts counts;
};

static void tick(struct book *book, struct tl_bytes number)
{
    unsigned at;

    demand(number.size == sizeof(at));
    memcpy(&at, number.data, sizeof(at));
    demand(at < book->put && book->out[at] == 0);
    book->out[at] = 1;
}

static void take(struct book *book, const struct record *record)
{
    bool has_query = tl_dnstap_has(&record->dnstap, TL_DNSTAP_F_VERSION);
    bool has_response = tl_dnstap_has(&record->dnstap, TL_DNSTAP_F_EXTRA);

    if (has_query)
        tick(book, record->dnstap.version);
    if (has_response)
        tick(book, record->dnstap.extra);
    switch (record->pair) {
    case RECORD_ANSWERED:
        demand(has_response && !record_is_query(record));
        book->counts.answered++;
        book->counts.whole += !has_query;
        break;
    case RECORD_UNANSWERED:
        demand(has_query && !has_response);
        book->counts.unanswered++;
        break;
    case RECORD_UNASKED:
        demand(!has_query && has_response);
        book->counts.unasked++;
        break;
    case RECORD_NOT_PAIRED:
        demand(has_query != has_response);
        book->counts.alone++;
        break;
    }
}

/* The record that eight bytes stand for. */
static void make_up(struct half *half, const uint8_t what[8], unsigned number)
{
    static const char *const names[] = {NULL, "www", "wWw", "mail"};
    static uint8_t padding[HALF_FRAME_MAX / 2];
    uint8_t wire[300];
    int32_t type = what[0] % 14 + 1;
    uint64_t ms = (what[0] & 0x80 ? (uint64_t)what[4] << (what[5] & 63) : 1000000) + what[6] * 16u;
    struct tl_dnstap dnstap =
        half_dnstap(type, half_wire(wire, what[1] % 4, type % 2 == 0, names[what[2] % 4]), ms);
    struct tl_bytes text = tl_bytes(&number, sizeof(number));

    dnstap.query_port += what[1] >> 6;
    if (what[2] & 0x80)
        dnstap.present &= ~(HAS(RESPONSE_ADDRESS) | HAS(RESPONSE_PORT));
    if (what[2] & 0x40)
        dnstap.socket_protocol = TL_DNSTAP_TCP;
    if (what[3] & 1)
        dnstap.query_message.size = dnstap.response_message.size = what[3] % 32;
    if (type % 2 == 0 && what[3] & 2) {
        dnstap.present |= HAS(QUERY_TIME_SEC) | HAS(QUERY_TIME_NSEC);
        dnstap.query_time_sec = what[6];
    }
    dnstap.present |= type % 2 ? HAS(VERSION) : HAS(EXTRA);
    *(type % 2 ? &dnstap.version : &dnstap.extra) = text;
    dnstap.present |= HAS(QUERY_ZONE);
    dnstap.query_zone = tl_bytes(padding, what[7] * (size_t)4);
    half_of(half, &dnstap, number);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct book book = {.put = 0};
    struct record record;
    struct half half;

    if (!size)
        return 0;
    struct pairs *pairs = pairs_new((size_t)(data[0] + 1) << 7, 1000);
    demand(pairs != NULL);
    for (data++, size--; size >= 8 && book.put < RECORDS_MAX; data += 8, size -= 8) {
        make_up(&half, data, book.put++);
        pairs_put(pairs, &half.record);
        while (pairs_next(pairs, &record))
            take(&book, &record);
        memset(half.frame, 0xa5, sizeof(half.frame));
    }
    pairs_finish(pairs);
    while (pairs_next(pairs, &record))
        take(&book, &record);
    for (unsigned i = 0; i < book.put; i++)
        demand(book.out[i]);
    struct pairs_counts counts = pairs_counts(pairs);
    demand(counts.evicted <= counts.unanswered + counts.unasked + counts.whole);
    book.counts.evicted = counts.evicted;
    demand(memcmp(&book.counts, &counts, sizeof(counts)) == 0);
    demand(2 * (counts.answered - counts.whole) + counts.whole + counts.unanswered + counts.unasked +
               counts.alone ==
           book.put);
    pairs_free(pairs);
    return 0;
}
