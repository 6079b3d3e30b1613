/* Recognises what else arrives on a port: one table of beginnings. Invariant: only the given bytes are looked
 * at, however few they are. */
#include "source/foreign.h"

struct beginning {
    const char *bytes;
    size_t size;
    const char *name;
};

#define BEGINNING(bytes, name)                                                                               \
    {                                                                                                        \
        bytes, sizeof(bytes) - 1, name                                                                       \
    }

static const struct beginning beginnings[] = {
    BEGINNING("GET ", "it looks like HTTP"),
    BEGINNING("POST", "it looks like HTTP"),
    BEGINNING("HEAD", "it looks like HTTP"),
    BEGINNING("PUT ", "it looks like HTTP"),
    BEGINNING("OPTI", "it looks like HTTP"),
    BEGINNING("PRI * HTTP/2", "it looks like HTTP/2"),
    BEGINNING("\x16\x03",
              "it looks like TLS; tapline takes no TLS here, so turn it off at the sender or put a TLS "
              "terminator in front"),
    BEGINNING("SSH-", "it looks like SSH"),
};

/* A length in front of a protobuf message whose first field is a Dnstap's or a PBDNSMessage's: tags 0x0a,
 * 0x12 (strings 1 and 2), 0x08 (number 1), 0x72 and 0x78 (message and type). */
static bool is_tag(uint8_t byte)
{
    return byte == 0x0a || byte == 0x12 || byte == 0x08 || byte == 0x72 || byte == 0x78;
}

const char *source_foreign_name(struct tl_bytes first_bytes)
{
    const uint8_t *data = first_bytes.data;
    size_t size = first_bytes.size;

    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
        if (size >= beginnings[i].size && memcmp(data, beginnings[i].bytes, beginnings[i].size) == 0)
            return beginnings[i].name;
    }
    if (size >= 5 && tl_be32(data) && tl_be32(data) < 65536 && is_tag(data[4]))
        return "it looks like protobuf with a length in front, without START: the sender does not speak "
               "Frame Streams "
               "(dnsdist and the Recursor have a separate protobuf logger)";
    if (size >= 3 && tl_be16(data) && is_tag(data[2]))
        return "it looks like protobuf with a two-byte length in front: the sender's protobuf logger "
               "(dnsdist, "
               "Recursor), not its dnstap logger";
    return NULL;
}
