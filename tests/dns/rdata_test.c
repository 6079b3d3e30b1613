#include "dns/rdata_message.h"

#define CLASS_IN 1

/* The text, or the status if it is not printed. Static memory. */
static const char *print(const char *type, uint16_t rclass, uint16_t flags, struct tl_bytes rdata)
{
    static char text[70000 * 8];
    struct message message = message_of(type, rclass, flags, rdata);
    struct tl_builder builder = tl_builder(text, sizeof(text) - 1);
    enum tl_status status = tl_dns_rdata_print(&message.dns, &message.record, &builder);

    guarded_free(&message.wire);
    *builder.at = '\0';
    assert_int_equal(builder.status, TL_OK);
    if (status != TL_OK)
        assert_int_equal(tl_builder_size(&builder), 0);
    return status == TL_OK ? text : tl_status_name(status);
}

static void every_sample_has_its_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(samples); i++) {
        const struct sample *sample = &samples[i];
        const char *text = print(sample->type, CLASS_IN, 0, tl_bytes(sample->wire, sample->size));
        if (strcmp(text, sample->text) != 0)
            fail_msg("%s: \"%s\" instead of \"%s\"", sample->type, text, sample->text);
    }
}

/* Cut anywhere, rdata is either bad or of the same form and no longer, and nothing behind it is read. */
static void every_cut_of_every_sample(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(samples); i++) {
        const struct sample *sample = &samples[i];
        for (size_t size = 0; size < sample->size; size++) {
            const char *text = print(sample->type, CLASS_IN, 0, tl_bytes(sample->wire, size));
            if (strcmp(text, "TL_BAD_RDATA") != 0)
                assert_true(strlen(text) <= strlen(sample->text) || sample->text[0] == '\\');
        }
    }
}

/* Builders of every size: the text comes whole or not at all, and what stood before it stays. */
static void a_text_that_does_not_fit_is_taken_back(void **state)
{
    (void)state;
    static const uint8_t filler[8192];

    for (size_t i = 0; i < COUNT(samples); i++) {
        const struct sample *sample = &samples[i];
        struct message message = message_of(sample->type, CLASS_IN, 0, tl_bytes(sample->wire, sample->size));
        size_t length = strlen(sample->text);
        for (size_t room = 0; room <= length; room++) {
            struct guarded out = guarded_new(filler, room + 2);
            struct tl_builder builder = tl_builder(out.data, out.size);
            tl_builder_put_text(&builder, "x=");
            enum tl_status status = tl_dns_rdata_print(&message.dns, &message.record, &builder);
            assert_int_equal(status, room < length ? TL_FULL : TL_OK);
            assert_int_equal(builder.status, status);
            assert_int_equal(tl_builder_size(&builder), room < length ? 2 : 2 + length);
            assert_memory_equal(out.data, "x=", 2);
            if (room == length)
                assert_memory_equal(out.data + 2, sample->text, length);
            guarded_free(&out);
        }
        guarded_free(&message.wire);
    }
}

#define V16 "0123456789abcdef"
#define SIG "\0\1\1\2\0\0\0\3\0\0\0\4\0\0\0\5\0\6"

