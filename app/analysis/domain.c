/* Registered domains. libpsl is asked whether a name is a public suffix, once for each name and for each of
 * the names that it is below, as long as that is remembered: a name has the domain of the one above it,
 * unless it is a public suffix itself, or the first one below one. Invariant: what is found begins where a
 * label begins. */
#include "analysis/domain.h"

#include <libpsl.h>
#include <stdlib.h>

/* Of each name the upper bits of its hash and, in the last byte, the size of its domain. Whatever was there
 * before has to go. */
#define REMEMBERED 32768

/* Rules of the list have fewer labels and bytes than that; libpsl looks at no more than 127 bytes. */
#define LABELS_ASKED 8
#define BYTES_ASKED  120

#define LABELS_MAX 128

struct domains {
    struct siphash_key key;
    psl_ctx_t *list;
    uint64_t remembered[REMEMBERED];
};

struct domains *domains_new(struct siphash_key key)
{
    struct domains *domains = calloc(1, sizeof(*domains));

    if (domains) {
        domains->key = key;
        domains->list = psl_latest(NULL);
    }
    if (!domains || domains->list)
        return domains;
    free(domains);
    return NULL;
}

void domains_free(struct domains *domains)
{
    if (!domains)
        return;
    psl_free(domains->list);
    free(domains);
}

/* Where the labels of a name begin, without the root. Returns how many. */
static unsigned find_labels(struct tl_bytes name, uint8_t ret_labels[LABELS_MAX])
{
    unsigned count = 0;

    for (size_t at = 0; at < name.size && name.data[at] && count < LABELS_MAX; at += name.data[at] + 1u)
        ret_labels[count++] = (uint8_t)at;
    return count;
}

/* The text of the labels from `first` on. What is no letter, digit, hyphen or underscore is in no rule, but
 * might look like the dot between two labels. */
static void print_labels(struct tl_bytes name, const uint8_t *labels, unsigned first, unsigned count,
                         char *to)
{
    for (unsigned i = first; i < count; i++) {
        const uint8_t *label = name.data + labels[i];
        for (uint8_t j = 1; j <= *label; j++)
            *to++ = (char)(label[j] > ' ' && label[j] < 0x7f && label[j] != '.' ? label[j] : '?');
        *to++ = i + 1 < count ? '.' : '\0';
    }
}

static bool ends_with(struct tl_bytes name, const uint8_t *labels, unsigned count, const char *label,
                      unsigned from_end)
{
    const uint8_t *at = from_end <= count ? name.data + labels[count - from_end] : NULL;

    return at && *at == strlen(label) && memcmp(at + 1, label, *at) == 0;
}

/* Of reverse names as many labels as the network has; 0: it is none. */
static unsigned network_labels(struct tl_bytes name, const uint8_t *labels, unsigned count)
{
    if (count <= 2 || !ends_with(name, labels, count, "arpa", 1))
        return 0;
    if (ends_with(name, labels, count, "in-addr", 2))
        return count < 4 ? count : 4;
    if (ends_with(name, labels, count, "ip6", 2))
        return count < 10 ? count : 10;
    return 0;
}

/* Remembering ------------------------------------------------------------------------------------------ */

static bool recall(const struct domains *domains, uint64_t hash, size_t *ret_size)
{
    uint64_t place = domains->remembered[hash >> 8 & (REMEMBERED - 1)];

    *ret_size = place & 0xff;
    return (place ^ hash) >> 8 == 0;
}

static void remember(struct domains *domains, uint64_t hash, size_t size)
{
    domains->remembered[hash >> 8 & (REMEMBERED - 1)] = (hash & ~(uint64_t)0xff) | size;
}

/* Finding ---------------------------------------------------------------------------------------------- */

/* The name without the labels in front of one, its hash, and its text. */
struct above {
    struct tl_bytes name;
    uint64_t hash;
    const char *text;
};

/* Upwards to one that is remembered, or to the top, which is a public suffix; and down again. */
static size_t climb(struct domains *domains, struct tl_bytes name, const uint8_t *labels, unsigned count)
{
    unsigned first = count > LABELS_ASKED ? count - LABELS_ASKED : 0, steps = 0;
    struct above above[LABELS_ASKED];
    char text[BYTES_ASKED + 1];
    size_t found = 0;

    while (name.size - labels[first] > BYTES_ASKED)
        first++;
    print_labels(name, labels, first, count, text);
    for (unsigned i = first; i + 1 < count; i++) {
        struct above *step = &above[steps];
        step->name = tl_bytes(name.data + labels[i], name.size - labels[i]);
        step->hash = siphash(&domains->key, step->name);
        step->text = text + (labels[i] - labels[first]);
        if (recall(domains, step->hash, &found) && found <= step->name.size)
            break;
        steps++;
        found = 0;
    }
    while (steps--) {
        if (psl_is_public_suffix(domains->list, above[steps].text))
            found = 0;
        else if (!found)
            found = above[steps].name.size;
        remember(domains, above[steps].hash, found);
    }
    return found;
}

static size_t find(struct domains *domains, struct tl_bytes name)
{
    uint8_t labels[LABELS_MAX];
    unsigned count = find_labels(name, labels);
    unsigned network = network_labels(name, labels, count);

    if (network)
        return name.size - labels[count - network];
    return count > 1 ? climb(domains, name, labels, count) : 0;
}

size_t domains_find(struct domains *domains, uint64_t hash, struct tl_bytes name)
{
    size_t size;

    if (recall(domains, hash, &size) && size <= name.size)
        return size;
    size = find(domains, name);
    remember(domains, hash, size);
    return size;
}
