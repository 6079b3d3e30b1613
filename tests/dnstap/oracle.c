/* The library's half of oracle_test.py. Input: a `Frames` message of dnstap.proto on stdin. Output by the
 * argument: text    what we decoded, in the text format of `protoc --decode` encode  the frames, decoded and
 * encoded again, as a `Frames` message check   one line for each frame: TL_OK, or the status, offset and name
 * of the field The fields are listed here once more on purpose: the library's own list is under test. */
#include <tapline/dnstap.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static uint8_t input[64 << 20], output[1 << 20];

static void print_slice(const struct tl_dnstap *d, enum tl_dnstap_field field, const char *label,
                        struct tl_bytes value)
{
    if (!tl_dnstap_has(d, field))
        return;
    printf("%s: \"", label);
    for (size_t i = 0; i < value.size; i++) {
        uint8_t c = value.data[i];
        if (c == '\n')
            printf("\\n");
        else if (c == '\r')
            printf("\\r");
        else if (c == '\t')
            printf("\\t");
        else if (c == '"' || c == '\'' || c == '\\')
            printf("\\%c", c);
        else if (c < 0x20 || c > 0x7e)
            printf("\\%03o", c);
        else
            putchar(c);
    }
    printf("\"\n");
}

static void print_word(const struct tl_dnstap *d, enum tl_dnstap_field field, const char *label,
                       const char *word)
{
    if (tl_dnstap_has(d, field))
        printf("%s: %s\n", label, word ? word : "(no word)");
}

static void print_number(const struct tl_dnstap *d, enum tl_dnstap_field field, const char *label,
                         uint64_t value)
{
    if (tl_dnstap_has(d, field))
        printf("%s: %" PRIu64 "\n", label, value);
}

static void print_policy(const struct tl_dnstap *d)
{
    printf("    policy {\n");
    print_slice(d, TL_DNSTAP_F_POLICY_TYPE, "      type", d->policy_type);
    print_slice(d, TL_DNSTAP_F_POLICY_RULE, "      rule", d->policy_rule);
    print_word(d, TL_DNSTAP_F_POLICY_ACTION, "      action", tl_dnstap_action_name(d->policy_action));
    print_word(d, TL_DNSTAP_F_POLICY_MATCH, "      match", tl_dnstap_match_name(d->policy_match));
    print_slice(d, TL_DNSTAP_F_POLICY_VALUE, "      value", d->policy_value);
    printf("    }\n");
}

static void print_message(const struct tl_dnstap *d)
{
    printf("  message {\n");
    print_word(d, TL_DNSTAP_F_MESSAGE_TYPE, "    type", tl_dnstap_message_type_name(d->message_type));
    print_word(d, TL_DNSTAP_F_SOCKET_FAMILY, "    socket_family", tl_dnstap_family_name(d->socket_family));
    print_word(d, TL_DNSTAP_F_SOCKET_PROTOCOL, "    socket_protocol",
               tl_dnstap_protocol_name(d->socket_protocol));
    print_slice(d, TL_DNSTAP_F_QUERY_ADDRESS, "    query_address", d->query_address);
    print_slice(d, TL_DNSTAP_F_RESPONSE_ADDRESS, "    response_address", d->response_address);
    print_number(d, TL_DNSTAP_F_QUERY_PORT, "    query_port", d->query_port);
    print_number(d, TL_DNSTAP_F_RESPONSE_PORT, "    response_port", d->response_port);
    print_number(d, TL_DNSTAP_F_QUERY_TIME_SEC, "    query_time_sec", d->query_time_sec);
    print_number(d, TL_DNSTAP_F_QUERY_TIME_NSEC, "    query_time_nsec", d->query_time_nsec);
    print_slice(d, TL_DNSTAP_F_QUERY_MESSAGE, "    query_message", d->query_message);
    print_slice(d, TL_DNSTAP_F_QUERY_ZONE, "    query_zone", d->query_zone);
    print_number(d, TL_DNSTAP_F_RESPONSE_TIME_SEC, "    response_time_sec", d->response_time_sec);
    print_number(d, TL_DNSTAP_F_RESPONSE_TIME_NSEC, "    response_time_nsec", d->response_time_nsec);
    print_slice(d, TL_DNSTAP_F_RESPONSE_MESSAGE, "    response_message", d->response_message);
    if (tl_dnstap_has(d, TL_DNSTAP_F_POLICY))
        print_policy(d);
    print_word(d, TL_DNSTAP_F_HTTP_PROTOCOL, "    http_protocol", tl_dnstap_http_name(d->http_protocol));
    printf("  }\n");
}

static void print_text(const struct tl_dnstap *d)
{
    printf("frame {\n");
    print_slice(d, TL_DNSTAP_F_IDENTITY, "  identity", d->identity);
    print_slice(d, TL_DNSTAP_F_VERSION, "  version", d->version);
    print_slice(d, TL_DNSTAP_F_EXTRA, "  extra", d->extra);
    if (tl_dnstap_has(d, TL_DNSTAP_F_MESSAGE))
        print_message(d);
    print_word(d, TL_DNSTAP_F_TYPE, "  type", d->type == TL_DNSTAP_TYPE_MESSAGE ? "MESSAGE" : NULL);
    printf("}\n");
}

static void print_encoded(const struct tl_dnstap *d)
{
    size_t size = tl_dnstap_size(d), length = size;

    if (size > sizeof(output) || tl_dnstap_encode(d, output, size) != TL_OK)
        exit(3);
    putchar(0x0a);
    for (; length >= 0x80; length >>= 7)
        putchar((int)(length & 0x7f) | 0x80);
    putchar((int)length);
    fwrite(output, 1, size, stdout);
}

static void print_frame(struct tl_bytes frame, const char *how)
{
    struct tl_dnstap dnstap;
    struct tl_dnstap_error error;
    enum tl_status status = tl_dnstap_decode(frame, &dnstap, &error);

    if (strcmp(how, "check") == 0 && status != TL_OK)
        printf("%s %zu %s\n", tl_status_name(status), error.offset, error.what);
    else if (strcmp(how, "check") == 0)
        printf("TL_OK\n");
    else if (status != TL_OK)
        exit(2);
    else if (strcmp(how, "text") == 0)
        print_text(&dnstap);
    else
        print_encoded(&dnstap);
}

int main(int argc, char **argv)
{
    size_t size = fread(input, 1, sizeof(input), stdin), at = 0;

    while (at < size) {
        size_t length = 0;
        unsigned shift = 0;
        if (input[at++] != 0x0a)
            return 4;
        do
            length |= (size_t)(input[at] & 0x7f) << shift, shift += 7;
        while (input[at++] & 0x80);
        if (at + length > size)
            return 4;
        print_frame(tl_bytes(input + at, length), argc > 1 ? argv[1] : "check");
        at += length;
    }
    return 0;
}
