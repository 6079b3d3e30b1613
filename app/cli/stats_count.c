/* Counting records. Invariant: each record that was put is counted, or did not pass the filter. */
#include "cli/stats_count.h"

bool stats_count_init(struct stats_count *count, const struct stats_request *request, struct siphash_key key,
                      bool takes)
{
    bool has_memory = true;

    *count = (struct stats_count){.request = request};
    if (takes && request->pair)
        has_memory = (count->pairs = pairs_new(0, 0)) != NULL;
    if (takes && request->filter)
        has_memory = has_memory && (count->asking = filter_thread_new(request->filter)) != NULL;
    for (unsigned i = 0; i < request->by_count; i++)
        has_memory = has_memory && breakdown_init(&count->by[i], request->by[i], key);
    return has_memory && (count->summary = summary_new(key)) != NULL;
}

void stats_count_done(struct stats_count *count)
{
    pairs_free(count->pairs);
    filter_thread_free(count->asking);
    for (unsigned i = 0; count->request && i < count->request->by_count; i++)
        breakdown_done(&count->by[i]);
    summary_free(count->summary);
}

/* A record, or an exchange. */
static bool put_one(struct stats_count *count, const struct record *record)
{
    look_at(&count->look, record);
    if (count->asking && !filter_passes(count->request->filter, count->asking, &count->look))
        return true;
    for (unsigned i = 0; i < count->request->by_count; i++)
        breakdown_add(&count->by[i], &count->look);
    return summary_add(count->summary, &count->look);
}

static bool put_pairs(struct stats_count *count)
{
    struct record exchange;

    while (pairs_next(count->pairs, &exchange)) {
        if (!put_one(count, &exchange))
            return false;
    }
    return true;
}

bool stats_count_put(struct stats_count *count, struct record *record)
{
    count->bytes += record->frame.size;
    if (!count->pairs)
        return put_one(count, record);
    pairs_put(count->pairs, record);
    return put_pairs(count);
}

bool stats_count_finish(struct stats_count *count)
{
    if (!count->pairs)
        return true;
    pairs_finish(count->pairs);
    return put_pairs(count);
}

void stats_count_settle(struct stats_count *count, struct stats_count *part)
{
    rush_merge(&count->summary->rush, &part->summary->rush);
    rush_clear(&part->summary->rush);
}

bool stats_count_add(struct stats_count *count, const struct stats_count *part)
{
    count->bytes += part->bytes;
    count->given_up += part->asking ? filter_given_up(part->asking) : 0;
    count->evicted += part->pairs ? pairs_counts(part->pairs).evicted : 0;
    for (unsigned i = 0; i < count->request->by_count; i++) {
        if (!breakdown_merge(&count->by[i], &part->by[i]))
            return false;
    }
    return summary_merge(count->summary, part->summary);
}
