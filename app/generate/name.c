/* Names made up. Invariant: a name is a function of its seed and number alone, so none has to be stored. */
#include "generate/name.h"

#include "generate/label.h"
#include "generate/random.h"

#include <string.h>

/* Labels ------------------------------------------------------------------------------------------------ */

/* Of 64, as the popular ones are shared among what people look up. */
static const char top_levels[64][8] = {
    "com", "com", "com",   "com",   "com", "com", "com", "com", "com", "com",  "com", "com", "com",
    "com", "com", "com",   "com",   "com", "com", "com", "com", "com", "com",  "com", "com", "com",
    "com", "com", "com",   "com",   "net", "net", "net", "net", "net", "net",  "net", "org", "org",
    "org", "org", "de",    "de",    "de",  "io",  "io",  "io",  "uk",  "uk",   "fr",  "fr",  "nl",
    "nl",  "jp",  "cloud", "cloud", "app", "dev", "it",  "ru",  "br",  "info", "xyz", "tv",
};

/* Countries that register one level below: "co.uk". */
static uint8_t *put_second_level(uint8_t *to, const char *top)
{
    if (strcmp(top, "uk") == 0 || strcmp(top, "jp") == 0)
        return label_put_text(to, "co");
    return strcmp(top, "br") == 0 ? label_put_text(to, "com") : to;
}

uint8_t *name_domain(uint8_t *to, uint64_t seed, uint64_t number)
{
    uint64_t bits = random_mix(seed ^ random_mix(number));
    const char *top = top_levels[bits & 63];
    uint8_t *length = to++;

    to = label_word(to, bits >> 16, 2 + (bits >> 6 & 3) / 2);
    if ((bits >> 8 & 7) == 0)
        to = label_word(label_text(to, "-"), random_mix(bits), 2);
    else if ((bits >> 8 & 7) < 3)
        to = label_text(to, (const char[][6]){"app", "media", "tech", "group"}[bits >> 11 & 3]);
    to = put_second_level(label_closed(length, to), top);
    to = label_put_text(to, top);
    *to++ = 0;
    return to;
}

/* Names of services ----------------------------------------------------------------------------------------
 */

static const char services[][10] = {"api",   "cdn",    "img",   "static", "mail",  "m",      "app",   "login",
                                    "auth",  "assets", "media", "news",   "ads",   "sync",   "push",  "edge",
                                    "www2",  "shop",   "data",  "log",    "files", "cloud",  "stats", "video",
                                    "music", "maps",   "time",  "update", "dl",    "events", "s",     "play"};
static const char regions[][16] = {"eu-west-1",  "eu-central-1", "us-east-1", "us-west-2",
                                   "ap-south-1", "de-fra",       "nl-ams",    "uk-lon"};

static uint8_t *put_service(uint8_t *to, uint64_t bits)
{
    uint8_t *length = to++;

    to = label_text(to, services[bits & 31]);
    if ((bits >> 5 & 3) == 0)
        to = label_number(to, (uint32_t)(bits >> 7 & 63));
    else if ((bits >> 5 & 3) == 1)
        to = label_word(label_text(to, "-"), bits >> 7, 1);
    return label_closed(length, to);
}

/* The depths of a cloud: "x7k2....eu-west-1.prod.api". */
static uint8_t *put_deep(uint8_t *to, uint64_t bits, unsigned code)
{
    to = label_put_code(to, bits, LABEL_BASE36, code);
    to = label_put_text(to, regions[bits >> 8 & 7]);
    if (bits >> 11 & 1)
        to = label_put_text(to, bits >> 12 & 1 ? "prod" : "internal");
    return put_service(to, bits >> 16);
}

static uint8_t *put_labels(uint8_t *to, uint64_t bits)
{
    unsigned shape = (unsigned)(bits % 100);

    bits = random_mix(bits);
    if (shape < 45)
        return put_service(to, bits);
    if (shape < 60)
        return label_closed(to, label_word(to + 1, bits, 2));
    if (shape < 80)
        return put_service(label_put_code(to, bits >> 32, LABEL_BASE36, 2 + (bits & 3)), bits >> 8);
    if (shape < 90)
        return label_put_code(to, bits, LABEL_BASE36, 9 + (bits & 7));
    if (shape < 98)
        return put_deep(to, bits, 6 + (bits & 7));
    return put_deep(label_put_code(to, bits, LABEL_HEX, 40), bits, 12);
}

uint8_t *name_of_service(uint8_t *to, uint64_t seed, uint64_t domain, uint64_t bits, int is_first,
                         uint8_t *ret_zone)
{
    uint8_t *start = to;

    if (!is_first)
        to = put_labels(to, bits);
    else if (bits & 3)
        to = label_put_text(to, "www");
    *ret_zone = (uint8_t)(to - start);
    return name_domain(to, seed, domain);
}

/* Names that are asked for once ---------------------------------------------------------------------------
 */

void name_random_domain(uint8_t *buffer, uint64_t bits, unsigned letters, const char *top,
                        struct name *ret_name)
{
    uint8_t *to = label_put_code(buffer, bits, LABEL_LETTERS, letters);
    uint8_t zone = (uint8_t)(to - buffer);

    to = label_put_text(to, top);
    *to++ = 0;
    *ret_name = (struct name){buffer, (uint8_t)(to - buffer), zone, NAME_IS_ABSENT | NAME_IS_SIGNED, bits};
}

/* Labels of a name under the domain of a tracker or a network, 34 to 140 bytes. */
static uint8_t *put_once_labels(uint8_t *to, uint64_t id, uint64_t bits)
{
    unsigned shape = (unsigned)(bits % 100);

    if (shape < 45) /* about 64 bits: none comes twice */
        return label_put_code(to, id, LABEL_BASE36, 14 + (bits >> 8 & 3));
    if (shape < 65)
        return label_put_code(to, id, LABEL_HEX, 16);
    if (shape < 80)
        return label_put_code(to, id, LABEL_HEX, 32);
    if (shape < 95)
        return label_closed(to, label_uuid(to + 1, id));
    to = label_put_code(to, id, LABEL_HEX, 48 + (bits >> 8 & 15));
    return put_deep(to, bits, 10 + (bits >> 12 & 15));
}

void name_once(uint8_t *buffer, uint64_t seed, uint64_t serial, uint32_t domains, struct name *ret_name)
{
    uint64_t id = random_mix(seed + serial), bits = random_mix(id);
    uint32_t kind = random_scaled(bits, 100);

    if (kind < 12) {
        name_random_domain(buffer, id, 13 + (bits & 3), top_levels[bits >> 2 & 31], ret_name);
        return;
    }
    uint8_t *to = put_once_labels(buffer, id, bits);
    uint8_t zone = (uint8_t)(to - buffer);
    uint64_t place = random_mix(bits);
    to = kind < 60 ? name_domain(to, seed, NAME_DOMAIN_TRACKERS + (place & 63) * (place >> 8 & 63) / 64)
                   : name_domain(to, seed, random_scaled(place, domains));
    unsigned traits = (place & 1 ? NAME_HAS_AAAA : 0) | ((place >> 1 & 3) == 0 ? NAME_HAS_HTTPS : 0) |
                      ((place >> 3 & 7) == 0 ? NAME_IS_ALIAS : 0) |
                      ((place >> 6 & 15) == 0 ? NAME_IS_ABSENT : 0) |
                      ((place >> 10 & 127) == 0 ? NAME_IS_BROKEN : 0);
    *ret_name = (struct name){buffer, (uint8_t)(to - buffer), zone, (uint8_t)traits, id};
}
