/* The schema's words for its numbers, and the full names of its fields. Invariant: a number without a word is
 * NULL, never a guess, so that the caller shows the number itself. */
#include <tapline/dnstap.h>

#define COUNT(words) (sizeof(words) / sizeof((words)[0]))

static const char *word_of(const char *const *words, size_t count, int32_t number)
{
    return number >= 0 && (size_t)number < count ? words[number] : NULL;
}

const char *tl_dnstap_message_type_name(int32_t type)
{
    static const char *const words[] = {
#define WORD(word) [TL_DNSTAP_##word] = #word
        WORD(AUTH_QUERY),   WORD(AUTH_RESPONSE),   WORD(RESOLVER_QUERY),  WORD(RESOLVER_RESPONSE),
        WORD(CLIENT_QUERY), WORD(CLIENT_RESPONSE), WORD(FORWARDER_QUERY), WORD(FORWARDER_RESPONSE),
        WORD(STUB_QUERY),   WORD(STUB_RESPONSE),   WORD(TOOL_QUERY),      WORD(TOOL_RESPONSE),
        WORD(UPDATE_QUERY), WORD(UPDATE_RESPONSE),
#undef WORD
    };
    return word_of(words, COUNT(words), type);
}

const char *tl_dnstap_family_name(int32_t family)
{
    static const char *const words[] = {NULL, "INET", "INET6"};
    return word_of(words, COUNT(words), family);
}

const char *tl_dnstap_protocol_name(int32_t protocol)
{
    static const char *const words[] = {
        [TL_DNSTAP_UDP] = "UDP",
        [TL_DNSTAP_TCP] = "TCP",
        [TL_DNSTAP_DOT] = "DOT",
        [TL_DNSTAP_DOH] = "DOH",
        [TL_DNSTAP_DNSCRYPT_UDP] = "DNSCryptUDP",
        [TL_DNSTAP_DNSCRYPT_TCP] = "DNSCryptTCP",
        [TL_DNSTAP_DOQ] = "DOQ",
    };
    return word_of(words, COUNT(words), protocol);
}

const char *tl_dnstap_http_name(int32_t protocol)
{
    static const char *const words[] = {NULL, "HTTP1", "HTTP2", "HTTP3"};
    return word_of(words, COUNT(words), protocol);
}

const char *tl_dnstap_action_name(int32_t action)
{
    static const char *const words[] = {NULL, "NXDOMAIN", "NODATA", "PASS", "DROP", "TRUNCATE", "LOCAL_DATA"};
    return word_of(words, COUNT(words), action);
}

const char *tl_dnstap_match_name(int32_t match)
{
    static const char *const words[] = {NULL, "QNAME", "CLIENT_IP", "RESPONSE_IP", "NS_NAME", "NS_IP"};
    return word_of(words, COUNT(words), match);
}

const char *tl_dnstap_field_name(enum tl_dnstap_field field)
{
    static const char *const names[] = {
#define DNSTAP(number, kind, field, member, word)  [TL_DNSTAP_F_##field] = word,
#define MESSAGE(number, kind, field, member, word) [TL_DNSTAP_F_##field] = "message." word,
#define POLICY(number, kind, field, member, word)  [TL_DNSTAP_F_##field] = "message.policy." word,
#include "fields.def"
    };
    return (size_t)field < COUNT(names) ? names[field] : NULL;
}
