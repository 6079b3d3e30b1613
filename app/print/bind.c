/* A record as dnstap-read prints it: which records it prints at all, and of what they are made. Invariant:
 * nothing is put of a record before it is known that all of it will be. */
#include "print/bind.h"

#include "print/bind_text.h"
#include "print/bind_yaml.h"
#include "print/hex.h"
#include "print/line.h"

#include <stdlib.h>

struct print_bind {
    struct print_bind_options options;
    struct print_line line;
    struct print_date date; /* of YAML */
    struct bind_message message;
    bool has_document; /* one of YAML stands before the next */
};

struct print_bind *print_bind_new(const struct print_bind_options *options)
{
    struct print_bind *bind = calloc(1, sizeof(*bind));

    if (!bind)
        return NULL;
    bind->options = *options;
    print_line_init(&bind->line, options->utc, false);
    print_date_init(&bind->date, true);
    for (int i = 0; i < PRINT_PROTOCOLS; i++) {
        bool is_tcp = i == TL_DNSTAP_TCP;
        const char *word = is_tcp ? "TCP" : "UDP";
        if (options->release != PRINT_BIND_9_18)
            word = i == TL_DNSTAP_DOT                      ? "DOT"
                   : i == TL_DNSTAP_DOH                    ? "DOH"
                   : is_tcp || i == TL_DNSTAP_DNSCRYPT_TCP ? "TCP"
                                                           : "UDP";
        print_word_init(&bind->line.protocols[i], word);
    }
    bind->has_document = options->is_part;
    print_word_init(&bind->line.no_protocol, options->release == PRINT_BIND_9_18 ? "UDP" : "NUL");
    if (!bind_message_init(&bind->message)) {
        print_bind_free(bind);
        return NULL;
    }
    return bind;
}

void print_bind_free(struct print_bind *bind)
{
    if (!bind)
        return;
    bind_message_done(&bind->message);
    free(bind);
}

/* Whether the time that the record is about is none. */
static bool has_bad_time(const struct tl_dnstap *dnstap)
{
    const uint32_t second = 1000000000;

    if (tl_dnstap_is_query(dnstap->message_type))
        return tl_dnstap_has(dnstap, TL_DNSTAP_F_QUERY_TIME_SEC) &&
               tl_dnstap_has(dnstap, TL_DNSTAP_F_QUERY_TIME_NSEC) && dnstap->query_time_nsec >= second;
    return tl_dnstap_has(dnstap, TL_DNSTAP_F_RESPONSE_TIME_SEC) &&
           tl_dnstap_has(dnstap, TL_DNSTAP_F_RESPONSE_TIME_NSEC) && dnstap->response_time_nsec >= second;
}

/* Whether, and why, BIND prints nothing of the record, its DNS message aside. */
static enum print_bind_result judge(const struct print_bind *bind, const struct record *record,
                                    const char **ret_why)
{
    const struct tl_dnstap *dnstap = &record->dnstap;
    bool is_old = bind->options.release == PRINT_BIND_9_18;

    if (record->status != TL_OK) {
        *ret_why = tl_status_text(record->status);
        return PRINT_BIND_SKIPPED;
    }
    if (dnstap->type != TL_DNSTAP_TYPE_MESSAGE) {
        *ret_why = "its type is not MESSAGE";
        return PRINT_BIND_SKIPPED;
    }
    if (!tl_dnstap_has(dnstap, TL_DNSTAP_F_MESSAGE)) {
        *ret_why = "it has no message";
        return is_old ? PRINT_BIND_CRASH : PRINT_BIND_SKIPPED;
    }
    if (dnstap->message_type < TL_DNSTAP_AUTH_QUERY || dnstap->message_type > TL_DNSTAP_UPDATE_RESPONSE) {
        *ret_why = "its message is of an unknown type";
        return PRINT_BIND_SKIPPED;
    }
    if (has_bad_time(dnstap)) {
        *ret_why = "its time has a thousand million nanoseconds or more";
        return PRINT_BIND_CRASH;
    }
    return PRINT_BIND_PUT;
}

static bool is_empty_address(const struct tl_dnstap *dnstap, enum tl_dnstap_field field,
                             struct tl_bytes address)
{
    return tl_dnstap_has(dnstap, field) && !address.size;
}

static bool is_bad_address(struct tl_bytes address)
{
    return address.size != 0 && address.size != 4 && address.size != 16;
}

