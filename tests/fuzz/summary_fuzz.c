/* Property: whatever frames are counted, each is in exactly one count of what it is, and each message on one
 * side; what is told of a summary adds up; and two summaries that share the frames merge into what one that
 * had all of them is. The input is frames, each behind two bytes of length, whose upper bits say who gets it
 * and what it is of an exchange. The same frames go into a table by each field in turn. */
#include "analysis/breakdown.h"
#include "analysis/summary.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct siphash_key key = {{1, 2}};

static void demand(bool condition)
{
    if (!condition)
        abort();
}

static uint64_t sum_of(const struct counts *counts)
{
    uint64_t sum = counts->rest;

    for (uint32_t i = 0; i < counts->used; i++)
        sum += counts->entries[i].count;
    return sum;
}

static void check_half(const struct summary_messages *half)
{
    demand(sum_of(&half->qtypes) == half->qtypes.total);
    demand(half->qtypes.total == half->count - half->without[SUMMARY_NAMES]);
    demand(half->headless <= half->without[SUMMARY_NAMES]);
    for (int thing = 0; thing < SUMMARY_THINGS; thing++) {
        uint64_t with = half->count - half->without[thing];
        demand(hll_count(&half->different[thing]) <= with &&
               (with == 0) == (hll_count(&half->different[thing]) == 0));
    }
}

static void check_side(const struct summary_numbers *side)
{
    const struct summary_messages *responses = &side->halves[SUMMARY_RESPONSES];

    for (int half = 0; half < SUMMARY_HALVES; half++) {
        check_half(&side->halves[half]);
        for (int thing = 0; thing < SUMMARY_THINGS; thing++)
            demand(heavy_total(side->top[half][thing]) ==
                   side->halves[half].count - side->halves[half].without[thing]);
    }
    demand(side->rcodes.total == responses->count - responses->headless);
    demand(side->empty <= counts_of(&side->rcodes, 0) && side->truncated <= side->rcodes.total);
    demand(side->latency.count <= responses->count);
    demand(heavy_total(side->top[SUMMARY_OF_NXDOMAIN][SUMMARY_NAMES]) <= counts_of(&side->rcodes, 3));
}

static void check(const struct summary *summary)
{
    uint64_t queries = 0, responses = 0, steps = 0;

    demand(summary->records == summary->undecodable + summary->foreign + summary->messages);
    demand(sum_of(&summary->types) == summary->messages);
    demand(heavy_total(summary->identities) + summary->nameless == summary->messages);
    for (int i = 0; i < SUMMARY_SIDES; i++) {
        if (!summary->sides[i])
            continue;
        check_side(summary->sides[i]);
        queries += summary->sides[i]->halves[SUMMARY_QUERIES].count;
        responses += summary->sides[i]->halves[SUMMARY_RESPONSES].count;
    }
    demand(queries + responses == summary->messages + summary->pairs[RECORD_ANSWERED]);
    for (uint32_t i = 0; i < summary->series.used; i++)
        steps += summary->series.steps[i].messages;
    demand(steps == summary->messages - summary->timeless);
    demand(rush_peak(&summary->rush).count <= steps);
}

static void check_same(const struct summary *a, const struct summary *b)
{
    demand(a->records == b->records && a->bytes == b->bytes && a->timeless == b->timeless);
    demand(a->first.seconds == b->first.seconds && a->last.nanoseconds == b->last.nanoseconds);
    demand(a->series.width == b->series.width && a->series.used == b->series.used);
    demand(rush_peak(&a->rush).count == rush_peak(&b->rush).count);
    for (int i = 0; i < SUMMARY_SIDES; i++) {
        demand((a->sides[i] != NULL) == (b->sides[i] != NULL));
        if (!a->sides[i])
            continue;
        for (int half = 0; half < SUMMARY_HALVES; half++) {
            const struct summary_messages *left = &a->sides[i]->halves[half],
                                          *right = &b->sides[i]->halves[half];
            demand(left->count == right->count && left->sizes.sum == right->sizes.sum);
            for (int thing = 0; thing < SUMMARY_THINGS; thing++)
                demand(hll_count(&left->different[thing]) == hll_count(&right->different[thing]));
        }
        demand(a->sides[i]->rcodes.total == b->sides[i]->rcodes.total);
        demand(a->sides[i]->latency.sum == b->sides[i]->latency.sum);
    }
}

static void add(struct summary *to, struct breakdown *table, const struct record *record)
{
    struct look look;

    look_at(&look, record);
    demand(summary_add(to, &look));
    breakdown_add(table, &look);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct summary *whole = summary_new(key), *parts[2] = {summary_new(key), summary_new(key)};
    struct breakdown table;
    enum field field = (enum field)(size % FIELDS);
    struct record record;

    demand(whole && parts[0] && parts[1] && breakdown_init(&table, field, key));
    while (size >= 2) {
        size_t length = (size_t)(data[0] & 0x0f) << 8 | data[1];
        unsigned part = data[0] >> 7;
        enum record_pair pair = (enum record_pair)(data[0] >> 5 & 3);
        data += 2;
        size -= 2;
        length = length < size ? length : size;
        record_open(&record, tl_bytes(data, length), 0);
        record.pair = record_is_message(&record) ? pair : RECORD_NOT_PAIRED;
        add(whole, &table, &record);
        struct look look;
        look_at(&look, &record);
        demand(summary_add(parts[part], &look));
        data += length;
        size -= length;
    }
    check(whole);
    demand(table.records == whole->records && table.without <= table.records);
    demand(heavy_total(table.rows) >= table.records - table.without);
    demand(field_describe(field)->is_many || heavy_total(table.rows) == table.records - table.without);
    demand(summary_merge(parts[0], parts[1]));
    check(parts[0]);
    check_same(parts[0], whole);
    breakdown_done(&table);
    summary_free(whole);
    summary_free(parts[0]);
    summary_free(parts[1]);
    return 0;
}
