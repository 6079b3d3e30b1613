/* Rows of chosen fields. Invariant: a row has as many columns as there are fields and is one line, and no
 * control character is in it but the tabs between columns of TSV. */
#include "print/fields.h"

#include "print/digits.h"
#include "print/fields_json.h"
#include "print/fields_value.h"
#include "print/json.h"
#include "print/json_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const enum field defaults[] = {
    FIELD_TIME,  FIELD_TYPE, FIELD_CLIENT, FIELD_CLIENT_PORT, FIELD_SERVER, FIELD_SERVER_PORT,
    FIELD_PROTO, FIELD_SIZE, FIELD_QNAME,  FIELD_QCLASS,      FIELD_QTYPE,  FIELD_RCODE,
};

/* Where a column goes. */
struct column {
    struct print_fields *fields;
    struct print_output *output;
};

static bool needs_scratch(const struct print_fields *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        if (field_describe(fields->list[i])->kind == FIELD_KIND_RDATA)
            return true;
    }
    return false;
}

bool print_fields_init(struct print_fields *to, enum print_fields_form form, const enum field *list,
                       size_t count)
{
    to->form = form;
    to->list = list ? list : defaults;
    to->count = list ? count : sizeof(defaults) / sizeof(defaults[0]);
    to->scratch = NULL;
    print_date_init(&to->date, true);
    if (needs_scratch(to))
        to->scratch = malloc(JSON_SCRATCH_SIZE);
    return to->scratch || !needs_scratch(to);
}

void print_fields_done(struct print_fields *fields)
{
    free(fields->scratch);
}

#define CHUNK     4096 /* bytes of text per check of the room */
#define BYTE_SIZE 5    /* \\x1b */

static char *put_escape(char *to, enum print_fields_form form, uint8_t byte)
{
    to = form == PRINT_FIELDS_TSV ? PUT(to, "\\\\x") : PUT(to, "\\x");
    return put_hex(to, &byte, 1, print_hex_lower);
}

/* A byte below 0x80. */
static char *put_ascii(char *to, enum print_fields_form form, uint8_t c)
{
    if (form == PRINT_FIELDS_TSV) {
        switch (c) {
        case '\t': return PUT(to, "\\t");
        case '\n': return PUT(to, "\\n");
        case '\r': return PUT(to, "\\r");
        case '\\': return PUT(to, "\\\\");
        }
    } else if (c == '"') {
        return PUT(to, "\"\"");
    }
    if (c < 0x20 || c == 0x7f)
        return put_escape(to, form, c);
    *to++ = (char)c;
    return to;
}

/* One byte, or the two of U+0080 to U+009f, which a terminal obeys; `*at` is moved behind. */
static char *put_character(char *to, enum print_fields_form form, const uint8_t **at, bool is_utf8)
{
    uint8_t c = *(*at)++;

    if (c < 0x80)
        return put_ascii(to, form, c);
    if (!is_utf8)
        return put_escape(to, form, c);
    if (c == 0xc2 && **at < 0xa0) /* in UTF-8 there is a byte behind it */
        return put_escape(put_escape(to, form, c), form, *(*at)++);
    *to++ = (char)c;
    return to;
}

/* Any bytes as text, without the quotes around. */
static char *put_bytes(const struct column *column, char *to, struct tl_bytes text)
{
    const uint8_t *at = text.data, *end = text.size ? at + text.size : at;
    bool is_utf8 = json_is_utf8(text);

    while (at < end) {
        const uint8_t *stop = end - at > CHUNK ? at + CHUNK : end;
        to = json_room(column->output, to, (CHUNK + 1) * BYTE_SIZE);
        while (at < stop)
            to = put_character(to, column->fields->form, &at, is_utf8);
    }
    return json_room(column->output, to, 0);
}

/* The same of text that is printable ASCII: nearly all of it has nothing to escape. */
static char *put_printable(const struct column *column, char *to, struct tl_bytes text)
{
    char special = column->fields->form == PRINT_FIELDS_TSV ? '\\' : '"';

    if (text.size > CHUNK || memchr(text.data, special, text.size))
        return put_bytes(column, to, text);
    to = json_room(column->output, to, CHUNK);
    return put_text(to, (const char *)text.data, text.size);
}

/* RFC 4180 section 2. Spaces at the ends are quoted as well, since some readers would drop them. */
static bool wants_quotes(struct tl_bytes text)
{
    return text.size && (memchr(text.data, ',', text.size) || memchr(text.data, '"', text.size) ||
                         text.data[0] == ' ' || text.data[text.size - 1] == ' ');
}

/* A row of CSV that is an empty line is none to many readers. */
static bool is_alone(const struct print_fields *fields)
{
    return fields->form == PRINT_FIELDS_CSV && fields->count == 1;
}

static char *put_nothing(const struct column *column, char *to)
{
    return is_alone(column->fields) ? PUT(to, "\"\"") : to;
}

static char *put_flags(const struct column *column, char *to, enum field field, uint64_t set)
{
    struct field_value flag = {.number = field_next_flag(field, &set)};

    if (!flag.number)
        return put_nothing(column, to);
    while (flag.number) {
        to = print_fields_short(&column->fields->date, to, field, &flag);
        flag.number = field_next_flag(field, &set);
        if (flag.number)
            *to++ = ' ';
    }
    return to;
}

static char *put_any(const struct column *column, char *to, struct tl_bytes text, enum field_kind kind)
{
    return kind == FIELD_KIND_TEXT ? put_bytes(column, to, text) : put_printable(column, to, text);
}

