/* Statistics as text, and the file of them. Invariant: what is printed and what is understood come from the
 * same tables, and a text of somebody else's, whatever is in it, becomes numbers and printable ASCII. */
#include "statistics.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define INTERVAL 1000000000u /* ns */
#define FORMAT   "1"

/* How a value is written. */
enum form { NUMBER, ERRNO, LINK, STATUS, TEXT, TIME };

struct field {
    const char *name;
    size_t offset; /* in the struct that the table is about */
    enum form form;
    size_t size; /* of a TEXT, with the NUL */
};

#define OF(member) offsetof(struct tl_sender_file, member)

static const struct field file_fields[] = {
    {"pid", OF(pid), NUMBER, 0},
    {"program", OF(program), TEXT, TL_SENDER_PROGRAM_SIZE},
    {"started", OF(started), TIME, 0},
    {"written", OF(written), TIME, 0},
};

static const struct field sender_fields[] = {
    {"submitted", OF(statistics.submitted), NUMBER, 0},
#define TL_SENDER_LANE_COUNTER(name, sentence) {#name, OF(statistics.lanes.name), NUMBER, 0},
#include <tapline/sender_counters.def>
    {"ring_size", OF(statistics.lanes.ring_size), NUMBER, 0},
    {"used", OF(statistics.lanes.used), NUMBER, 0},
    {"high_water", OF(statistics.lanes.high_water), NUMBER, 0},
    {"statistics_failures", OF(statistics.statistics_failures), NUMBER, 0},
    {"statistics_error", OF(statistics.statistics_error), ERRNO, 0},
};

static const struct field address_field = {"address", 0, TEXT, TL_SENDER_ADDRESS_SIZE};

#define OF_ENDPOINT(member) offsetof(struct tl_sender_endpoint_statistics, member)

static const struct field endpoint_fields[] = {
#define TL_SENDER_ENDPOINT_COUNTER(name, sentence) {#name, OF_ENDPOINT(name), NUMBER, 0},
#include <tapline/sender_counters.def>
    {"waiting", OF_ENDPOINT(waiting), NUMBER, 0},   {"link", OF_ENDPOINT(link), LINK, 0},
    {"failure", OF_ENDPOINT(failure), STATUS, 0},   {"error", OF_ENDPOINT(error), ERRNO, 0},
    {"failed_in", OF_ENDPOINT(failed_in), LINK, 0}, {"failed_at", OF_ENDPOINT(failed_at), NUMBER, 0},
};

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

/* Printing -------------------------------------------------------------------------------------------- */

/* `length` is what it would need. */
struct text {
    struct tl_builder builder;
    size_t length;
};

static struct text text_in(char *buffer, size_t size)
{
    return (struct text){tl_builder(buffer, size ? size - 1 : 0), 0};
}

static size_t finish(struct text *text, size_t size)
{
    if (size)
        *text->builder.at = '\0';
    return text->length;
}

/* `endpoint` -1: of none. A line stands whole or not at all. */
static void put_word(struct text *text, int endpoint, const char *name, const char *word)
{
    char line[TL_SENDER_ADDRESS_SIZE + 64];
    int size = endpoint < 0 ? snprintf(line, sizeof(line), "%s %s\n", name, word)
                            : snprintf(line, sizeof(line), "%d.%s %s\n", endpoint, name, word);

    text->length += (size_t)size;
    tl_builder_put(&text->builder, tl_bytes(line, (size_t)size));
}

static void put_field(struct text *text, int endpoint, const struct field *field, const void *of)
{
    const void *value = (const char *)of + field->offset;
    char word[TL_TIME_TEXT_SIZE];

    switch (field->form) {
    case NUMBER: snprintf(word, sizeof(word), "%" PRIu64, *(const uint64_t *)value); break;
    case ERRNO: snprintf(word, sizeof(word), "%d", *(const int *)value); break;
    case TIME: tl_time_print(*(const struct tl_time *)value, word); break;
    case LINK:
        put_word(text, endpoint, field->name, tl_sender_link_name(*(const enum tl_sender_link *)value));
        return;
    case STATUS:
        put_word(text, endpoint, field->name, tl_status_name(*(const enum tl_status *)value));
        return;
    case TEXT:
        if (*(const char *)value)
            put_word(text, endpoint, field->name, value);
        return;
    }
    put_word(text, endpoint, field->name, word);
}

static void put_fields(struct text *text, int endpoint, const struct field *fields, size_t count,
                       const void *of)
{
    for (size_t i = 0; i < count; i++)
        put_field(text, endpoint, &fields[i], of);
}

