/* Property: whatever a frame holds, each mode of dnstap-read puts it in both releases' words, or says that
 * nothing is put; twice the same, and to a bounded length. Apart from identity and version, which BIND copies
 * as they are, the text has no control byte but line feeds and tabs. Text and hexadecimal begin with the
 * line. dig's form shows every frame, with the same text if BIND shows it. */
#include "print/bind.h"
#include "print/dig.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition)
        abort();
}

/* Emptied; it lives on, since its memory takes long to get. */
static struct print_output *output_of(int slot)
{
    static struct print_output outputs[3];

    if (!outputs[slot].start)
        demand(print_output_init(&outputs[slot], -1));
    outputs[slot].at = outputs[slot].start;
    return &outputs[slot];
}

static struct tl_bytes text_in(const struct print_output *output)
{
    demand(output->status == TL_OK);
    return tl_bytes(output->start, (size_t)(output->at - output->start));
}

/* One for each release and mode, used again and again, so that the next message meets what one left behind.
 */
static struct print_bind *printer(enum print_bind_release release, enum print_bind_mode mode)
{
    static struct print_bind *printers[2][4];
    struct print_bind **bind = &printers[release][mode];
    struct record record = {.status = TL_OK, .dnstap = {.type = 1, .message_type = 1}};

    if (!*bind) {
        *bind = print_bind_new(&(struct print_bind_options){release, mode, true, true});
        demand(*bind != NULL);
        record.dnstap.present = 1u << TL_DNSTAP_F_MESSAGE;
        demand(print_bind_put(*bind, output_of(0), &record, NULL) == PRINT_BIND_PUT); /* the first document */
    }
    return *bind;
}

static struct tl_bytes put(int slot, enum print_bind_release release, enum print_bind_mode mode,
                           const struct record *record, enum print_bind_result *ret_result)
{
    struct print_bind *bind = printer(release, mode);
    struct print_output *output = output_of(slot);
    const char *why = NULL;

    *ret_result = print_bind_put(bind, output, record, &why);
    demand(*ret_result != PRINT_BIND_NO_MEMORY);
    bool is_nothing = *ret_result == PRINT_BIND_SKIPPED || *ret_result == PRINT_BIND_CRASH;
    demand(is_nothing == (why != NULL) && (!is_nothing || output->at == output->start));
    return text_in(output);
}

static void check_text(struct tl_bytes text, size_t frame_size)
{
    demand(text.size <= 16384 + 4096 * frame_size);
    demand(!text.size || text.data[text.size - 1] == '\n');
    for (size_t i = 0; i < text.size; i++)
        demand((text.data[i] >= 0x20 && text.data[i] != 0x7f) || text.data[i] == '\n' ||
               text.data[i] == '\t');
}

static bool begins_with(struct tl_bytes text, struct tl_bytes beginning)
{
    return text.size >= beginning.size && tl_bytes_equal(tl_bytes(text.data, beginning.size), beginning);
}

static void check_release(enum print_bind_release release, const struct record *record)
{
    enum print_bind_result line_result, result, again;
    struct tl_bytes line = put(0, release, PRINT_BIND_LINE, record, &line_result);

    for (enum print_bind_mode mode = PRINT_BIND_LINE; mode <= PRINT_BIND_YAML; mode++) {
        struct tl_bytes first = put(1, release, mode, record, &result);
        struct tl_bytes second = put(2, release, mode, record, &again);
        demand(result == again && tl_bytes_equal(first, second));
        check_text(first, record->frame.size);
        if (mode != PRINT_BIND_YAML)
            demand(result == line_result && begins_with(first, line));
        else
            demand((line_result == PRINT_BIND_SKIPPED) == (result == PRINT_BIND_SKIPPED));
    }
}

static void check_dig(const struct record *record)
{
    static struct print_dig dig;
    static struct print_line line;
    enum print_bind_result result;
    struct tl_bytes expected = put(0, PRINT_BIND_9_20, PRINT_BIND_TEXT, record, &result);
    struct print_output *output = output_of(1);

    if (!dig.message.text) {
        print_line_init(&line, true, false);
        demand(print_dig_init(&dig));
    }
    demand(print_dig_put(&dig, &line, output, record));
    struct tl_bytes text = text_in(output);
    check_text(text, record->frame.size);
    demand(text.size > 0);
    /* The lines differ where BIND knows less. */
    const uint8_t *below = memchr(text.data, '\n', text.size);
    const uint8_t *below_too = expected.size ? memchr(expected.data, '\n', expected.size) : NULL;
    if (result == PRINT_BIND_PUT && below_too + 1 < expected.data + expected.size)
        demand(tl_bytes_equal(tl_bytes(below, (size_t)(text.data + text.size - below)),
                              tl_bytes(below_too, (size_t)(expected.data + expected.size - below_too))));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct record record;

    if (size > 4096) /* what is longer holds nothing new */
        return 0;
    record_open(&record, tl_bytes(data, size), 4711);
    record.dnstap.identity.size = record.dnstap.version.size = 0;
    check_release(PRINT_BIND_9_18, &record);
    check_release(PRINT_BIND_9_20, &record);
    check_dig(&record);
    return 0;
}