/* The text of a value that may hold anything. */
static struct tl_bytes text_of(struct print_fields *fields, struct look *look, enum field_kind kind,
                               const struct field_value *value, char *memory)
{
    switch (kind) {
    case FIELD_KIND_NAME: return print_fields_name(value->bytes, memory);
    case FIELD_KIND_RDATA: return print_fields_rdata(look_message(look), value->rdata, fields->scratch);
    default: return value->bytes;
    }
}

/* A column of names, text or rdata. In one that may have several, all are in one pair of quotes. */
static char *put_texts(const struct column *column, char *to, struct look *look, enum field field,
                       struct field_at *at, struct field_value *value)
{
    const struct field_description *description = field_describe(field);
    struct print_fields *fields = column->fields;
    char memory[PRINT_FIELDS_MEMORY];
    struct tl_bytes text = text_of(fields, look, description->kind, value, memory);
    bool is_quoted = fields->form == PRINT_FIELDS_CSV &&
                     (description->is_many || wants_quotes(text) || (!text.size && is_alone(fields)));

    if (is_quoted)
        *to++ = '"';
    to = put_any(column, to, text, description->kind);
    while (field_next(look, field, at, value)) {
        to = description->kind == FIELD_KIND_NAME ? PUT(to, " ") : PUT(to, " | ");
        to = put_any(column, to, text_of(fields, look, description->kind, value, memory), description->kind);
    }
    return is_quoted ? PUT(to, "\"") : to;
}

static char *put_column(const struct column *column, char *to, struct look *look, enum field field)
{
    struct print_date *date = &column->fields->date;
    struct field_value value;
    struct field_at at;

    field_begin(&at);
    to = json_room(column->output, to, 4 * PRINT_FIELDS_SHORT);
    if (!field_next(look, field, &at, &value))
        return put_nothing(column, to);
    switch (field_describe(field)->kind) {
    case FIELD_KIND_NAME:
    case FIELD_KIND_TEXT:
    case FIELD_KIND_RDATA: return put_texts(column, to, look, field, &at, &value);
    case FIELD_KIND_FLAGS: return put_flags(column, to, field, value.number);
    default: break;
    }
    to = print_fields_short(date, to, field, &value);
    while (field_next(look, field, &at, &value)) {
        to = json_room(column->output, to, 2 * PRINT_FIELDS_SHORT);
        *to++ = ' ';
        to = print_fields_short(date, to, field, &value);
    }
    return to;
}

static char separator(const struct print_fields *fields)
{
    return fields->form == PRINT_FIELDS_CSV ? ',' : '\t';
}

void print_fields_heading(const struct print_fields *fields, struct print_output *output)
{
    char *to = print_room(output, FIELDS * PRINT_FIELDS_SHORT);

    if (fields->form == PRINT_FIELDS_JSON)
        return;
    for (size_t i = 0; i < fields->count; i++) {
        const char *name = field_describe(fields->list[i])->name;
        to = put_text(to, name, strlen(name));
        *to++ = i + 1 < fields->count ? separator(fields) : '\n';
    }
    output->at = to;
}

static void put_object(struct print_fields *fields, struct print_output *output, struct look *look)
{
    char *to = print_room(output, JSON_SLACK);

    *to++ = '{';
    for (size_t i = 0; i < fields->count; i++)
        to = print_fields_member(fields, output, to, look, fields->list[i]);
    to = json_close(json_room(output, to, 0), '}');
    to[-1] = '\n';
    output->at = to;
}

void print_fields_put(struct print_fields *fields, struct print_output *output, const struct record *record)
{
    struct column column = {.fields = fields, .output = output};
    struct look look;
    char *to;

    look_at(&look, record);
    if (fields->form == PRINT_FIELDS_JSON) {
        put_object(fields, output, &look);
        return;
    }
    to = print_room(output, JSON_SLACK);
    for (size_t i = 0; i < fields->count; i++) {
        to = put_column(&column, to, &look, fields->list[i]);
        *to++ = i + 1 < fields->count ? separator(fields) : '\n';
    }
    output->at = to;
}

static const char *kind_word(enum field_kind kind)
{
    static const char *const words[] = {
        [FIELD_KIND_NUMBER] = "number", [FIELD_KIND_SIZE] = "size", [FIELD_KIND_WORD] = "word",
        [FIELD_KIND_FLAGS] = "flags",   [FIELD_KIND_NAME] = "name", [FIELD_KIND_ADDRESS] = "address",
        [FIELD_KIND_TEXT] = "text",     [FIELD_KIND_TIME] = "time", [FIELD_KIND_DURATION] = "duration",
        [FIELD_KIND_RDATA] = "rdata",
    };
    return words[kind];
}

/* The word, with spaces up to `width` behind it. */
static char *put_padded(char *to, const char *word, size_t width)
{
    size_t size = strlen(word);

    to = put_text(to, word, size);
    while (size++ < width)
        *to++ = ' ';
    return to;
}

void print_fields_list(struct print_output *output)
{
    for (unsigned i = 0; i < FIELDS; i++) {
        const struct field_description *description = field_describe((enum field)i);
        char *to = print_room(output, 1024);

        to = put_padded(to, description->name, 26);
        to = put_padded(to, kind_word(description->kind), 9);
        to = put_text(to, description->sentence, strlen(description->sentence));
        *to++ = '\n';
        output->at = to;
    }
}

void print_fields_words(struct print_output *output, enum field field)
{
    bool has_flags = field_describe(field)->kind == FIELD_KIND_FLAGS;
    char word[FIELD_WORD_SIZE];

    for (uint64_t number = 0; field_next_word(field, &number, word); number++) {
        char *to = print_room(output, 128);
        if (has_flags)
            output->at = to + snprintf(to, 128, "0x%04" PRIx64 "  %s\n", number, word);
        else
            output->at = to + snprintf(to, 128, "%-6" PRIu64 "  %s\n", number, word);
    }
}
