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
    /* on a port */
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

static const struct beginning file_beginnings[] = {
    BEGINNING("\xa1\xb2\xc3\xd4", "it looks like a packet capture (pcap)"),
    BEGINNING("\xd4\xc3\xb2\xa1", "it looks like a packet capture (pcap)"),
    BEGINNING("\xa1\xb2\x3c\x4d", "it looks like a packet capture (pcap)"),
    BEGINNING("\x4d\x3c\xb2\xa1", "it looks like a packet capture (pcap)"),
    BEGINNING("\x0a\x0d\x0d\x0a", "it looks like a packet capture (pcapng)"),
    BEGINNING("BZh", "it looks like bzip2, which is not unpacked here; pipe it through bzip2 -dc"),
    BEGINNING("\x04\x22\x4d\x18", "it looks like lz4, which is not unpacked here; pipe it through lz4 -dc"),
    BEGINNING("PK\x03\x04", "it looks like a zip archive"),
    BEGINNING("\x7f"
              "ELF",
              "it looks like a program"),
    BEGINNING("SQLite format 3", "it looks like an SQLite database"),
};

/* ASCII, and a few other bytes as UTF-8 may bring them. */
static bool is_text(struct tl_bytes bytes)
{
    size_t others = 0;

    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t byte = bytes.data[i];
        if ((byte < ' ' && byte != '\n' && byte != '\r' && byte != '\t') || byte == 0x7f)
            return false;
        others += byte > 0x7f;
    }
    return bytes.size > 0 && others <= bytes.size / 4;
}

static bool is_zeros(struct tl_bytes bytes)
{
    size_t i = 0;

    while (i < bytes.size && bytes.data[i] == 0)
        i++;
    return bytes.size > 0 && i == bytes.size;
}

const char *source_foreign_file_name(struct tl_bytes first_bytes)
{
    const char *name;

    for (size_t i = 0; i < sizeof(file_beginnings) / sizeof(file_beginnings[0]); i++) {
        const struct beginning *beginning = &file_beginnings[i];
        if (first_bytes.size >= beginning->size &&
            memcmp(first_bytes.data, beginning->bytes, beginning->size) == 0)
            return beginning->name;
    }
    if (is_zeros(first_bytes))
        return "it begins with nothing but zero bytes";
    if (is_text(first_bytes))
        return first_bytes.data[0] == '{' || first_bytes.data[0] == '[' ? "it looks like JSON"
                                                                        : "it looks like text";
    name = source_foreign_name(first_bytes);
    if (!name && first_bytes.size && is_tag(first_bytes.data[0]))
        name = "it looks like protobuf without framing";
    return name;
}