/* The fields are those of the file; a file without a head is what the statistics are. */
static void put_statistics(struct text *text, const struct tl_sender_file *file)
{
    const struct tl_sender_statistics *statistics = &file->statistics;

    put_fields(text, -1, sender_fields, COUNT(sender_fields), file);
    for (size_t i = 0; i < statistics->endpoint_count; i++) {
        put_field(text, (int)i, &address_field, file->addresses[i]);
        put_fields(text, (int)i, endpoint_fields, COUNT(endpoint_fields), &statistics->endpoints[i]);
    }
}

size_t tl_sender_statistics_print(const struct tl_sender_statistics *statistics, char *buffer, size_t size)
{
    struct text text = text_in(buffer, size);
    struct tl_sender_file file;

    memset(&file, 0, sizeof(file));
    file.statistics = *statistics;
    put_statistics(&text, &file);
    return finish(&text, size);
}

size_t tl_sender_file_print(const struct tl_sender_file *file, char *buffer, size_t size)
{
    struct text text = text_in(buffer, size);

    put_word(&text, -1, "tapline-sender", FORMAT);
    put_fields(&text, -1, file_fields, COUNT(file_fields), file);
    put_statistics(&text, file);
    return finish(&text, size);
}

/* Parsing --------------------------------------------------------------------------------------------- */

/* Printable ASCII, cut where there is no more room. */
static void copy_clean(char *to, size_t room, struct tl_bytes from)
{
    size_t size = from.size < room ? from.size : room - 1;

    for (size_t i = 0; i < size; i++)
        to[i] = from.data[i] >= 0x20 && from.data[i] < 0x7f ? (char)from.data[i] : '?';
    to[size] = '\0';
}

