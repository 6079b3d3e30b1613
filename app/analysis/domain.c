/* Registered domains. libpsl is asked once for a name as long as that is remembered. Invariant: what is found
 * begins where a label begins. */
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
    psl_ctx_t *list;
    uint64_t remembered[REMEMBERED];
};

struct domains *domains_new(void)
{
    struct domains *domains = calloc(1, sizeof(*domains));

    if (domains)
        domains->list = psl_latest(NULL);
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

/* How many labels the public suffix at its end has. */
static unsigned suffix_labels(const psl_ctx_t *list, struct tl_bytes name, const uint8_t *labels,
                              unsigned count)
{
    char text[BYTES_ASKED + 1];
    unsigned first = count > LABELS_ASKED ? count - LABELS_ASKED : 0, found = 1;

    while (name.size - labels[first] > BYTES_ASKED)
        first++;
    print_labels(name, labels, first, count, text);
    const char *suffix = psl_unregistrable_domain(list, text);
    if (!suffix)
        return 1;
    for (const char *c = suffix; *c; c++)
        found += *c == '.';
    return found;
}

static bool ends_with(struct tl_bytes name, const uint8_t *labels, unsigned count, const char *label,
                      unsigned from_end)
{
    const uint8_t *at = from_end <= count ? name.data + labels[count - from_end] : NULL;

    return at && *at == strlen(label) && memcmp(at + 1, label, *at) == 0;
}

/* How many labels the domain of a name has: one more than what is above it; of reverse names as many as the
 * network has. */
static unsigned domain_labels(const psl_ctx_t *list, struct tl_bytes name, const uint8_t *labels,
                              unsigned count)
{
    if (count > 2 && ends_with(name, labels, count, "arpa", 1)) {
        if (ends_with(name, labels, count, "in-addr", 2))
            return count < 4 ? count : 4;
        if (ends_with(name, labels, count, "ip6", 2))
            return count < 10 ? count : 10;
    }
    return suffix_labels(list, name, labels, count) + 1;
}

static size_t find(const psl_ctx_t *list, struct tl_bytes name)
{
    uint8_t labels[LABELS_MAX];
    unsigned count = find_labels(name, labels);
    unsigned wanted = count ? domain_labels(list, name, labels, count) : 1;

    if (wanted > count || wanted < 2)
        return 0;
    return name.size - labels[count - wanted];
}

size_t domains_find(struct domains *domains, uint64_t hash, struct tl_bytes name)
{
    uint64_t *place = &domains->remembered[hash >> 8 & (REMEMBERED - 1)];
    size_t size = *place & 0xff;

    if ((*place ^ hash) >> 8 == 0 && size <= name.size)
        return size;
    size = find(domains->list, name);
    *place = (hash & ~(uint64_t)0xff) | size;
    return size;
}
