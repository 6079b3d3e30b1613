/* A record as one line, byte for byte dnstap-read's wherever that prints one. Where it prints nothing, the
 * line has the same shape, with a question mark for what is not known. Invariant: a line has at most
 * PRINT_LINE_SIZE bytes, so that one check of the room is enough, and no byte below 0x20 but the line feed,
 * and with colours escape. */
#include "print/line.h"

#include "print/digits.h"
#include "print/origin.h"

#define NOERROR  0 /* RFC 1035 section 4.1.1 */
#define NXDOMAIN 3

#define PRESENT(field) (1u << TL_DNSTAP_F_##field)

#define UNKNOWN_TIME "???\?-?\?-?\? ??:??:??.???" /* escaped, since ??- is a trigraph */

/* The half of a record that it is about. */
struct half {
    uint64_t seconds;
    uint32_t nanoseconds;
    bool has_time;
    struct tl_bytes wire;
};

void print_word_init(struct print_word *ret_word, const char *word)
{
    char *end = put_text(ret_word->text, " ", 1);

    end = put_text(end, word, strlen(word));
    *end++ = ' ';
    ret_word->size = (uint8_t)(end - ret_word->text);
}

void print_line_init(struct print_line *line, bool utc, bool is_coloured)
{
    const char *other =
        tl_dnstap_protocol_name(TL_DNSTAP_UDP); /* dnstap-read takes it for what it does not know */

    line->is_coloured = is_coloured;
    print_date_init(&line->date, utc);
    print_date_init(&line->arrival, true);
    for (int32_t i = 0; i < PRINT_PROTOCOLS; i++) {
        const char *name = tl_dnstap_protocol_name(i);
        print_word_init(&line->protocols[i], name ? name : other);
    }
    print_word_init(&line->no_protocol, other);
}

static inline struct half half_of(const struct tl_dnstap *dnstap, bool is_query)
{
    struct half half;
    uint32_t both;

    if (is_query) {
        half.seconds = dnstap->query_time_sec;
        half.nanoseconds = dnstap->query_time_nsec;
        half.wire = dnstap->query_message;
        both = PRESENT(QUERY_TIME_SEC) | PRESENT(QUERY_TIME_NSEC);
    } else {
        half.seconds = dnstap->response_time_sec;
        half.nanoseconds = dnstap->response_time_nsec;
        half.wire = dnstap->response_message;
        both = PRESENT(RESPONSE_TIME_SEC) | PRESENT(RESPONSE_TIME_NSEC);
    }
    half.has_time = (dnstap->present & both) == both && (half.seconds || half.nanoseconds);
    return half;
}

/* ECMA-48, "select graphic rendition". */
#define DIM     "\033[2m"
#define BOLD    "\033[1m"
#define RED     "\033[31m"
#define GREEN   "\033[32m"
#define YELLOW  "\033[33m"
#define BLUE    "\033[34m"
#define MAGENTA "\033[35m"
#define CYAN    "\033[36m"
#define PLAIN   "\033[0m"

/* One for each pair of types, since a query and its response belong together. */
static char *put_colour_of_type(char *to, int32_t type)
{
    static const char colours[][sizeof(RED)] = {BLUE, MAGENTA, GREEN, YELLOW, CYAN, CYAN, RED};

    if (type < TL_DNSTAP_AUTH_QUERY || type > TL_DNSTAP_UPDATE_RESPONSE)
        return to;
    return put_text(to, colours[(type - TL_DNSTAP_AUTH_QUERY) / 2], sizeof(RED) - 1);
}

static inline char *put_time(char *to, struct print_date *date, const struct half *half)
{
    const char *text = half->has_time ? print_date_line(date, half->seconds) : NULL;

    if (!text)
        return PUT(to, UNKNOWN_TIME);
    to = put_text(to, text, PRINT_DATE_SIZE);
    *to++ = '.';
    if (half->nanoseconds > 999999999)
        return PUT(to, "???");
    return put_three(to, half->nanoseconds / 1000000);
}

/* " CQ "; an unknown type as its number. */
static inline char *put_code(char *to, const struct tl_dnstap *dnstap)
{
    static const char codes[15][4] = {"",     " AQ ", " AR ", " RQ ", " RR ", " CQ ", " CR ", " FQ ",
                                      " FR ", " SQ ", " SR ", " TQ ", " TR ", " UQ ", " UR "};
    int32_t type = dnstap->message_type;

    if (type >= 1 && type <= 14)
        return put_text(to, codes[type], sizeof(codes[0]));
    *to++ = ' ';
    if (tl_dnstap_has(dnstap, TL_DNSTAP_F_MESSAGE_TYPE))
        to = put_integer(to, type);
    else
        *to++ = '?';
    *to++ = ' ';
    return to;
}

static inline char *put_address(char *to, struct tl_bytes address, uint32_t port)
{
    if (address.size == 4) {
        to = put_ipv4(to, address.data);
    } else if (address.size == 16) {
        to += tl_address_print(address, to);
    } else {
        *to++ = '?';
        return to;
    }
    *to++ = ':';
    return put_decimal(to, port);
}

static inline char *put_protocol(char *to, const struct print_line *line, const struct tl_dnstap *dnstap)
{
    uint32_t protocol = (uint32_t)dnstap->socket_protocol;

    if (!tl_dnstap_has(dnstap, TL_DNSTAP_F_MESSAGE))
        return PUT(to, " ? ");
    const struct print_word *word = &line->protocols[protocol < PRINT_PROTOCOLS ? protocol : 0];
    if (!tl_dnstap_has(dnstap, TL_DNSTAP_F_SOCKET_PROTOCOL))
        word = &line->no_protocol;
    memcpy(to, word->text, sizeof(word->text));
    return to + word->size;
}

