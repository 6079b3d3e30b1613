/* Statistics as text: what is written, and what becomes of what somebody else wrote. */
#include "sender/kept.h"

#include "proof/guarded.h"

#include <errno.h>
#include <stdio.h>

static enum tl_status parse(const char *text, struct tl_sender_file *ret_file)
{
    struct guarded guarded = guarded_new(text, strlen(text));
    enum tl_status status = tl_sender_file_parse(tl_bytes(guarded.data, guarded.size), ret_file);

    guarded_free(&guarded);
    return status;
}

/* A file in which every number is another one. */
static struct tl_sender_file full_file(void)
{
    struct tl_sender_file file;
    uint64_t number = 1;

    memset(&file, 0, sizeof(file));
    file.pid = number++;
    strcpy(file.program, "name server");
    file.started = (struct tl_time){1700000000, 0};
    file.written = (struct tl_time){1700000001, 123456789};
    file.statistics.submitted = number++;
#define TL_SENDER_LANE_COUNTER(name, sentence) file.statistics.lanes.name = number++;
#include <tapline/sender_counters.def>
    file.statistics.lanes.ring_size = number++;
    file.statistics.lanes.used = number++;
    file.statistics.lanes.high_water = UINT64_MAX;
    file.statistics.statistics_failures = number++;
    file.statistics.statistics_error = (int)number++;
    file.statistics.endpoint_count = TL_SENDER_ENDPOINTS_MAX;
    for (unsigned i = 0; i < TL_SENDER_ENDPOINTS_MAX; i++) {
        struct tl_sender_endpoint_statistics *of = &file.statistics.endpoints[i];
#define TL_SENDER_ENDPOINT_COUNTER(name, sentence) of->name = number++;
#include <tapline/sender_counters.def>
        of->waiting = number++;
        of->link = (enum tl_sender_link)i;
        of->failure = TL_SYSTEM;
        of->error = (int)number++;
        of->failed_in = TL_SENDER_LINK_CLOSED;
        of->failed_at = number++;
        memset(file.addresses[i], 'a' + (int)i, i ? TL_SENDER_ADDRESS_SIZE - 1 : 0);
    }
    return file;
}

static void what_is_printed_is_understood(void **state)
{
    static const char head[] =
        "tapline-sender 1\npid 1\nprogram name server\nstarted 2023-11-14T22:13:20.000000000Z\n";
    struct tl_sender_file file = full_file(), again;
    char text[TL_SENDER_FILE_SIZE_MAX], shorter[TL_SENDER_FILE_SIZE_MAX];
    size_t length = tl_sender_file_print(&file, text, sizeof(text));

    (void)state;
    assert_true(length == strlen(text) && length < sizeof(text));
    assert_int_equal(strncmp(text, head, strlen(head)), 0);
    memset(&again, 0xaa, sizeof(again));
    assert_int_equal(parse(text, &again), TL_OK);
    assert_int_equal(again.pid, file.pid);
    assert_string_equal(again.program, file.program);
    assert_memory_equal(again.addresses, file.addresses, sizeof(file.addresses));
    assert_memory_equal(&again.statistics.lanes, &file.statistics.lanes, sizeof(file.statistics.lanes));
    assert_int_equal(again.statistics.endpoints[3].failed_at, file.statistics.endpoints[3].failed_at);
    assert_int_equal(again.unknown, 0);
    assert_int_equal(tl_sender_file_print(&again, shorter, sizeof(shorter)), length);
    assert_string_equal(shorter, text);
    for (size_t size = 0; size < length; size += 7) {
        assert_int_equal(tl_sender_file_print(&file, shorter, size), length);
        assert_true(size == 0 || strlen(shorter) < size);
    }
}

static void a_file_that_is_cut_off_is_said(void **state)
{
    struct tl_sender_file file = full_file(), again;
    char text[TL_SENDER_FILE_SIZE_MAX];
    size_t length = tl_sender_file_print(&file, text, sizeof(text));

    (void)state;
    while (length-- > 17) {
        bool is_whole_line = text[length - 1] == '\n';
        text[length] = '\0';
        assert_int_equal(parse(text, &again), is_whole_line ? TL_OK : TL_TRUNCATED);
    }
}

