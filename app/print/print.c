/* The formats: which functions put a record, and what stands before and behind all of them. Invariant: what
 * print_put was given is in the output or in the buffer, unless a write failed, which every later call
 * reports. */
#include "print/print.h"

#include "print/dig.h"
#include "print/fields.h"
#include "print/hex.h"
#include "print/json.h"
#include "print/line.h"
#include "print/output.h"
#include "print/raw.h"
#include "print/yaml.h"

#include <errno.h>
#include <stdlib.h>

struct print {
    const struct format *format;
    struct print_options options;
    struct print_output output;
    struct print_line line;
    struct print_json json;
    struct print_fields fields;
    struct print_bind *bind;
    uint64_t left_out;
    size_t skip; /* bytes of parts that are still to be dropped */
    struct print_yaml yaml;
    struct print_dig dig;
};

struct format {
    const char *word;
    bool (*init)(struct print *print);
    void (*put)(struct print *print, const struct record *record);
    void (*begin)(struct print *print); /* before all records; or NULL */
    void (*end)(struct print *print);   /* behind them; or NULL */
    size_t prefix;                      /* print_part_prefix */
};

/* Each format, as the table wants it ------------------------------------------------------------------- */

static bool init_line(struct print *print)
{
    print_line_init(&print->line, print->options.utc, print->options.colour);
    return true;
}

static void put_line(struct print *print, const struct record *record)
{
    print_line_put(&print->line, &print->output, record);
}

static bool init_dig(struct print *print)
{
    return init_line(print) && print_dig_init(&print->dig);
}

static void put_dig(struct print *print, const struct record *record)
{
    if (print->output.status == TL_OK && !print_dig_put(&print->dig, &print->line, &print->output, record))
        print_output_fail(&print->output, TL_NO_MEMORY, ENOMEM);
}

static bool init_json(struct print *print)
{
    return print_json_init(&print->json);
}

static void put_json(struct print *print, const struct record *record)
{
    print_json_put(&print->json, &print->output, record);
}

static bool init_yaml(struct print *print)
{
    return print_yaml_init(&print->yaml);
}

static void put_yaml(struct print *print, const struct record *record)
{
    print_yaml_put(&print->yaml, &print->output, record);
}

static void put_hex_below(struct print *print, const struct record *record)
{
    print_hex_put(&print->line, &print->output, record);
}

static bool init_fields(struct print *print, enum print_fields_form form)
{
    return print_fields_init(&print->fields, form, print->options.fields, print->options.field_count);
}

static bool init_csv(struct print *print)
{
    return init_fields(print, PRINT_FIELDS_CSV);
}

static bool init_tsv(struct print *print)
{
    return init_fields(print, PRINT_FIELDS_TSV);
}

static bool init_json_fields(struct print *print)
{
    return init_fields(print, PRINT_FIELDS_JSON);
}

static void begin_fields(struct print *print)
{
    print_fields_heading(&print->fields, &print->output);
}

static void put_fields(struct print *print, const struct record *record)
{
    print_fields_put(&print->fields, &print->output, record);
}

static bool init_bind(struct print *print)
{
    struct print_bind_options options = {.release = print->options.bind,
                                         .mode = PRINT_BIND_YAML,
                                         .utc = print->options.utc,
                                         .is_part = print->options.is_part};

    print->bind = print_bind_new(&options);
    return print->bind != NULL;
}

static void put_bind(struct print *print, const struct record *record)
{
    switch (print_bind_put(print->bind, &print->output, record, NULL)) {
    case PRINT_BIND_PUT:
    case PRINT_BIND_BAD_ADDRESS: break;
    case PRINT_BIND_SKIPPED:
    case PRINT_BIND_CRASH: print->left_out++; break;
    case PRINT_BIND_NO_MEMORY: print_output_fail(&print->output, TL_NO_MEMORY, ENOMEM); break;
    }
}

static bool init_raw(struct print *print)
{
    (void)print;
    return true;
}