static const struct {
    const char *type;
    const char *wire;
    size_t size;
} bad[] = {
#define BAD(type, wire)                                                                                      \
    {                                                                                                        \
        type, wire, sizeof(wire) - 1                                                                         \
    }
    BAD("A", ""),
    BAD("A", "\1\2\3"),
    BAD("A", "\1\2\3\4\5"),
    BAD("AAAA", "0123456789abcde"),
    BAD("AAAA", V16 "x"),
    BAD("NS", ""),
    BAD("NS", "\3foo"),
    BAD("NS", "\3foo\0x"),
    BAD("NS", "\x40"),
    BAD("NS", "\xc0"),
    BAD("NS", "\xc0\x24"), /* itself */
    BAD("NS", "\xc0\xff"),
    BAD("SOA", "\0\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0"),
    BAD("SOA", "\0\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5\6"),
    BAD("MX", "\0"),
    BAD("MX", "\0\1"),
    BAD("MX", "\0\1\0\0"),
    BAD("WKS", "\1\2\3\4"),
    BAD("WKS", "\1\2\3\4\6\0"),
    BAD("WKS", "\1\2\3\4\6\x80\0"),
    BAD("HINFO", "\1a"),
    BAD("HINFO", "\1a\1b\1c"),
    BAD("HINFO", "\1a\2b"),
    BAD("MINFO", "\0"),
    BAD("TXT", ""),
    BAD("TXT", "\1"),
    BAD("TXT", "\1a\2b"),
    BAD("X25", "\1a\1b"),
    BAD("X25", "\3123"),
    BAD("X25", "\00412a4"),
    BAD("ISDN", "\1a\1b\1c"),
    BAD("NSAP", ""),
    BAD("SIG", SIG "\0"),
    BAD("RRSIG", SIG),
    BAD("RRSIG", SIG "\0"),
    BAD("RRSIG", "\0\1\1\2\0\0\0\3\0\0\0\4\0\0\0\5"),
    BAD("KEY", "\1\0\3\375\1\3\5\17"),
    BAD("KEY", "\1\0\3"),
    BAD("KEY", "\1\0\3\1"),
    BAD("KEY", "\xc0\0\3\1x"),
    BAD("DNSKEY", "\1\0\3\1"),
    BAD("LOC", ""),
    BAD("LOC", "\0\x12\x16\x13\x89\x17\x2d\xd0\x70\xbe\x15\xf0\0\x98\x8d"),
    BAD("LOC", "\0\x12\x16\x13\x89\x17\x2d\xd0\x70\xbe\x15\xf0\0\x98\x8d\x20x"),
    BAD("LOC", "\0\xa2\x16\x13\x89\x17\x2d\xd0\x70\xbe\x15\xf0\0\x98\x8d\x20"), /* ten metres of what */
    BAD("LOC", "\0\x1a\x16\x13\x89\x17\x2d\xd0\x70\xbe\x15\xf0\0\x98\x8d\x20"),
    BAD("LOC", "\0\x12\x06\x13\x89\x17\x2d\xd0\x70\xbe\x15\xf0\0\x98\x8d\x20"),
    BAD("LOC", "\0\x12\x16\x13\x93\x4f\xd9\x01\x80\0\0\0\0\0\0\0"), /* 90 degrees and a bit */
    BAD("LOC", "\0\x12\x16\x13\x80\0\0\0\xa6\x9f\xb2\x01\0\0\0\0"),
    BAD("LOC", "\0\x12\x16\x13\x80\0\0\0\0\0\0\0\0\0\0\0"),
    BAD("NXT", "\0\x80"),
    BAD("NXT", "\0\x40\0"),
    BAD("NXT", "\0" V16 "g"),
    BAD("EID", ""),
    BAD("SRV", "\0\1\0\2\0"),
    BAD("SRV", "\0\1\0\2\0\3"),
    BAD("ATMA", ""),
    BAD("ATMA", "\0"),
    BAD("ATMA", "\1+4912"),
    BAD("NAPTR", "\0\1\0\2\1a\1b\1c"),
    BAD("NAPTR", "\0\1\0\2\1a\1b\1c\0"), /* a delimiter alone */
    BAD("NAPTR", "\0\1\0\2\0\0\5!(!x!\0"),
    BAD("NAPTR", "\0\1\0\2\0\0\6!a!\\1!\0"), /* there is no first group */
    BAD("RKEY", "\0\1\3\5k"),
    BAD("DNSKEY", "\1\0\3\375\2a\0"), /* the key of a private algorithm begins with a name */
    BAD("DNSKEY", "\1\0\3\375\300\14"),
    BAD("CERT", "\0\1\0\2\5"),
    BAD("A6", ""),
    BAD("A6", "\x81\0"),
    BAD("A6", "\x80"),
    BAD("A6", "\x7f\2\0"), /* a bit of the prefix is set */
    BAD("A6", "\0" V16 "x"),
    BAD("A6", "\x40\1\2\3\4\5\6\7"),
    BAD("SINK", "\1\2"),
    BAD("APL", "\0\10\0\4\0\1\0\0"),
    BAD("APL", "\0\1\x20"),
    BAD("APL", "\0\1\x21\0"),
    BAD("APL", "\0\1\x20\5\1\2\3\4\5"),
    BAD("APL", "\0\1\x20\4\1\2\3\0"),
    BAD("APL", "\0\2\x81\0"),
    BAD("APL", "\0\2\x20\2\1"),
    BAD("APL", "\0\3\x20\2\1"),
    BAD("DS", "\0\1\x8"),
    BAD("DS", "\0\1\x8\x63"),
    BAD("DS", "\0\1\x8\1\1\2\3"),
    BAD("DS", "\0\1\x8\2" V16 V16 "x"),
    BAD("SSHFP", "\1\1\1"),
    BAD("IPSECKEY", "\1\0"),
    BAD("IPSECKEY", "\1\0\2"),
    BAD("IPSECKEY", "\1\1\2\1\2\3"),
    BAD("IPSECKEY", "\1\2\2" V16),
    BAD("IPSECKEY", "\1\3\2\3foo"),
    BAD("NSEC", "\0"),
    BAD("NSEC", "\0\0\1"),
    BAD("NSEC", "\0\0\0"),
    BAD("NSEC", "\0\0\1\0"),
    BAD("NSEC", "\0\0\x21" V16 V16 "x"),
    BAD("NSEC", "\0\1\1\1\0\1\1"),
    BAD("NSEC", "\0\1\1\1\1\1\1"),
    BAD("NSEC3", "\1\0\0\0\0\0"),
    BAD("NSEC3", "\1\0\0\0\2x"),
    BAD("NSEC3", "\1\0\0\0\0\2x"),
    BAD("NSEC3PARAM", "\1\0\0\0\1"),
    BAD("NSEC3PARAM", "\1\0\0\0\0x"),
    BAD("TLSA", "\1\2\3"),
    BAD("HIP", "\0\1\0\1x"),
    BAD("HIP", "\1\1\0\0x"),
    BAD("HIP", "\1\1\0\2xy"),
    BAD("HIP", "\1\1\0\1xy\1a"),
    BAD("HIP", "\1\1\0\1xy\xc0\x0c"),
    BAD("OPENPGPKEY", ""),
    BAD("CSYNC", "\0\0\0\1\0"),
    BAD("CSYNC", "\0\0\0\1\0\2\0\1\0"),
    BAD("ZONEMD", "\0\0\0\1\1\1" V16),
    BAD("ZONEMD", "\0\0\0\1\1\x63"
                  "0123456789a"),
    BAD("SVCB", "\0\1"),
    BAD("SVCB", "\0\1\0\0"),
    BAD("SVCB", "\0\1\0\0\3\0"),
    BAD("SVCB", "\0\1\0\0\3\0\1x"),
    BAD("SVCB", "\0\1\0\0\3\0\3xyz"),
    BAD("SVCB", "\0\1\0\0\4\0\0"),
    BAD("SVCB", "\0\1\0\0\4\0\5\1\2\3\4\5"),
    BAD("SVCB", "\0\1\0\0\6\0\4\1\2\3\4"),
    BAD("SVCB", "\0\1\0\0\1\0\0"),
    BAD("SVCB", "\0\1\0\0\1\0\1\0"),
    BAD("SVCB", "\0\1\0\0\1\0\3\1a\2"),
    BAD("SVCB", "\0\1\0\0\5\0\0"),
    BAD("SVCB", "\0\1\0\0\2\0\0"), /* no-default-alpn without alpn */
    BAD("SVCB", "\0\1\0\0\1\0\3\2h2\0\2\0\1x"),
    BAD("SVCB", "\0\1\0\0\0\0\0"), /* mandatory, and nothing in it */
    BAD("SVCB", "\0\1\0\0\0\0\1\0"),
    BAD("SVCB", "\0\1\0\0\0\0\2\0\3"),               /* not there */
    BAD("SVCB", "\0\1\0\0\0\0\2\0\0\0\3\0\2\0\x35"), /* itself */
    BAD("SVCB", "\0\1\0\0\0\0\4\0\4\0\3\0\3\0\2\0\x35\0\4\0\4\1\2\3\4"),
    BAD("SVCB", "\0\1\0\0\0\0\4\0\3\0\3\0\3\0\2\0\x35"),
    BAD("SVCB", "\0\1\0\0\3\0\2\0\x35\0\3\0\2\0\x35"), /* twice */
    BAD("SVCB", "\0\1\0\0\4\0\4\1\2\3\4\0\3\0\2\0\x35"),
    BAD("DSYNC", "\0\1\1\0\x35"),
    BAD("NID", "\0\1\0\1\0\2\0\3\0"),
    BAD("NID", "\0\1\0\1\0\2\0\3\0\4\5"),
    BAD("EUI48", "\1\2\3\4\5"),
    BAD("EUI48", "\1\2\3\4\5\6\7"),
    BAD("EUI64", "\1\2\3\4\5\6\7"),
    BAD("EUI64", "\1\2\3\4\5\6\7\x8\x9"),
    BAD("TKEY", "\0\0\0\0\1\0\0\0\2\0\3\0\0\0\0\0\1"),
    BAD("TKEY", "\0\0\0\0\1\0\0\0\2\0\3\0\0\0\2x\0\0"),
    BAD("TSIG", "\0\0\0\0\0\0\1\0\2\0\1x\0\0\0\0\0"),
    BAD("TSIG", "\0\0\0\0\0\0\1\0\2\0\1x\0\0\0\0\0\0y"),
    BAD("URI", "\0\1\0"),
    BAD("CAA", "\0"),
    BAD("CAA", "\0\0"),
    BAD("CAA", "\0\2a"),
    BAD("CAA", "\0\1-x"),
    BAD("DOA", "\0\0\0\1\0\0\0\2\1"),
    BAD("DOA", "\0\0\0\1\0\0\0\2\1\2a"),
    BAD("AMTRELAY", "\1"),
    BAD("AMTRELAY", "\1\0x"),
    BAD("AMTRELAY", "\1\1\1\2\3"),
    BAD("AMTRELAY", "\1\1\1\2\3\4\5"),
    BAD("AMTRELAY", "\1\3\1a"),
    BAD("IPN", "\0\0\0\0\0\0\1"),
#undef BAD
};