/* The line; `message` is NULL if there is none that BIND can read. BIND keeps seconds in 32 bits. */
static void put_line(struct print_bind *bind, struct print_output *output, const struct record *record,
                     bool is_query, const struct bind_message *message)
{
    char *to = print_room(output, PRINT_LINE_SIZE);

    if (__builtin_expect((record->dnstap.query_time_sec | record->dnstap.response_time_sec) > UINT32_MAX,
                         0)) {
        struct record copy = *record;
        copy.dnstap.query_time_sec = (uint32_t)copy.dnstap.query_time_sec;
        copy.dnstap.response_time_sec = (uint32_t)copy.dnstap.response_time_sec;
        to = print_put_head(to, &bind->line, &copy, is_query);
    } else {
        to = print_put_head(to, &bind->line, record, is_query);
    }
    if (message) {
        const struct bind_owner *owner = &message->owners[0];
        const struct bind_set *set = &message->sets[owner->first];
        size_t length = 0;
        tl_dns_name_print(message->dns.wire, owner->name, to, &length, NULL);
        to += length;
        *to++ = '/';
        to += tl_dns_class_print(set->rclass, to);
        *to++ = '/';
        to += tl_dns_bind_type_print(set->type, to);
        *to++ = '\n';
    } else {
        to = PUT(to, "?/?/?\n");
    }
    output->at = to;
}

static void put_document(struct print_bind *bind, struct print_output *output, const struct record *record,
                         bool is_query, struct bind_message *message)
{
    struct bind_style style = {.output = output, .release = bind->options.release, .is_yaml = true};

    if (bind->has_document)
        output->at = PUT(print_room(output, 4), "---\n");
    bind->has_document = true;
    bind_yaml_put(&style, &bind->date, record, bind->options.long_times);
    if (!message)
        return;
    char *to = print_room(output, 64);
    output->at = is_query ? PUT(to, "  query_message_data:\n") : PUT(to, "  response_message_data:\n");
    bind_data_put(&style, message);
    to = print_room(output, 64);
    output->at = is_query ? PUT(to, "  query_message: |\n") : PUT(to, "  response_message: |\n");
    style.is_yaml = false;
    style.is_literal = true;
    bind_text_put(&style, message);
}

static void put_body(struct print_bind *bind, struct print_output *output, struct bind_message *message)
{
    const struct bind_style style = {.output = output, .release = bind->options.release};

    if (bind->options.mode == PRINT_BIND_TEXT)
        bind_text_put(&style, message);
    else if (bind->options.mode == PRINT_BIND_HEX)
        print_hex_wire(output, message->dns.wire);
}

enum print_bind_result print_bind_put(struct print_bind *bind, struct print_output *output,
                                      const struct record *record, const char **ret_why)
{
    struct bind_message *message = NULL;
    const struct tl_dnstap *dnstap = &record->dnstap;
    const char *why;
    enum print_bind_result result;

    ret_why = ret_why ? ret_why : &why;
    result = judge(bind, record, ret_why);
    if (result != PRINT_BIND_PUT)
        return result;
    bool is_query = record_is_query(record);
    struct tl_bytes wire = record_wire(record);
    if (wire.size) {
        enum bind_parsed parsed = bind_message_parse(&bind->message, wire, bind->options.release);
        if (parsed == BIND_NO_MEMORY)
            return PRINT_BIND_NO_MEMORY;
        if (parsed == BIND_GOOD)
            message = &bind->message;
    }
    if (message && !message->has_question) {
        *ret_why = "its DNS message has no question";
        return PRINT_BIND_SKIPPED;
    }
    if (bind->options.mode == PRINT_BIND_YAML) {
        if (bind->options.release == PRINT_BIND_9_18 &&
            (is_empty_address(dnstap, TL_DNSTAP_F_QUERY_ADDRESS, dnstap->query_address) ||
             is_empty_address(dnstap, TL_DNSTAP_F_RESPONSE_ADDRESS, dnstap->response_address))) {
            *ret_why = "it has an address of no bytes";
            return PRINT_BIND_CRASH;
        }
        put_document(bind, output, record, is_query, message);
        return PRINT_BIND_PUT;
    }
    if (is_bad_address(dnstap->query_address) || is_bad_address(dnstap->response_address))
        result = PRINT_BIND_BAD_ADDRESS;
    else
        put_line(bind, output, record, is_query, message);
    if (message)
        put_body(bind, output, message);
    return result;
}
