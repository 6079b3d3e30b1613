/* What EDNS options and extended errors are called. Invariant: no name holds anything but letters, digits,
 * hyphens and single spaces, and no two of one table differ only in their case. */
#include "words.h"

#define COUNT(names) (sizeof(names) / sizeof((names)[0]))

/* https://www.iana.org/assignments/dns-parameters, "DNS EDNS0 Option Codes (OPT)". */
static const char *const options[] = {
    [1] = "LLQ",
    [2] = "UPDATE-LEASE",
    [3] = "NSID",
    [5] = "DAU",
    [6] = "DHU",
    [7] = "N3U",
    [8] = "CLIENT-SUBNET",
    [9] = "EXPIRE",
    [10] = "COOKIE",
    [11] = "TCP-KEEPALIVE",
    [12] = "PADDING",
    [13] = "CHAIN",
    [14] = "KEY-TAG",
    [15] = "EDE",
    [16] = "CLIENT-TAG",
    [17] = "SERVER-TAG",
    [18] = "REPORT-CHANNEL",
    [19] = "ZONEVERSION",
};

/* The same place, "Extended DNS Error Codes"; RFC 8914 section 4. */
static const char *const errors[] = {
    [0] = "Other Error",
    [1] = "Unsupported DNSKEY Algorithm",
    [2] = "Unsupported DS Digest Type",
    [3] = "Stale Answer",
    [4] = "Forged Answer",
    [5] = "DNSSEC Indeterminate",
    [6] = "DNSSEC Bogus",
    [7] = "Signature Expired",
    [8] = "Signature Not Yet Valid",
    [9] = "DNSKEY Missing",
    [10] = "RRSIGs Missing",
    [11] = "No Zone Key Bit Set",
    [12] = "NSEC Missing",
    [13] = "Cached Error",
    [14] = "Not Ready",
    [15] = "Blocked",
    [16] = "Censored",
    [17] = "Filtered",
    [18] = "Prohibited",
    [19] = "Stale NXDomain Answer",
    [20] = "Not Authoritative",
    [21] = "Not Supported",
    [22] = "No Reachable Authority",
    [23] = "Network Error",
    [24] = "Invalid Data",
    [25] = "Signature Expired before Valid",
    [26] = "Too Early",
    [27] = "Unsupported NSEC3 Iterations Value",
    [28] = "Unable to conform to policy",
    [29] = "Synthesized",
    [30] = "Invalid Query Type",
};

const char *tl_dns_option_name(uint16_t code)
{
    return code < COUNT(options) ? options[code] : NULL;
}

const char *tl_dns_ede_name(uint16_t code)
{
    return code < COUNT(errors) ? errors[code] : NULL;
}

/* Case-insensitive; a hyphen or an underscore will do for a space. */
static bool is_name(struct tl_bytes text, const char *name)
{
    size_t i = 0;

    for (; i < text.size && name[i]; i++) {
        uint8_t c = text.data[i];
        if (upper(c) != upper((uint8_t)name[i]) && !(name[i] == ' ' && (c == '-' || c == '_')))
            return false;
    }
    return i == text.size && !name[i];
}

static enum tl_status parse(const char *const *names, size_t count, struct tl_bytes text, uint16_t *ret_code)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i] && is_name(text, names[i])) {
            *ret_code = (uint16_t)i;
            return TL_OK;
        }
    }
    return TL_BAD_TEXT;
}

enum tl_status tl_dns_option_parse(struct tl_bytes text, uint16_t *ret_code)
{
    return parse(options, COUNT(options), text, ret_code);
}

enum tl_status tl_dns_ede_parse(struct tl_bytes text, uint16_t *ret_code)
{
    return parse(errors, COUNT(errors), text, ret_code);
}