static void bad_rdata_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        const char *text = print(bad[i].type, CLASS_IN, 0, tl_bytes(bad[i].wire, bad[i].size));
        if (strcmp(text, "TL_BAD_RDATA") != 0)
            fail_msg("number %zu, %s: \"%s\"", i, bad[i].type, text);
    }
}

#define CHECK(type, rclass, flags, wire, text)                                                               \
    assert_string_equal(print(type, rclass, flags, WIRE(wire)), text)

static void types_belong_to_classes(void **state)
{
    (void)state;
    CHECK("A", 3, 0, "\xc0\x0c\0\123", "a.test. 123");
    CHECK("A", 3, 0, "\0\xff\xff", ". 177777");
    CHECK("A", 3, 0, "\0\0\0", ". 0");
    CHECK("A", 3, 0, "\0\0", "TL_BAD_RDATA");
    CHECK("A", 4, 0, "\1\2\3\4", "1.2.3.4");
    CHECK("A", 2, 0, "\1\2\3\4", "\\# 4 01020304");
    CHECK("AAAA", 3, 0, V16, "\\# 16 30313233343536373839616263646566");
    CHECK("SVCB", 255, 0, "\1", "\\# 1 01");
    CHECK("MX", 4711, 0, "\0\1\xc0\x0c", "1 a.test.");
    CHECK("TXT", 3, 0,
          "\x6"
          "9.18.1",
          "\"9.18.1\"");
}