static void nonsense_is_refused_and_leaves_nothing(void **state)
{
    static const struct {
        const char *text;
        enum tl_status status;
    } cases[] = {
        {"", TL_BAD_TEXT},
        {"\n", TL_BAD_TEXT},
        {"submitted 1\n", TL_BAD_TEXT},
        {"tapline-sender 1", TL_BAD_TEXT},
        {"tapline-sender\n", TL_BAD_TEXT},
        {"tapline-sender \n", TL_BAD_TEXT},
        {"tapline-sender 2\n", TL_BAD_VERSION},
        {"tapline-sender 11\n", TL_BAD_VERSION},
        {"tapline-sender 1\n\n", TL_BAD_TEXT},
        {"tapline-sender 1\nsubmitted\n", TL_BAD_TEXT},
        {"tapline-sender 1\n submitted\n", TL_BAD_TEXT},
        {"tapline-sender 1\nsubmitted \n", TL_BAD_TEXT},
        {"tapline-sender 1\nsubmitted -1\n", TL_BAD_TEXT},
        {"tapline-sender 1\nsubmitted 1 \n", TL_BAD_TEXT},
        {"tapline-sender 1\nsubmitted 18446744073709551616\n", TL_BAD_TEXT},
        {"tapline-sender 1\nsubmitted 99999999999999999999999\n", TL_BAD_TEXT},
        {"tapline-sender 1\n0.error 2147483648\n", TL_BAD_TEXT},
        {"tapline-sender 1\nwritten yesterday\n", TL_BAD_TEXT},
        {"tapline-sender 1\nwritten 9999-12-31T23:59:59-01:00\n", TL_BAD_TEXT},
        {"tapline-sender 1\npid 1", TL_TRUNCATED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct tl_sender_file file = {.pid = 17};
        assert_int_equal(parse(cases[i].text, &file), cases[i].status);
        assert_int_equal(file.pid, 17);
    }
}

static void what_is_not_known_is_counted(void **state)
{
    struct tl_sender_file file;

    (void)state;
    assert_int_equal(parse("tapline-sender 1\ncolour red\n4.sent 1\n:.sent 1\n0.colour red\n0.link lost\n"
                           "0.failure TL_ODD\n0. 1\nsubmitted 18446744073709551615\n",
                           &file),
                     TL_OK);
    assert_int_equal(file.unknown, 7);
    assert_int_equal(file.statistics.endpoint_count, 1);
    assert_true(file.statistics.submitted == UINT64_MAX);
}

static void texts_are_printable_and_bounded(void **state)
{
    struct tl_sender_file file;
    char text[4000];

    (void)state;
    snprintf(text, sizeof(text), "tapline-sender 1\nprogram \033[2J\xc2\x9b\x7f!\n3.address unix:%0*d\n",
             3000, 0);
    assert_int_equal(parse(text, &file), TL_OK);
    assert_string_equal(file.program, "?[2J?\?\?!");
    assert_int_equal(strlen(file.addresses[3]), TL_SENDER_ADDRESS_SIZE - 1);
    assert_int_equal(file.statistics.endpoint_count, 4);
    assert_int_equal(file.unknown, 0);
}

/* The file of a sender: while it runs, and at its end. */
static void the_file_says_whose_it_is(void **state)
{
    struct test_folder folder = test_folder_new();
    struct kept kept = {0};
    struct tl_sender_transport transport = transport_to(&kept);
    char path[160], text[TL_SENDER_FILE_SIZE_MAX] = "";
    struct tl_sender_options options = {
        .endpoints = {{.transport = &transport}, {.address = "unix:/nowhere/\x1bsock"}},
        .statistics_path = path,
        .close_ms = 100,
    };
    struct tl_sender_file file;
    struct tl_sender *sender;

    (void)state;
    snprintf(path, sizeof(path), "%s/statistics", folder.path);
    assert_int_equal(tl_sender_new(&options, &sender), TL_OK);
    assert_int_equal(tl_sender_start(sender), TL_OK);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(tl_sender_put(sender, tl_bytes("frame", 5)), TL_OK);
    assert_int_equal(tl_sender_stop(sender), TL_OK);
    tl_sender_free(sender);
    FILE *from = fopen(path, "r");
    assert_non_null(from);
    size_t length = fread(text, 1, sizeof(text) - 1, from);
    fclose(from);
    unlink(path);
    test_folder_free(&folder);

    assert_int_equal(tl_sender_file_parse(tl_bytes(text, length), &file), TL_OK);
    assert_int_equal(file.pid, getpid());
    assert_string_equal(file.program, program_invocation_short_name);
    assert_true(file.started.seconds >= 1700000000 && file.written.seconds >= file.started.seconds);
    assert_string_equal(file.addresses[0], "");
    assert_string_equal(file.addresses[1], "unix:/nowhere/?sock");
    assert_int_equal(file.statistics.submitted, 5);
    assert_int_equal(file.statistics.endpoints[0].sent, 5);
    assert_int_equal(file.statistics.endpoints[1].dropped_at_close, 5);
    assert_int_equal(file.statistics.endpoints[1].failure, TL_SYSTEM);
    assert_int_equal(file.statistics.endpoints[1].error, ENOENT);
    assert_int_equal(file.statistics.endpoints[1].link, TL_SENDER_LINK_CLOSED);
    assert_int_equal(file.unknown, 0);
}

/* The sender goes on, and says it as soon as somebody can hear it. */
static void a_file_that_cannot_be_written_is_counted(void **state)
{
    struct test_folder folder = test_folder_new();
    struct kept kept = {0};
    struct tl_sender_transport transport = transport_to(&kept);
    char path[160], text[TL_SENDER_FILE_SIZE_MAX];
    struct tl_sender_options options = {.endpoints = {{.transport = &transport}}, .statistics_path = path};
    struct tl_sender_statistics all;
    struct tl_sender *sender;

    (void)state;
    snprintf(path, sizeof(path), "%s/missing/statistics", folder.path);
    assert_int_equal(tl_sender_new(&options, &sender), TL_OK);
    assert_int_equal(tl_sender_start(sender), TL_OK);
    assert_int_equal(tl_sender_put(sender, tl_bytes("frame", 5)), TL_OK);
    assert_int_equal(tl_sender_stop(sender), TL_OK);
    tl_sender_statistics(sender, &all);
    tl_sender_free(sender);
    test_folder_free(&folder);
    assert_int_equal(all.endpoints[0].sent, 1);
    assert_true(all.statistics_failures > 0); /* at the start and at the end, at least */
    assert_int_equal(all.statistics_error, ENOENT);
    tl_sender_statistics_print(&all, text, sizeof(text));
    assert_non_null(strstr(text, "\nstatistics_failures "));
    assert_non_null(strstr(text, "\nstatistics_error 2\n"));
}

/* What stands in the way is a folder: the new file cannot take its name, and does not stay. */
static void a_file_that_cannot_be_renamed_is_counted(void **state)
{
    struct test_folder folder = test_folder_new();
    struct kept kept = {0};
    struct tl_sender_transport transport = transport_to(&kept);
    char new_path[180];
    struct tl_sender_options options = {.endpoints = {{.transport = &transport}},
                                        .statistics_path = folder.path};
    struct tl_sender_statistics all;
    struct tl_sender *sender;

    (void)state;
    assert_int_equal(tl_sender_new(&options, &sender), TL_OK);
    assert_int_equal(tl_sender_start(sender), TL_OK);
    assert_int_equal(tl_sender_stop(sender), TL_OK);
    tl_sender_statistics(sender, &all);
    tl_sender_free(sender);
    assert_int_equal(all.statistics_error, EISDIR);
    snprintf(new_path, sizeof(new_path), "%s.new", folder.path);
    assert_int_equal(access(new_path, F_OK), -1);
    test_folder_free(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_printed_is_understood),
        cmocka_unit_test(a_file_that_is_cut_off_is_said),
        cmocka_unit_test(nonsense_is_refused_and_leaves_nothing),
        cmocka_unit_test(what_is_not_known_is_counted),
        cmocka_unit_test(texts_are_printable_and_bounded),
        cmocka_unit_test(the_file_says_whose_it_is),
        cmocka_unit_test(a_file_that_cannot_be_written_is_counted),
        cmocka_unit_test(a_file_that_cannot_be_renamed_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