static bool parse_number(struct tl_bytes text, uint64_t most, uint64_t *ret_number)
{
    uint64_t number = 0;

    for (size_t i = 0; i < text.size; i++) {
        unsigned digit = (unsigned)text.data[i] - '0';
        if (digit > 9 || number > (most - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *ret_number = number;
    return text.size > 0;
}

static bool parse_errno(struct tl_bytes text, int *ret_error)
{
    uint64_t number;

    if (!parse_number(text, INT_MAX, &number))
        return false;
    *ret_error = (int)number;
    return true;
}

/* With an offset it could be one that cannot be printed. */
static bool parse_time(struct tl_bytes text, struct tl_time *ret_time)
{
    struct tl_time time;

    if (tl_time_parse(text, &time) != TL_OK || time.seconds > TL_TIME_SECONDS_MAX)
        return false;
    *ret_time = time;
    return true;
}

static bool parse_link(struct tl_bytes text, enum tl_sender_link *ret_link)
{
    for (unsigned i = 0; tl_sender_link_name((enum tl_sender_link)i); i++) {
        if (tl_bytes_equal(text, tl_bytes_of_text(tl_sender_link_name((enum tl_sender_link)i)))) {
            *ret_link = (enum tl_sender_link)i;
            return true;
        }
    }
    return false;
}

static bool parse_status(struct tl_bytes text, enum tl_status *ret_status)
{
#define TL_STATUS(name, sentence)                                                                            \
    if (tl_bytes_equal(text, tl_bytes_of_text("TL_" #name))) {                                               \
        *ret_status = TL_##name;                                                                             \
        return true;                                                                                         \
    }
#include <tapline/status.def>
#undef TL_STATUS
    return false;
}

static bool parse_value(const struct field *field, struct tl_bytes text, void *of)
{
    void *value = (char *)of + field->offset;

    switch (field->form) {
    case NUMBER: return parse_number(text, UINT64_MAX, value);
    case ERRNO: return parse_errno(text, value);
    case TIME: return parse_time(text, value);
    case LINK: return parse_link(text, value);
    case STATUS: return parse_status(text, value);
    default: copy_clean(value, field->size, text); return true;
    }
}

static const struct field *field_named(const struct field *fields, size_t count, struct tl_bytes name)
{
    for (size_t i = 0; i < count; i++) {
        if (tl_bytes_equal(name, tl_bytes_of_text(fields[i].name)))
            return &fields[i];
    }
    return NULL;
}

/* A name that is in no table, and a word that is not known in its place, is of a program that knows more; a
 * number that is none is damage. */
static bool parse_field(const struct field *field, struct tl_bytes text, void *of, uint64_t *unknown)
{
    if (field && parse_value(field, text, of))
        return true;
    *unknown += 1;
    return !field || field->form == LINK || field->form == STATUS;
}

static bool parse_endpoint_line(size_t index, struct tl_bytes name, struct tl_bytes text,
                                struct tl_sender_file *file)
{
    void *of = &file->statistics.endpoints[index];
    const struct field *field = field_named(endpoint_fields, COUNT(endpoint_fields), name);

    if (file->statistics.endpoint_count <= index)
        file->statistics.endpoint_count = index + 1;
    if (!field) {
        of = file->addresses[index];
        field = field_named(&address_field, 1, name);
    }
    return parse_field(field, text, of, &file->unknown);
}

static bool parse_line(struct tl_bytes line, struct tl_sender_file *file)
{
    const uint8_t *space = line.size ? memchr(line.data, ' ', line.size) : NULL;

    if (!space || space == line.data)
        return false;
    struct tl_bytes name = tl_bytes(line.data, (size_t)(space - line.data));
    struct tl_bytes text = tl_bytes(space + 1, line.size - name.size - 1);
    size_t index = (size_t)name.data[0] - '0';
    if (name.size > 2 && name.data[1] == '.' && index < TL_SENDER_ENDPOINTS_MAX)
        return parse_endpoint_line(index, tl_bytes(name.data + 2, name.size - 2), text, file);
    const struct field *field = field_named(file_fields, COUNT(file_fields), name);
    if (!field)
        field = field_named(sender_fields, COUNT(sender_fields), name);
    return parse_field(field, text, file, &file->unknown);
}

/* The text without its first line, which is `ret_line` without its end; false if there is none. */
static bool take_line(struct tl_bytes *text, struct tl_bytes *ret_line)
{
    const uint8_t *end = text->size ? memchr(text->data, '\n', text->size) : NULL;

    if (!end)
        return false;
    *ret_line = tl_bytes(text->data, (size_t)(end - text->data));
    *text = tl_bytes(end + 1, text->size - ret_line->size - 1);
    return true;
}

enum tl_status tl_sender_file_parse(struct tl_bytes text, struct tl_sender_file *ret_file)
{
    static const char magic[] = "tapline-sender ";
    size_t length = sizeof(magic) - 1;
    struct tl_sender_file file;
    struct tl_bytes line;

    memset(&file, 0, sizeof(file));
    if (!take_line(&text, &line) || line.size <= length || memcmp(line.data, magic, length) != 0)
        return TL_BAD_TEXT;
    if (!tl_bytes_equal(tl_bytes(line.data + length, line.size - length), tl_bytes_of_text(FORMAT)))
        return TL_BAD_VERSION;
    while (take_line(&text, &line)) {
        if (!parse_line(line, &file))
            return TL_BAD_TEXT;
    }
    if (text.size)
        return TL_TRUNCATED;
    *ret_file = file;
    return TL_OK;
}

/* Writing --------------------------------------------------------------------------------------------- */

static struct tl_time time_of_day(void)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_REALTIME, &now);
    return (struct tl_time){(uint64_t)now.tv_sec, (uint32_t)now.tv_nsec};
}

static void say_address(const struct endpoint *endpoint, char *to)
{
    char text[TL_SENDER_ADDRESS_SIZE];

    if (endpoint->has_transport)
        return;
    tl_endpoint_print(&endpoint->address, text, sizeof(text));
    copy_clean(to, TL_SENDER_ADDRESS_SIZE, tl_bytes_of_text(text));
}

static void take(struct tl_sender *sender, struct tl_sender_file *to)
{
    memset(to, 0, sizeof(*to));
    tl_sender_statistics(sender, &to->statistics);
    to->pid = (uint64_t)sender->pid;
    copy_clean(to->program, sizeof(to->program), tl_bytes_of_text(program_invocation_short_name));
    to->written = time_of_day();
    if (!sender->started.seconds)
        sender->started = to->written;
    to->started = sender->started;
    for (size_t i = 0; i < sender->endpoint_count; i++)
        say_address(&sender->endpoints[i], to->addresses[i]);
}

uint64_t statistics_due(const struct tl_sender *sender)
{
    return sender->statistics_path ? sender->statistics_due : NEVER;
}

/* Nobody ever reads half of it. False, with errno, if it could not be written. */
static bool replace_file(const struct tl_sender *sender, struct tl_bytes text)
{
    const char *path = sender->statistics_new_path;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);

    if (fd < 0)
        return false;
    bool is_whole = tl_write(fd, text, NULL) == TL_OK;
    int error = errno;
    if (close(fd) != 0 && is_whole) {
        is_whole = false;
        error = errno;
    }
    if (is_whole && rename(path, sender->statistics_path) == 0)
        return true;
    error = is_whole ? errno : error;
    unlink(path);
    errno = error;
    return false;
}

void statistics_write(struct tl_sender *sender)
{
    struct tl_sender_file file;
    char text[TL_SENDER_FILE_SIZE_MAX];

    if (!sender->statistics_path)
        return;
    take(sender, &file);
    size_t length = tl_sender_file_print(&file, text, sizeof(text)); /* is never more than that */
    if (replace_file(sender, tl_bytes(text, length)))
        return;
    __atomic_store_n(&sender->statistics_error, errno, __ATOMIC_RELAXED);
    count(&sender->statistics_failures, 1);
}

void statistics_write_if_due(struct tl_sender *sender, uint64_t now)
{
    if (now < statistics_due(sender))
        return;
    sender->statistics_due = now + INTERVAL;
    statistics_write(sender);
}