static void an_update_may_name_no_rdata(void **state)
{
    (void)state;
    const uint16_t update = 5 << 11;

    CHECK("A", 255, update, "", "");
    CHECK("A", 254, update, "", "");
    CHECK("MX", 255, update, "", "");
    CHECK("TYPE65400", 255, update, "", "");
    CHECK("A", 254, update, "\1\2\3\4", "\\# 4 01020304");
    CHECK("MX", 254, update, "\0\1\0", "1 .");
    CHECK("A", 1, update, "", "TL_BAD_RDATA");
    CHECK("MX", 255, 0, "", "TL_BAD_RDATA");
    CHECK("A", 254, 0, "", "\\# 0");
}

static void types_that_bind_does_not_know(void **state)
{
    (void)state;
    CHECK("CLA", CLASS_IN, 0, "\x8TCP-v4-1\1x", "\"TCP-v4-1\" \"x\"");
    CHECK("IPN", CLASS_IN, 0, "\0\0\0\1\0\0\0\2", "4294967298");
    CHECK("NXNAME", CLASS_IN, 0, "", "\\# 0");
    CHECK("TYPE65535", CLASS_IN, 0, "\xab\xcd", "\\# 2 ABCD");
}

static void odd_bytes_stay_text(void **state)
{
    (void)state;
    CHECK("CERT", CLASS_IN, 0, "\0\0\0\2\4\xff", "0 2 4 /w==");
    CHECK("KEY", CLASS_IN, 0, "\1\0\3\1\xff\xff", "256 3 1 //8=");
    CHECK("NULL", CLASS_IN, 0, "\xff", "\\# 1 FF");
    CHECK("PTR", CLASS_IN, 0, "\5a b\n\"\0", "a\\032b\\010\\\".");
    CHECK("PTR", CLASS_IN, 0, "\1.\0", "\\..");
    CHECK("SVCB", CLASS_IN, 0, "\0\1\0\0\1\0\7\6\",\\\x7f\0x", "1 . alpn=\"\\\"\\\\,\\\\\\\\\\127\\000x\"");
    CHECK("SVCB", CLASS_IN, 0, "\0\1\0\0\1\0\4\3 a ", "1 . alpn=\"\\032a\\032\"");
    CHECK("SVCB", CLASS_IN, 0, "\0\1\0\0\7\0\4\"\\,\x80", "1 . key7=\"\\\"\\\\,\\128\"");
    CHECK("SVCB", CLASS_IN, 0, "\0\1\0\0\0\0\4\0\1\xff\xff\0\1\0\3\2h2\xff\xff\0\0",
          "1 . mandatory=alpn,key65535 alpn=\"h2\" key65535");
}

