/* Property: any file is a list, or what is wrong with it is said in printable ASCII and the set stays empty.
 * What is taken has each of its lines in it. The first byte says of which field the values are. */
#include "filter/set.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const enum field fields[] = {FIELD_QNAME, FIELD_CLIENT, FIELD_IDENTITY, FIELD_RCODE, FIELD_LATENCY};

static void demand(bool condition)
{
    if (!condition)
        abort();
}

static bool has(const struct filter_set *set, enum field_kind kind, const struct filter_value *value)
{
    const uint8_t *high = (const uint8_t *)&value->range.first.high,
                  *low = (const uint8_t *)&value->range.first.low;
    uint8_t address[16];

    for (unsigned i = 0; i < 8; i++) {
        address[i] = high[7 - i];
        address[8 + i] = low[7 - i];
    }
    switch (kind) {
    case FIELD_KIND_NAME: return filter_names_have(&set->names, tl_bytes(value->name, value->name_size));
    case FIELD_KIND_ADDRESS: return filter_ranges_have(&set->ranges, tl_bytes(address, sizeof(address)));
    case FIELD_KIND_TEXT: return filter_set_has_text(set, value->text);
    default: return filter_set_has_number(set, value->number);
    }
}

/* Lines without a comment, a blank or a zero byte, which are what they look like. */
static void check_lines(const struct filter_set *set, enum field field, const uint8_t *data, size_t size)
{
    struct filter_value value;
    char line[4096], why[FILTER_WHY_SIZE];

    for (const uint8_t *end = data + size; data < end;) {
        const uint8_t *newline = memchr(data, '\n', (size_t)(end - data));
        size_t length = (size_t)((newline ? newline : end) - data);
        demand(length < sizeof(line));
        memcpy(line, data, length);
        line[length] = '\0';
        data += length + (newline != NULL);
        if (!length || strlen(line) != length || strpbrk(line, "# \t\r"))
            continue;
        demand(filter_value_parse(field, true, tl_bytes(line, length), &value, why));
        demand(has(set, field_describe(field)->kind, &value));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct filter_set set = {0}, empty = {0};
    char path[64], why[256] = "";
    int fd = memfd_create("list", MFD_CLOEXEC);

    demand(fd >= 0);
    setenv("LC_ALL", "C", 1);
    enum field field = fields[size ? data[0] % (sizeof(fields) / sizeof(fields[0])) : 0];
    data += size > 0, size -= size > 0;
    demand(write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (filter_list_read(&set, field, true, path, why)) {
        check_lines(&set, field, data, size);
    } else {
        demand(memcmp(&set, &empty, sizeof(set)) == 0 && *why);
        for (const char *at = why; *at; at++)
            demand(*at >= 0x20 && *at <= 0x7e);
    }
    filter_set_done(&set);
    close(fd);
    return 0;
}
