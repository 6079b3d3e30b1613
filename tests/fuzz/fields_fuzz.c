/* Property: whatever a frame holds, each field's values come to an end, no more of them than the frame has
 * bytes and one if the field has no more; each is what its kind says, and a word parses back to its number.
 * Printed, all fields are one line: of CSV and TSV without control characters but tabs between as many
 * columns as there are fields, of JSON one strict object. */
#include "print/fields.h"
#include "print/strict_json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition)
        abort();
}

static void check_word(enum field field, uint64_t number)
{
    char text[FIELD_WORD_SIZE];
    size_t size = field_word_print(field, number, text);
    uint64_t back = ~number;

    demand(size && size < FIELD_WORD_SIZE && !text[size]);
    for (size_t i = 0; i < size; i++)
        demand(text[i] > 0x20 && text[i] < 0x7f && text[i] != ',' && text[i] != '"' && text[i] != '\\');
    demand(field_word_parse(field, tl_bytes(text, size), &back) && back == number);
}

static void check_flags(enum field field, uint64_t set)
{
    uint64_t all = 0, flag, left = set;

    while ((flag = field_next_flag(field, &left))) {
        demand(!(all & flag));
        check_word(field, flag);
        all |= flag;
    }
    demand(all == set);
}

static void check_name(struct tl_bytes name)
{
    uint8_t copy[TL_DNS_NAME_SIZE_MAX];
    size_t size, end;

    demand(tl_dns_name(name, 0, copy, &size, &end) == TL_OK && end == name.size && size == name.size);
    demand(memcmp(copy, name.data, size) == 0);
}

static void check_value(const struct record *record, struct look *look, enum field field,
                        const struct field_value *value)
{
    struct tl_bytes wire = record_wire(record);

    switch (field_describe(field)->kind) {
    case FIELD_KIND_NUMBER: break;
    case FIELD_KIND_SIZE: demand(value->number <= record->frame.size || value->number <= UINT16_MAX); break;
    case FIELD_KIND_WORD: check_word(field, value->number); break;
    case FIELD_KIND_FLAGS: check_flags(field, value->number); break;
    case FIELD_KIND_NAME: check_name(value->bytes); break;
    case FIELD_KIND_ADDRESS: demand(value->bytes.size == 4 || value->bytes.size == 16); break;
    case FIELD_KIND_TEXT: demand(value->bytes.size <= record->frame.size + 64); break;
    case FIELD_KIND_TIME:
        demand(value->time.nanoseconds <= 999999999 && value->time.seconds <= TL_TIME_SECONDS_MAX);
        break;
    case FIELD_KIND_DURATION: break;
    case FIELD_KIND_RDATA:
        demand(look_message(look) && value->rdata->rdata.data >= wire.data &&
               value->rdata->rdata.data + value->rdata->rdata.size <= wire.data + wire.size);
        break;
    }
}

static void check_field(const struct record *record, struct look *look, enum field field)
{
    struct field_value value;
    struct field_at at;
    size_t count = 0;

    memset(&at, 0xee, sizeof(at));
    field_begin(&at);
    while (field_next(look, field, &at, &value)) {
        demand(++count <= (field_describe(field)->is_many ? record->frame.size : 1));
        check_value(record, look, field, &value);
    }
    demand(!field_next(look, field, &at, &value));
}

static void check_row(const char *text, size_t size, char between)
{
    size_t tabs = 0, bound = size;
    bool is_quoted = false;

    for (size_t i = 0; i + 1 < bound; i++) {
        unsigned char c = (unsigned char)text[i];
        is_quoted ^= c == '"' && between == ',';
        tabs += text[i] == between && !is_quoted;
        demand((c >= 0x20 && c != 0x7f) || (c == '\t' && between == '\t'));
        demand(c != 0xc2 || (unsigned char)text[i + 1] >= 0xa0);
    }
    demand(tabs == FIELDS - 1 && text[size - 1] == '\n' && json_is_utf8(tl_bytes(text, size)));
}

static void check_form(const struct record *record, enum print_fields_form form)
{
    static struct print_fields fields[3];
    static struct print_output outputs[3];
    static enum field all[FIELDS];
    struct print_output *output = &outputs[form];

    if (!output->start) {
        for (unsigned i = 0; i < FIELDS; i++)
            all[i] = (enum field)i;
        demand(print_output_init(output, -1) && print_fields_init(&fields[form], form, all, FIELDS));
    }
    output->at = output->start;
    print_fields_put(&fields[form], output, record);
    size_t size = (size_t)(output->at - output->start);
    demand(output->status == TL_OK && size <= 8192 * (record->frame.size + 1));
    if (form == PRINT_FIELDS_JSON)
        demand(output->start[size - 1] == '\n' && strict_json(output->start, size - 1));
    else
        check_row(output->start, size, form == PRINT_FIELDS_CSV ? ',' : '\t');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct record_origin origin = {"/srv/\x1b\xff", {17, 1234}, "unix:\x07", 5, 6, 7};
    struct record record;
    struct look look;

    if (size > 4096) /* what is longer holds nothing new, and the text of it may be 8,000 times as long */
        return 0;
    record_open(&record, tl_bytes(data, size), 4711);
    record.origin = size % 2 ? &origin : NULL;
    record.pair = (enum record_pair)(size % 4);
    look_at(&look, &record);
    for (unsigned i = 0; i < FIELDS; i++)
        check_field(&record, &look, (enum field)i);
    for (enum print_fields_form form = PRINT_FIELDS_CSV; form <= PRINT_FIELDS_JSON; form++)
        check_form(&record, form);
    return 0;
}