static void a_builder_that_is_full_stays_so(void **state)
{
    (void)state;
    struct message message = message_of("A", CLASS_IN, 0, WIRE("\1\2\3"));
    char text[4];
    struct tl_builder builder = tl_builder(text, sizeof(text));

    tl_builder_put_text(&builder, "abc");
    tl_builder_put_text(&builder, "def");
    assert_int_equal(tl_dns_rdata_print(&message.dns, &message.record, &builder), TL_FULL);
    assert_int_equal(tl_builder_size(&builder), 3);
    guarded_free(&message.wire);
}

/* 65,535 bytes: strings, an unknown type, and the greatest number of ports. */
static void the_longest_rdata(void **state)
{
    (void)state;
    static uint8_t rdata[65535];
    size_t ports = 0;

    memset(rdata, 0xff, sizeof(rdata));
    assert_int_equal(strlen(print("TXT", CLASS_IN, 0, tl_bytes(rdata, 65280))), 255 * (255 * 4 + 3) - 1);
    assert_string_equal(print("TXT", CLASS_IN, 0, tl_bytes(rdata, 65535)), "TL_BAD_RDATA");
    assert_int_equal(strlen(print("NULL", CLASS_IN, 0, tl_bytes(rdata, 65535))), 9 + 2 * 65535);
    for (const char *text = print("WKS", CLASS_IN, 0, tl_bytes(rdata, 5 + 8192)); *text; text++)
        ports += *text == ' ';
    assert_int_equal(ports, 1 + 65536);
    assert_string_equal(print("WKS", CLASS_IN, 0, tl_bytes(rdata, 5 + 8193)), "TL_BAD_RDATA");
}

