/* The formats: which function puts a record, and what stands before and behind all of them. Invariant: what
 * print_put was given is in the output or in the buffer, unless a write failed, which every later call
 * reports. */
#include "print/print.h"

#include "print/digits.h"
#include "print/json.h"
#include "print/line.h"
#include "print/output.h"

#include <tapline/frame.h>

#include <errno.h>
#include <stdlib.h>

struct print {
    enum print_format format;
    struct print_output output;
    struct print_line line;
    struct print_json json;
};

bool print_format_parse(const char *word, enum print_format *ret_format)
{
    static const char *const words[] = {
        [PRINT_LINE] = "line", [PRINT_JSON] = "json", [PRINT_HEX] = "hex", [PRINT_RAW] = "raw"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(word, words[i]) == 0) {
            *ret_format = (enum print_format)i;
            return true;
        }
    }
    return false;
}

static void put_control(struct print_output *output, enum tl_control_type type, struct tl_bytes content_type)
{
    struct tl_control control = tl_control(type, content_type);
    uint8_t *to = (uint8_t *)print_room(output, TL_CONTROL_FRAME_MAX);
    size_t size = 0;

    tl_control_encode(&control, to, TL_CONTROL_FRAME_MAX, &size);
    output->at += size;
}

static void put_data(struct print_output *output, struct tl_bytes frame)
{
    struct tl_builder builder = tl_builder(print_room(output, 4), 4);

    tl_builder_put_be32(&builder, (uint32_t)frame.size);
    output->at += 4;
    print_bytes(output, frame);
}

/* The line of upper-case digits that dnstap-read -x prints below. */
static void put_wire(struct print_output *output, struct tl_bytes wire)
{
    enum { CHUNK = 4096 };

    if (!wire.size)
        return;
    for (size_t done = 0; done < wire.size; done += CHUNK) {
        size_t size = wire.size - done < CHUNK ? wire.size - done : CHUNK;
        char *to = print_room(output, 2 * CHUNK);
        output->at = put_hex(to, wire.data + done, size, print_hex_upper);
    }
    *print_room(output, 1) = '\n';
    output->at++;
}

struct print *print_new(int fd, enum print_format format, bool utc)
{
    struct print *print = calloc(1, sizeof(*print));

    if (!print)
        return NULL;
    print->format = format;
    print_line_init(&print->line, utc);
    if (!print_output_init(&print->output, fd) || (format == PRINT_JSON && !print_json_init(&print->json))) {
        print_free(print);
        return NULL;
    }
    if (format == PRINT_RAW)
        put_control(&print->output, TL_CONTROL_START, tl_bytes_of_text(TL_DNSTAP_CONTENT_TYPE));
    return print;
}

void print_free(struct print *print)
{
    if (!print)
        return;
    print_json_done(&print->json);
    print_output_done(&print->output);
    free(print);
}

enum tl_status print_put(struct print *print, const struct record *record)
{
    struct print_output *output = &print->output;

    switch (print->format) {
    case PRINT_LINE: print_line_put(&print->line, output, record); break;
    case PRINT_JSON: print_json_put(&print->json, output, record); break;
    case PRINT_HEX:
        print_line_put(&print->line, output, record);
        put_wire(output, record_wire(record));
        break;
    case PRINT_RAW: put_data(output, record->frame); break;
    }
    if (__builtin_expect(output->status != TL_OK, 0))
        errno = output->error;
    return output->status;
}

enum tl_status print_flush(struct print *print)
{
    return print_output_flush(&print->output);
}

enum tl_status print_finish(struct print *print)
{
    if (print->format == PRINT_RAW)
        put_control(&print->output, TL_CONTROL_STOP, tl_bytes(NULL, 0));
    return print_flush(print);
}
