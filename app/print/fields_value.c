/* The text of values, which does not depend on the form around it. Invariant: it is printable ASCII. */
#include "print/fields_value.h"

#include "print/digits.h"
#include "print/json.h"

/* RFC 3339 in UTC. What a capture has noted itself is no finer than milliseconds. */
static char *put_time(struct print_date *date, char *to, enum field field, struct tl_time time)
{
    const char *text = print_date_json(date, time.seconds);

    if (!text)
        return to;
    to = put_text(to, text, PRINT_DATE_SIZE);
    if (field == FIELD_ARRIVED || field == FIELD_RUN)
        to = put_three(to, time.nanoseconds / 1000000);
    else
        to = put_nine(to, time.nanoseconds);
    return PUT(to, "Z");
}

char *print_fields_short(struct print_date *date, char *to, enum field field, const struct field_value *value)
{
    switch (field_describe(field)->kind) {
    case FIELD_KIND_WORD:
    case FIELD_KIND_FLAGS: return to + field_word_print(field, value->number, to);
    case FIELD_KIND_ADDRESS:
        if (value->bytes.size == 4)
            return put_ipv4(to, value->bytes.data);
        return to + tl_address_print(value->bytes, to);
    case FIELD_KIND_TIME: return put_time(date, to, field, value->time);
    case FIELD_KIND_DURATION: return put_seconds(to, value->number);
    default: return put_decimal(to, value->number);
    }
}

struct tl_bytes print_fields_name(struct tl_bytes name, void *memory)
{
    size_t length;

    if (tl_dns_name_print(name, 0, memory, &length, NULL) != TL_OK)
        return tl_bytes(memory, 0);
    return tl_bytes(memory, length);
}

struct tl_bytes print_fields_rdata(const struct tl_dns *message, const struct tl_dns_record *record,
                                   void *memory)
{
    struct tl_builder builder = tl_builder(memory, JSON_SCRATCH_SIZE);

    field_rdata_print(message, record, &builder);
    return tl_builder_bytes(&builder);
}