/* BIND's way: the one nearest to now of the times that 32 bits may mean. */
static void times_near_now(void **state)
{
    static const struct {
        uint64_t now;
        uint32_t bits;
        const char *text;
    } cases[] = {
        {1800000000, 0, "19700101000000"},
        {1800000000, 1700000000, "20231114221320"},
        {1800000000, 0xffffffff, "19691231235959"},
        {1800000000, 0xeb49d1ff, "20950202111407"},
        {1800000000, 0xeb49d200, "19581228044552"},
        {0x1234567890, 0x34567890, "44470830201200"},
        {0x1234567890, 0x3456788f, "44470830201159"},
        {100, 0xfffffff0, "19691231235944"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t wire[20] = {0, 1, 8, 1};
        char text[80];
        struct tl_builder builder = tl_builder(text, sizeof(text));
        for (size_t byte = 0; byte < 8; byte++)
            wire[8 + byte] = (uint8_t)(cases[i].bits >> (24 - byte % 4 * 8));
        struct message message = message_of("RRSIG", CLASS_IN, 0, tl_bytes(wire, sizeof(wire)));
        assert_int_equal(tl_dns_bind_rdata_print(&message.dns, &message.record, cases[i].now, &builder),
                         TL_OK);
        assert_memory_equal(text, "A 8 1 0 ", 8);
        assert_memory_equal(text + 8, cases[i].text, 14);
        assert_memory_equal(text + 23, cases[i].text, 14);
        guarded_free(&message.wire);
    }
}

/* Where BIND's text of whole messages is another. */
static void as_bind_prints_it(void **state)
{
    (void)state;
    static const struct {
        const char *type, *wire;
        size_t size;
        const char *text; /* NULL: it is bad */
    } cases[] = {
#define CASE(type, wire, text) {type, wire, sizeof(wire) - 1, text}
#define HEX28                  "ABABABABABABABABABABABABABABABABABABABABABABABABABABABAB"
#define BYTES28                                                                                              \
    "\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab"   \
    "\xab\xab\xab"
        CASE("TYPE65400", BYTES28, "\\# 28 " HEX28),
        CASE("TYPE65400", BYTES28 "\1", "\\# 29 " HEX28 " 01"),
        CASE("TYPE65400", BYTES28 BYTES28, "\\# 56 " HEX28 " " HEX28),
        CASE("OPENPGPKEY", "012345678901234567890123456789012345678901",
             "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAx"),
        CASE("OPENPGPKEY", "0123456789012345678901234567890123456789012",
             "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAx Mg=="),
        CASE("CLA", "\1a", "\\# 2 0161"),
        CASE("IPN", "\1a", "\\# 2 0161"),
        CASE("NSEC", "\0\0\21\100\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\200", ". A TYPE128"),
        CASE("IPSECKEY", "\12\4\2\300", NULL),
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[256] = "";
        struct tl_builder builder = tl_builder(text, sizeof(text) - 1);
        struct message message =
            message_of(cases[i].type, CLASS_IN, 0, tl_bytes(cases[i].wire, cases[i].size));
        assert_int_equal(tl_dns_bind_rdata_print(&message.dns, &message.record, 0, &builder),
                         cases[i].text ? TL_OK : TL_BAD_RDATA);
        *builder.at = '\0';
        assert_string_equal(text, cases[i].text ? cases[i].text : "");
        guarded_free(&message.wire);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_bind_prints_it),
        cmocka_unit_test(every_sample_has_its_text),
        cmocka_unit_test(every_cut_of_every_sample),
        cmocka_unit_test(a_text_that_does_not_fit_is_taken_back),
        cmocka_unit_test(bad_rdata_is_refused),
        cmocka_unit_test(types_belong_to_classes),
        cmocka_unit_test(an_update_may_name_no_rdata),
        cmocka_unit_test(types_that_bind_does_not_know),
        cmocka_unit_test(odd_bytes_stay_text),
        cmocka_unit_test(a_builder_that_is_full_stays_so),
        cmocka_unit_test(times_near_now),
        cmocka_unit_test(the_longest_rdata),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
