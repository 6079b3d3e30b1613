/* Names and sets of names. Invariant: a name's hash is made from its labels, the last one first, so that on
 * the way to the whole name's every suffix has had its own. */
#include "filter/names.h"

#define LABELS_MAX 128

static uint8_t lower_of(uint8_t byte)
{
    return (uint8_t)(byte + ((uint8_t)(byte - 'A') < 26) * ('a' - 'A'));
}

void filter_name_lower(struct tl_bytes name, uint8_t ret_lower[TL_DNS_NAME_SIZE_MAX])
{
    for (size_t i = 0; i < name.size; i++)
        ret_lower[i] = lower_of(name.data[i]);
}

static bool equal(const uint8_t *data, struct tl_bytes lower)
{
    for (size_t i = 0; i < lower.size; i++) {
        if (lower_of(data[i]) != lower.data[i])
            return false;
    }
    return true;
}

bool filter_name_equal(struct tl_bytes name, struct tl_bytes lower)
{
    return name.size == lower.size && equal(name.data, lower);
}

/* Does a label begin so many bytes before the end? */
static bool is_border(struct tl_bytes name, size_t from_end)
{
    size_t at = 0, border = name.size - from_end;

    while (at < border)
        at += name.data[at] + 1u;
    return at == border;
}

bool filter_name_under(struct tl_bytes name, struct tl_bytes lower)
{
    return name.size >= lower.size && equal(name.data + name.size - lower.size, lower) &&
           is_border(name, lower.size);
}

/* A name taken apart. */
struct parts {
    uint8_t lower[TL_DNS_NAME_SIZE_MAX];
    uint8_t labels[LABELS_MAX]; /* where each begins, the root's not among them */
    unsigned count;
    size_t size;
};

/* False if it is no name. */
static bool take_apart(struct tl_bytes name, struct parts *ret_parts)
{
    size_t at = 0;

    if (name.size > TL_DNS_NAME_SIZE_MAX)
        return false;
    ret_parts->count = 0;
    for (; at < name.size && name.data[at] && ret_parts->count < LABELS_MAX; at += name.data[at] + 1u)
        ret_parts->labels[ret_parts->count++] = (uint8_t)at;
    if (at + 1 != name.size)
        return false;
    ret_parts->size = name.size;
    filter_name_lower(name, ret_parts->lower);
    return true;
}

/* Adds the label that stands before the `depth` last ones to their hash. */
static uint64_t hash_further(const struct parts *parts, unsigned depth, uint64_t hash)
{
    const uint8_t *label = parts->lower + parts->labels[parts->count - 1 - depth];

    return filter_hash(hash, tl_bytes(label, label[0] + 1u));
}

static struct tl_bytes suffix(const struct parts *parts, unsigned depth)
{
    size_t at = depth ? parts->labels[parts->count - depth] : parts->size - 1;

    return tl_bytes(parts->lower + at, parts->size - at);
}

static uint64_t hash_all(const struct parts *parts)
{
    uint64_t hash = 0;

    for (unsigned depth = 0; depth < parts->count; depth++)
        hash = hash_further(parts, depth, hash);
    return hash;
}

static bool has_depth(const struct filter_names *names, unsigned depth)
{
    return names->depths[depth / 64] >> depth % 64 & 1;
}

bool filter_names_add(struct filter_names *names, struct tl_bytes name)
{
    struct parts parts;

    if (!take_apart(name, &parts) ||
        !filter_table_add(&names->table, suffix(&parts, parts.count), hash_all(&parts)))
        return false;
    names->depths[parts.count / 64] |= UINT64_C(1) << parts.count % 64;
    return true;
}

bool filter_names_have(const struct filter_names *names, struct tl_bytes name)
{
    struct parts parts;

    return take_apart(name, &parts) && has_depth(names, parts.count) &&
           filter_table_has(&names->table, suffix(&parts, parts.count), hash_all(&parts));
}

bool filter_names_have_above(const struct filter_names *names, struct tl_bytes name)
{
    struct parts parts;
    uint64_t hash = 0;

    if (!take_apart(name, &parts))
        return false;
    for (unsigned depth = 0;; hash = hash_further(&parts, depth++, hash)) {
        if (has_depth(names, depth) && filter_table_has(&names->table, suffix(&parts, depth), hash))
            return true;
        if (depth == parts.count)
            return false;
    }
}

void filter_names_done(struct filter_names *names)
{
    filter_table_done(&names->table);
    memset(names, 0, sizeof(*names));
}
