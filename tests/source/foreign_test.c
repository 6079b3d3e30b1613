#include "proof/guarded.h"
#include "proof/test.h"
#include "source/foreign.h"

struct example {
    const char *bytes;
    size_t size;
    const char *name; /* how it begins; NULL: none */
};

static void assert_names(const char *(*function)(struct tl_bytes), const struct example *examples,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct guarded in = guarded_new(examples[i].bytes, examples[i].size);
        const char *name = function(tl_bytes(in.data, in.size));
        if (!examples[i].name)
            assert_null(name);
        else
            assert_memory_equal(name, examples[i].name, strlen(examples[i].name));
        guarded_free(&in);
    }
}

#define assert_all(function, examples)                                                                       \
    assert_names(function, examples, sizeof(examples) / sizeof((examples)[0]))

static void streams_are_named(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"", 0, NULL},
        {"GET", 3, NULL},
        {"GET /", 5, "it looks like HTTP"},
        {"POST /", 6, "it looks like HTTP"},
        {"PRI * HTTP/2.0", 14, "it looks like HTTP/2"},
        {"\x16\x03\x01\x02", 4, "it looks like TLS"},
        {"SSH-2.0", 7, "it looks like SSH"},
        {"\0\0\0\x10\x0a", 5, "it looks like protobuf with a length in front"},
        {"\0\0\0\x10", 4, NULL},
        {"\0\x10\x0a", 3, "it looks like protobuf with a two-byte length in front"},
        {"\xff\xff\xff\xff\xff", 5, NULL},
    };

    assert_all(source_foreign_name, examples);
}

static void files_are_named(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"", 0, NULL},
        {"\xa1\xb2\xc3\xd4", 4, "it looks like a packet capture (pcap)"},
        {"\xd4\xc3\xb2\xa1", 4, "it looks like a packet capture (pcap)"},
        {"\x0a\x0d\x0d\x0a", 4, "it looks like a packet capture (pcapng)"},
        {"BZh9", 4, "it looks like bzip2"},
        {"\x04\x22\x4d\x18", 4, "it looks like lz4"},
        {"PK\3\4", 4, "it looks like a zip archive"},
        {"\x7f\x45LF", 4, "it looks like a program"},
        {"[1]", 3, "it looks like JSON"},
        {"caf\xc3\xa9 au lait\n", 14, "it looks like text"},
        {"\xc3\xa9\xc3\xa9", 4, NULL},
        {"\0", 1, "it begins with nothing but zero bytes"},
        {"\x72\3\1\2\3", 5, "it looks like protobuf without framing"},
        {"\0\0\0\x10\x0a", 5, "it looks like protobuf with a length in front"},
    };

    assert_all(source_foreign_file_name, examples);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_are_named),
        cmocka_unit_test(files_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
