/* Property: whatever a frame holds, each format prints it, twice the same, to a bounded length. Lines and
 * hexadecimal are printable ASCII; JSON is one strict object on one line; YAML is a document of keys, words
 * and strict strings, a line each, and blocks of text; raw output is the frame. */
#include "print/print.h"

#include "print/printed.h"
#include "print/strict_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition)
        abort();
}

/* What is printed of the record, borrowed until the next call for this `slot`. The printers live on, since
 * their memory takes long to get; but each stream of frames needs a new one. */
static const char *print_again(const struct record *record, enum print_format format, int slot,
                               size_t *ret_size)
{
    static struct print *prints[2][PRINT_FORMATS];
    static char text[2][16 << 20];
    static int fd = -1;
    struct print **print = &prints[slot][format];

    if (fd < 0)
        fd = printed_open();
    demand(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
    if (!*print)
        *print = print_new(
            &(struct print_options){.fd = fd, .format = format, .utc = true, .is_part = format != PRINT_RAW});
    demand(*print && print_put(*print, record) == TL_OK);
    demand((format == PRINT_RAW ? print_finish(*print) : print_flush(*print)) == TL_OK);
    if (format == PRINT_RAW) {
        print_free(*print);
        *print = NULL;
    }
    off_t size = lseek(fd, 0, SEEK_CUR);
    *ret_size = (size_t)size;
    demand(size >= 0 && (size_t)size <= sizeof(text[slot]));
    demand(pread(fd, text[slot], (size_t)size, 0) == size);
    return text[slot];
}

static bool is_printable(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] != '\n' && (text[i] < 0x20 || text[i] > 0x7e))
            return false;
    }
    return true;
}

/* None but line ends, and `other`. */
static bool has_no_controls(const char *text, size_t size, char other)
{
    for (size_t i = 0; i < size; i++) {
        if (((uint8_t)text[i] < 0x20 && text[i] != '\n' && text[i] != other) || text[i] == 0x7f)
            return false;
    }
    return true;
}

static size_t count_lines(const char *text, size_t size)
{
    size_t count = 0;

    for (size_t i = 0; i < size; i++)
        count += text[i] == '\n';
    return count;
}

/* A line of YAML as it is written here: dash, key and value, of which one may be missing; the value a string
 * or plain words. */
static bool is_yaml_line(const char *at, const char *end)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.!: ";

    at += strspn(at, " ");
    if (end - at > 2 && memcmp(at, "- ", 2) == 0)
        at += 2;
    if (*at == '"')
        return strict_json_string(at, end) == end;
    while (at < end && *at != ':')
        demand(*at && strchr(plain, *at++));
    if (at == end || ++at == end)
        return at[-1] == ':';
    if (*at++ != ' ' || at == end)
        return false;
    if (*at == '"')
        return strict_json_string(at, end) == end;
    if (end - at == 2 && (memcmp(at, "{}", 2) == 0 || memcmp(at, "[]", 2) == 0))
        return true;
    while (at < end && *at && strchr(plain, *at))
        at++;
    return at == end;
}

/* A line of a block: empty, or indented more than its key; without any character that needs an escape. */
static bool is_block_line(const char *at, const char *end)
{
    if (at == end)
        return true;
    if (end - at < 4 || memcmp(at, "    ", 4) != 0)
        return false;
    demand(has_no_controls(at, (size_t)(end - at), '\t'));
    for (; at < end; at++)
        demand((uint8_t)*at < 0x80);
    return true;
}

static void check_yaml(const char *text, size_t size)
{
    const char *end = text + size;
    bool is_in_block = false;

    demand(size > 4 && memcmp(text, "---\n", 4) == 0);
    for (const char *at = text + 4, *stop; at < end; at = stop + 1) {
        stop = memchr(at, '\n', (size_t)(end - at));
        demand(stop);
        if (is_in_block && is_block_line(at, stop))
            continue;
        is_in_block = stop - at > 11 && memcmp(stop - 11, "_message: |", 11) == 0;
        demand(is_in_block || is_yaml_line(at, stop));
    }
}

static void check(const struct record *record, enum print_format format, const char *text, size_t size)
{
    size_t wire = record_wire(record).size;

    switch (format) {
    case PRINT_LINE: demand(size <= 2048 && is_printable(text, size) && count_lines(text, size) == 1); break;
    case PRINT_HEX:
        demand(size <= 2048 + 2 * wire + 1 && is_printable(text, size));
        demand(count_lines(text, size) == (wire ? 2 : 1));
        break;
    case PRINT_JSON:
        /* The most grows a record of pointers to a long name, each byte of which becomes \\DDD. */
        demand(size <= 2048 * (record->frame.size + 1));
        demand(count_lines(text, size) == 1 && strict_json(text, size - 1));
        break;
    case PRINT_RAW:
        demand(size == 42 + 4 + record->frame.size + 12);
        demand(record->frame.size == 0 || memcmp(text + 46, record->frame.data, record->frame.size) == 0);
        break;
    case PRINT_YAML:
        demand(size <= 4096 * (record->frame.size + 1));
        check_yaml(text, size);
        break;
    case PRINT_CSV:
    case PRINT_TSV: demand(has_no_controls(text, size, '\t') && count_lines(text, size) == 1); break;
    case PRINT_DIG:
    case PRINT_YAML_OF_BIND: return; /* it may be nothing */
    }
    demand(size > 0 && (format == PRINT_RAW || text[size - 1] == '\n'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct record record;

    if (size > 4096) /* what is longer holds nothing new, and JSON of it may be 2,000 times as long */
        return 0;
    record_open(&record, tl_bytes(data, size), 4711);
    for (enum print_format format = 0; format < PRINT_FORMATS; format++) {
        if (!print_format_word(format))
            continue;
        size_t first_size, second_size;
        const char *first = print_again(&record, format, 0, &first_size);
        const char *second = print_again(&record, format, 1, &second_size);
        check(&record, format, first, first_size);
        demand(first_size == second_size && memcmp(first, second, first_size) == 0);
    }
    return 0;
}