static void begin_raw(struct print *print)
{
    print_raw_begin(&print->output);
}

static void put_raw(struct print *print, const struct record *record)
{
    print_raw_put(&print->output, record);
}

static void end_raw(struct print *print)
{
    print_raw_end(&print->output);
}

static const struct format formats[PRINT_FORMATS] = {
    [PRINT_LINE] = {"line", init_line, put_line, NULL, NULL, 0},
    [PRINT_DIG] = {"dig", init_dig, put_dig, NULL, NULL, 0},
    [PRINT_YAML] = {"yaml", init_yaml, put_yaml, NULL, NULL, 0},
    [PRINT_YAML_OF_BIND] = {"bind-yaml", init_bind, put_bind, NULL, NULL, 4},
    [PRINT_JSON] = {"json", init_json, put_json, NULL, NULL, 0},
    [PRINT_HEX] = {"hex", init_line, put_hex_below, NULL, NULL, 0},
    [PRINT_CSV] = {"csv", init_csv, put_fields, begin_fields, NULL, 0},
    [PRINT_TSV] = {"tsv", init_tsv, put_fields, begin_fields, NULL, 0},
    [PRINT_RAW] = {"raw", init_raw, put_raw, begin_raw, end_raw, 0},
};

/* JSON, if fields were chosen. */
static const struct format json_of_fields = {"json", init_json_fields, put_fields, NULL, NULL, 0};

/* The room's door --------------------------------------------------------------------------------------- */

bool print_format_parse(const char *word, enum print_format *ret_format)
{
    for (size_t i = 0; i < PRINT_FORMATS; i++) {
        if (strcmp(word, formats[i].word) == 0) {
            *ret_format = (enum print_format)i;
            return true;
        }
    }
    return false;
}

const char *print_format_word(enum print_format format)
{
    return formats[format].word;
}

struct print *print_new(const struct print_options *options)
{
    struct print *print = calloc(1, sizeof(*print));

    if (!print)
        return NULL;
    print->options = *options;
    print->format =
        options->fields && options->format == PRINT_JSON ? &json_of_fields : &formats[options->format];
    print->skip = print->format->prefix;
    if (!print_output_init_gated(&print->output, options->fd,
                                 options->buffer ? options->buffer : PRINT_OUTPUT_SIZE, options->gate) ||
        !print->format->init(print)) {
        print_free(print);
        return NULL;
    }
    if (print->format->begin && !options->is_part)
        print->format->begin(print);
    return print;
}

void print_free(struct print *print)
{
    if (!print)
        return;
    print_json_done(&print->json);
    print_fields_done(&print->fields);
    print_bind_free(print->bind);
    print_yaml_done(&print->yaml);
    print_dig_done(&print->dig);
    print_output_done(&print->output);
    free(print);
}

static inline enum tl_status status_of(const struct print *print)
{
    if (__builtin_expect(print->output.status != TL_OK, 0))
        errno = print->output.error;
    return print->output.status;
}

enum tl_status print_put(struct print *print, const struct record *record)
{
    print->format->put(print, record);
    return status_of(print);
}

size_t print_part_prefix(const struct print *print)
{
    return print->format->prefix;
}

enum tl_status print_put_part(struct print *print, struct tl_bytes part)
{
    print_bytes(&print->output, print_behind(part, &print->skip));
    return status_of(print);
}

struct tl_bytes print_take(struct print *print)
{
    struct print_output *output = &print->output;
    struct tl_bytes taken = tl_bytes(output->start, (size_t)(output->at - output->start));

    output->at = output->start;
    return taken;
}

uint64_t print_left_out(const struct print *print)
{
    return print->left_out;
}

enum tl_status print_flush(struct print *print)
{
    return print_output_flush(&print->output);
}

enum tl_status print_finish(struct print *print)
{
    if (print->format->end && !print->options.is_part)
        print->format->end(print);
    return print_flush(print);
}
