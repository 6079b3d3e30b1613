/* For oracle_test.py: the records of every DNS message of a Frame Streams file, a line each as
 * OWNER TAB CLASS TAB TYPE TAB RDATA; of messages that have a question and are sound from end to end, since
 * BIND prints no others. Usage: oracle FILE */
#include <tapline/dns.h>
#include <tapline/dnstap.h>
#include <tapline/frame.h>

#include <stdio.h>
#include <stdlib.h>

#define TYPE_OPT 41

static uint8_t file_bytes[1 << 20];
static uint8_t lines[1 << 22];

static void put_line(const struct tl_dns *message, const struct tl_dns_record *record,
                     struct tl_builder *builder)
{
    char name[TL_DNS_NAME_TEXT_SIZE], word[TL_DNS_WORD_SIZE];
    size_t length;

    if (tl_dns_name_print(message->wire, record->name, name, &length, NULL) != TL_OK)
        abort();
    tl_builder_put(builder, tl_bytes(name, length));
    tl_builder_put_text(builder, length == 1 && name[0] == '.' ? "\t" : ".\t");
    tl_builder_put(builder, tl_bytes(word, tl_dns_class_print(record->rclass, word)));
    tl_builder_put_text(builder, "\t");
    tl_builder_put(builder, tl_bytes(word, tl_dns_type_print(record->type, word)));
    tl_builder_put_text(builder, "\t");
}

/* False if BIND would not print the message. */
static bool put_message(struct tl_bytes wire, struct tl_builder *builder)
{
    struct tl_dns message;
    struct tl_dns_record record;
    enum tl_status status;

    if (tl_dns_open(wire, &message) != TL_OK || message.count[TL_DNS_QUESTION] == 0)
        return false;
    struct tl_dns_cursor cursor = tl_dns_records(&message);
    while ((status = tl_dns_next_record(&cursor, &record)) == TL_OK) {
        if (record.section == TL_DNS_QUESTION || record.type == TYPE_OPT)
            continue;
        put_line(&message, &record, builder);
        if (tl_dns_rdata_print(&message, &record, builder) != TL_OK)
            return false;
        tl_builder_put_text(builder, "\n");
    }
    return status == TL_END;
}

static void print_message(struct tl_bytes wire)
{
    struct tl_builder builder = tl_builder(lines, sizeof(lines));

    if (put_message(wire, &builder))
        fwrite(lines, 1, tl_builder_size(&builder), stdout);
}

int main(int argc, char **argv)
{
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    struct tl_frame_decoder decoder = {0};
    struct tl_frame frame;
    struct tl_dnstap dnstap;

    if (!file)
        return 2;
    struct tl_bytes in = tl_bytes(file_bytes, fread(file_bytes, 1, sizeof(file_bytes), file));
    fclose(file);
    tl_frame_decoder_init(&decoder, 0);
    while (tl_frame_next(&decoder, &in, &frame) == TL_OK) {
        if (frame.kind != TL_FRAME_DATA || tl_dnstap_decode(frame.payload, &dnstap, NULL) != TL_OK)
            continue;
        print_message(tl_dnstap_is_query(dnstap.message_type) ? dnstap.query_message
                                                              : dnstap.response_message);
    }
    return 0;
}