/* The first question; it stands right behind the header. */
static inline char *put_question(char *to, struct tl_bytes wire)
{
    struct tl_dns message;
    size_t length, end;

    if (tl_dns_open(wire, &message) != TL_OK || !message.count[TL_DNS_QUESTION] ||
        tl_dns_name_print(wire, TL_DNS_HEADER_SIZE, to, &length, &end) != TL_OK || wire.size - end < 4)
        return PUT(to, "?/?/?");
    to += length;
    *to++ = '/';
    to += tl_dns_class_print(tl_be16(wire.data + end + 2), to);
    *to++ = '/';
    return to + tl_dns_type_print(tl_be16(wire.data + end), to);
}

char *print_put_reason(char *to, const struct record *record)
{
    const char *sentence = tl_status_text(record->status);

    to = put_text(to, record->error.what, strlen(record->error.what));
    to = PUT(to, " at byte ");
    to = put_decimal(to, record->error.offset);
    to = PUT(to, ": ");
    return put_text(to, sentence, strlen(sentence));
}

static char *put_undecodable(char *to, const struct record *record)
{
    to = PUT(to, "# offset ");
    to = put_decimal(to, record->offset);
    to = PUT(to, ": ");
    to = put_decimal(to, record->frame.size);
    to = PUT(to, " bytes, no dnstap message: ");
    return print_put_reason(to, record);
}

/* `is_coloured` is a constant, so that colours cost nobody else anything. */
static inline __attribute__((always_inline)) char *put_head(char *to, struct print_line *line,
                                                            const struct record *record, bool is_query,
                                                            struct half half, bool is_coloured)
{
    const struct tl_dnstap *dnstap = &record->dnstap;

    if (is_coloured)
        to = PUT(to, DIM);
    to = put_time(to, &line->date, &half);
    if (is_coloured)
        to = put_colour_of_type(PUT(to, PLAIN), dnstap->message_type);
    to = put_code(to, dnstap);
    if (is_coloured)
        to = PUT(to, PLAIN);
    to = put_address(to, dnstap->query_address, dnstap->query_port);
    to = put_text(to, is_query ? " -> " : " <- ", 4);
    to = put_address(to, dnstap->response_address, dnstap->response_port);
    to = put_protocol(to, line, dnstap);
    to = put_decimal(to, half.wire.size);
    return PUT(to, "b ");
}

char *print_put_head(char *to, struct print_line *line, const struct record *record, bool is_query)
{
    return put_head(to, line, record, is_query, half_of(&record->dnstap, is_query), false);
}

static inline __attribute__((always_inline)) char *put_record(char *to, struct print_line *line,
                                                              const struct record *record, bool is_coloured)
{
    bool is_query = record_is_query(record);
    struct half half = half_of(&record->dnstap, is_query);

    to = put_head(to, line, record, is_query, half, is_coloured);
    if (!is_coloured)
        return put_question(to, half.wire);
    return PUT(put_question(PUT(to, BOLD), half.wire), PLAIN);
}

static __attribute__((noinline)) char *put_coloured(char *to, struct print_line *line,
                                                    const struct record *record)
{
    if (record->status == TL_OK)
        return put_record(to, line, record, true);
    return PUT(put_undecodable(PUT(to, RED), record), PLAIN);
}

static char *put_rcode(char *to, struct tl_bytes wire, bool is_coloured)
{
    struct tl_dns message;
    struct tl_dns_edns edns;

    if (tl_dns_open(wire, &message) != TL_OK)
        return PUT(to, "?");
    unsigned more = tl_dns_edns(&message, &edns) == TL_OK ? edns.extended_rcode : 0;
    unsigned rcode = more << 4 | tl_dns_rcode(&message);
    if (!is_coloured)
        return to + tl_dns_rcode_print(rcode, to);
    to = put_text(to, rcode == NOERROR ? GREEN : rcode == NXDOMAIN ? YELLOW : RED, sizeof(RED) - 1);
    return PUT(to + tl_dns_rcode_print(rcode, to), PLAIN);
}

/* What became of an exchange: " NOERROR 1.234ms". */
static __attribute__((noinline)) char *put_pair(char *to, const struct record *record, bool is_coloured)
{
    uint64_t latency;

    *to++ = ' ';
    if (record->pair != RECORD_ANSWERED) {
        const char *word = record_pair_name((int32_t)record->pair);
        return put_text(to, word, strlen(word));
    }
    to = put_rcode(to, record->dnstap.response_message, is_coloured);
    if (!record_latency(record, &latency))
        return PUT(to, " ?");
    *to++ = ' ';
    to = put_decimal(to, latency / 1000000);
    *to++ = '.';
    return PUT(put_three(to, latency / 1000 % 1000), "ms");
}

void print_line_put(struct print_line *line, struct print_output *output, const struct record *record)
{
    char *to = print_room(output, PRINT_LINE_SIZE + (record->origin ? PRINT_ORIGIN_MAX : 0));

    if (__builtin_expect(line->is_coloured, 0))
        to = put_coloured(to, line, record);
    else if (__builtin_expect(record->status == TL_OK, 1))
        to = put_record(to, line, record, false);
    else
        to = put_undecodable(to, record);
    if (__builtin_expect(record->pair != RECORD_NOT_PAIRED, 0))
        to = put_pair(to, record, line->is_coloured);
    if (__builtin_expect(record->origin != NULL, 0))
        to = print_put_origin(to, &line->arrival, record);
    *to++ = '\n';
    output->at = to;
}
