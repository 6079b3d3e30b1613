/* Property: walking a message ends, at its end or at a fault inside it; every record has a sound name and
 * rdata inside the message; the text of rdata is bounded by its size and free of control and eight-bit bytes;
 * a smaller buffer changes nothing but the status; and all of it is the same the second time. */
#include <tapline/dns.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition)
        abort();
}

/* Most text for a byte: one of NSEC's bitmap that names eight types. Besides: two names that are compressed,
 * each with its dot, and what a length of two bytes or an empty field is written as. */
#define TEXT_SIZE_OF(rdata_size) (96 * (rdata_size) + 2 * TL_DNS_NAME_TEXT_SIZE + 64)

static size_t print(const struct tl_dns *message, const struct tl_dns_record *record, char *text, size_t size,
                    enum tl_status *ret_status)
{
    struct tl_builder builder = tl_builder(text, size);

    *ret_status = tl_dns_rdata_print(message, record, &builder);
    demand(*ret_status == TL_OK || *ret_status == TL_BAD_RDATA || *ret_status == TL_FULL);
    demand(builder.status == (*ret_status == TL_FULL ? TL_FULL : TL_OK));
    demand(*ret_status == TL_OK || tl_builder_size(&builder) == 0);
    return tl_builder_size(&builder);
}

static void check_rdata(const struct tl_dns *message, const struct tl_dns_record *record)
{
    size_t room = TEXT_SIZE_OF(record->rdata.size);
    char *text = malloc(room), *exact = NULL;
    enum tl_status status, again;

    demand(text != NULL);
    size_t length = print(message, record, text, room, &status);
    demand(status != TL_FULL);
    for (size_t i = 0; i < length; i++)
        demand(text[i] >= 0x20 && text[i] < 0x7f);
    exact = malloc(length + !length);
    demand(exact != NULL);
    demand(print(message, record, exact, length, &again) == length && again == status);
    demand(memcmp(text, exact, length) == 0);
    if (length) {
        print(message, record, exact, length - 1, &again);
        demand(again == TL_FULL);
    }
    free(exact);
    free(text);
}

static void check_options(struct tl_bytes options)
{
    const uint8_t *end = options.data + options.size;
    struct tl_bytes value;
    uint16_t code;
    enum tl_status status;

    while ((status = tl_dns_next_option(&options, &code, &value)) == TL_OK)
        demand(value.data + value.size <= end && options.data + options.size == end);
    demand(status == TL_END ? options.size == 0 : status == TL_TRUNCATED);
}

static void check_record(const struct tl_dns *message, const struct tl_dns_record *record)
{
    const uint8_t *end = message->wire.data + message->wire.size;
    char text[TL_DNS_NAME_TEXT_SIZE];
    size_t length, name_end;

    demand(tl_dns_name_print(message->wire, record->name, text, &length, &name_end) == TL_OK);
    demand(name_end <= message->wire.size);
    demand(record->rdata.data >= message->wire.data && record->rdata.data <= end);
    demand(record->rdata.size <= (size_t)(end - record->rdata.data));
    if (record->section == TL_DNS_QUESTION)
        demand(record->rdata.size == 0 && record->ttl == 0);
    else
        check_rdata(message, record);
    if (record->section == TL_DNS_ADDITIONAL && record->type == 41)
        check_options(tl_dns_edns_of(record).options);
}

/* Whether EDNS and the question are those that the walk comes across. */
static void check_finders(const struct tl_dns *message)
{
    struct tl_dns_cursor cursor = tl_dns_records(message);
    struct tl_dns_record record, question;
    struct tl_dns_edns edns;
    enum tl_status status, edns_status = tl_dns_edns(message, &edns);

    for (bool is_first = true; (status = tl_dns_next_record(&cursor, &record)) == TL_OK; is_first = false) {
        if (is_first && record.section == TL_DNS_QUESTION) {
            demand(tl_dns_question(message, &question) == TL_OK);
            demand(question.name == record.name && question.type == record.type);
        }
        if (record.section == TL_DNS_ADDITIONAL && record.type == 41)
            break;
    }
    if (status == TL_OK)
        demand(edns_status == TL_OK && edns.options.data == record.rdata.data);
    else
        demand(edns_status == status || message->count[TL_DNS_ADDITIONAL] == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tl_dns message;
    struct tl_dns_record record;
    enum tl_status status = tl_dns_open(tl_bytes(data, size), &message);
    size_t count = 0;

    demand(status == (size < TL_DNS_HEADER_SIZE ? TL_TRUNCATED : TL_OK));
    if (status != TL_OK)
        return 0;
    struct tl_dns_cursor cursor = tl_dns_records(&message);
    while ((status = tl_dns_next_record(&cursor, &record)) == TL_OK) {
        check_record(&message, &record);
        count++;
    }
    demand(cursor.offset <= size && count <= size / 5);
    demand(status == TL_END || status == TL_TRUNCATED || status == TL_BAD_LABEL || status == TL_BAD_POINTER ||
           status == TL_NAME_TOO_LONG);
    demand(tl_dns_next_record(&cursor, &record) == status);
    check_finders(&message);
    return 0;
}
