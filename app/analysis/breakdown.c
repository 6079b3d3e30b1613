/* Rows of values. A value's key in the table is its bytes, or its number in eight of them. Invariant: a
 * record is in one row for each different value that it has, or in `without`. */
#include "analysis/breakdown.h"

#include "analysis/summary.h"

#include <stdlib.h>

#define RDATA_SIZE ((size_t)256 << 10) /* of any text of 65535 bytes, in hexadecimal if need be */

/* Of one record; more different ones are not told apart from repeated ones. */
#define VALUES_TOLD 64

bool breakdown_is_possible(enum field field)
{
    enum field_kind kind = field_describe(field)->kind;
    return kind != FIELD_KIND_TIME && kind != FIELD_KIND_DURATION;
}

bool breakdown_init(struct breakdown *breakdown, enum field field, struct siphash_key key)
{
    *breakdown = (struct breakdown){.field = field, .key = key};
    breakdown->rows = heavy_new(BREAKDOWN_ROOM, HEAVY_KEY_MAX);
    if (field_describe(field)->kind == FIELD_KIND_RDATA)
        breakdown->scratch = malloc(RDATA_SIZE);
    return breakdown->rows && (breakdown->scratch || field_describe(field)->kind != FIELD_KIND_RDATA);
}

void breakdown_done(struct breakdown *breakdown)
{
    heavy_free(breakdown->rows);
    free(breakdown->scratch);
}

/* A record --------------------------------------------------------------------------------------------- */

static struct tl_bytes text_of(struct breakdown *breakdown, struct look *look,
                               const struct tl_dns_record *rdata)
{
    struct tl_builder builder = tl_builder(breakdown->scratch, RDATA_SIZE);

    field_rdata_print(look_message(look), rdata, &builder);
    return tl_builder_bytes(&builder);
}

/* The bytes that stand for a value, in `memory` or where they are. */
static struct tl_bytes bytes_of(struct breakdown *breakdown, struct look *look,
                                const struct field_value *value, uint8_t memory[TL_DNS_NAME_SIZE_MAX])
{
    switch (field_describe(breakdown->field)->kind) {
    case FIELD_KIND_NAME: return summary_lower(value->bytes, memory);
    case FIELD_KIND_ADDRESS:
    case FIELD_KIND_TEXT: return value->bytes;
    case FIELD_KIND_RDATA: return text_of(breakdown, look, value->rdata);
    default:
        memcpy(memory, &value->number, sizeof(value->number));
        return tl_bytes(memory, sizeof(value->number));
    }
}

/* What a record adds to the columns of its rows. */
static void find_columns(struct look *look, uint64_t ret_columns[BREAKDOWN_COLUMNS])
{
    struct field_value value;
    struct field_at at;

    memset(ret_columns, 0, BREAKDOWN_COLUMNS * sizeof(ret_columns[0]));
    if (!record_is_message(look->record))
        return;
    ret_columns[BREAKDOWN_QUERIES] = summary_is_query(look->record);
    ret_columns[BREAKDOWN_RESPONSES] = summary_is_response(look->record);
    field_begin(&at);
    if (!ret_columns[BREAKDOWN_RESPONSES] || !field_next(look, FIELD_RCODE, &at, &value))
        return;
    ret_columns[value.number == 0   ? BREAKDOWN_NOERROR
                : value.number == 3 ? BREAKDOWN_NXDOMAIN
                : value.number == 2 ? BREAKDOWN_SERVFAIL
                                    : BREAKDOWN_OTHER]++;
}

/* Was it there before? */
static bool is_repeated(uint64_t hash, uint64_t hashes[VALUES_TOLD], unsigned *count)
{
    for (unsigned i = 0; i < *count; i++) {
        if (hashes[i] == hash)
            return true;
    }
    if (*count < VALUES_TOLD)
        hashes[(*count)++] = hash;
    return false;
}

void breakdown_add(struct breakdown *breakdown, struct look *look)
{
    uint64_t columns[BREAKDOWN_COLUMNS], hashes[VALUES_TOLD];
    uint8_t memory[TL_DNS_NAME_SIZE_MAX];
    struct field_value value;
    struct field_at at;
    unsigned count = 0;

    find_columns(look, columns);
    breakdown->records++;
    field_begin(&at);
    while (field_next(look, breakdown->field, &at, &value)) {
        struct tl_bytes bytes = bytes_of(breakdown, look, &value, memory);
        uint64_t hash = siphash(&breakdown->key, bytes);
        if (is_repeated(hash, hashes, &count))
            continue;
        struct heavy_entry *row = heavy_add(breakdown->rows, hash, bytes);
        for (int i = 0; i < BREAKDOWN_COLUMNS; i++)
            row->tallies[i] += columns[i];
    }
    breakdown->without += !count;
}

bool breakdown_merge(struct breakdown *breakdown, const struct breakdown *from)
{
    breakdown->records += from->records;
    breakdown->without += from->without;
    return heavy_merge(breakdown->rows, from->rows);
}

struct field_value breakdown_value(const struct breakdown *breakdown, const struct heavy_entry *row)
{
    struct tl_bytes key = heavy_key(breakdown->rows, row);
    struct field_value value = {.bytes = key};

    switch (field_describe(breakdown->field)->kind) {
    case FIELD_KIND_NAME:
    case FIELD_KIND_ADDRESS:
    case FIELD_KIND_TEXT:
    case FIELD_KIND_RDATA: return value;
    default: memcpy(&value.number, key.data, sizeof(value.number)); return value;
    }
}
