/* Ledgers that were written wrongly: what checksums cannot find. */
#include "pack/hot_files.h"
#include "pack/verified.h"
#include "pack/verify_ledger.h"

static struct hot_files ledger; /* its `runs` are the stream */

/* A segment of the origins 1 and 2 with three frames each, and of what must be in its contents. */
static struct tl_sealed_origin origins[2];
static struct tl_ledger_entry losses[2];
static struct tl_sealed_info info;

static void begin(void)
{
    for (uint64_t i = 0; i < 2; i++)
        origins[i] =
            (struct tl_sealed_origin){.number = i + 1, .first_frame = 3 * i, .frames = 3, .bytes = 30};
    info = (struct tl_sealed_info){.frames = 6, .origins = origins, .origin_count = 2, .losses = losses};
    ledger.runs = tl_builder(ledger.runs_memory, sizeof(ledger.runs_memory));
    hot_put_control(&ledger.runs, TL_CONTROL_START, TL_LEDGER_CONTENT_TYPE);
}

static void put(struct tl_ledger_entry entry)
{
    hot_put_entry(&ledger, entry);
}

#define SEGMENT(n)    put((struct tl_ledger_entry){.kind = TL_LEDGER_SEGMENT, .segment = n})
#define CONNECTION(n) put((struct tl_ledger_entry){.kind = TL_LEDGER_CONNECTION, .connection = n})
#define LOSS(n, cause, f, b)                                                                                 \
    put((struct tl_ledger_entry){                                                                            \
        .kind = TL_LEDGER_LOSS, .connection = n, .text = tl_bytes_of_text(cause), .frames = f, .bytes = b})
#define END(n, f) put((struct tl_ledger_entry){.kind = TL_LEDGER_END, .segment = n, .frames = f, .bytes = 30})

static const char *found(void)
{
    static struct verified verified;

    verified.lines[0] = 0;
    verified.verify = (struct verify){.say = verified_say, .user = &verified};
    strcpy(verified.path, "/nowhere");
    verify_ledger_sealed(&verified.verify, "place", tl_builder_bytes(&ledger.runs), &info);
    return verified.lines;
}

static void whole(void)
{
    begin();
    SEGMENT(1);
    CONNECTION(1);
    hot_put_run(&ledger, 1, 2);
    hot_put_run(&ledger, 0, 1);
    LOSS(1, "cut-off", 1, 5);
    END(1, 3);
    SEGMENT(2);
    CONNECTION(1);
    LOSS(0, "cut-off", 2, 7);
    LOSS(1, "refused", 0, 1);
    hot_put_run(&ledger, 1, 3);
    END(2, 3);
    hot_put_control(&ledger.runs, TL_CONTROL_STOP, "");
    losses[0] = (struct tl_ledger_entry){.text = tl_bytes_of_text("cut-off"), .frames = 3, .bytes = 12};
    losses[1] = (struct tl_ledger_entry){.text = tl_bytes_of_text("refused"), .bytes = 1};
    info.loss_count = 2;
}

static void a_whole_one_is_sound(void **state)
{
    (void)state;
    whole();
    assert_string_equal(found(), "");
}

static void losses_must_add_up(void **state)
{
    (void)state;
    whole();
    losses[0].frames = 4;
    info.loss_count = 1;
    assert_string_equal(found(),
                        "place: losses of cause \"cut-off\": 3 frames, 12 bytes in the ledger, 4 frames, 12 "
                        "bytes in the contents\n"
                        "place: losses of cause \"refused\": 0 frames, 1 bytes in the ledger, 0 frames, 0 "
                        "bytes in the contents\n");
    whole();
    losses[1].text = tl_bytes_of_text("other");
    assert_non_null(strstr(
        found(), "place: losses of cause \"other\": 0 frames, 0 bytes in the ledger, 0 frames, 1 bytes "
                 "in the contents\n"));
    /* One cause may have two sums: what was lost, and what was lost at most. */
    whole();
    losses[1] = losses[0];
    losses[0].frames = 1;
    losses[1].frames = 2;
    losses[0].bytes = 6;
    losses[1].bytes = 6;
    assert_null(strstr(found(), "cut-off"));
}

static void connections_must_be_declared_in_each_origin(void **state)
{
    (void)state;
    begin();
    SEGMENT(1);
    CONNECTION(1);
    CONNECTION(0);
    hot_put_run(&ledger, 1, 3);
    END(1, 3);
    SEGMENT(2);
    hot_put_run(&ledger, 1, 3);
    put((struct tl_ledger_entry){.kind = TL_LEDGER_CLOSED, .connection = 1});
    END(2, 3);
    hot_put_control(&ledger.runs, TL_CONTROL_STOP, "");
    assert_string_equal(found(),
                        "place: ledger, entry 3, origin 1: a connection without a number is declared\n"
                        "place: ledger, entry 7, origin 2: a run of connection 1, which is not declared\n"
                        "place: ledger, entry 8, origin 2: the end of connection 1, which is not declared\n");
}

static void runs_must_cover_the_frames(void **state)
{
    (void)state;
    begin();
    SEGMENT(1);
    hot_put_run(&ledger, 0, 2);
    END(1, 3);
    SEGMENT(2);
    hot_put_run(&ledger, 0, 4);
    END(2, 4);
    hot_put_control(&ledger.runs, TL_CONTROL_STOP, "");
    assert_string_equal(
        found(), "place: ledger, entry 3, origin 1: its runs have 2 frames, its end says 3\n"
                 "place: ledger, entry 6, origin 2: its end says 4 frames, 30 bytes, 0 bytes that were no "
                 "frames; the contents 3, 30, 0\n");
}

static void origins_must_be_in_order_and_end(void **state)
{
    (void)state;
    begin();
    CONNECTION(1);
    SEGMENT(2);
    hot_put_run(&ledger, 0, 3);
    SEGMENT(1);
    hot_put_run(&ledger, 0, 3);
    END(3, 3);
    assert_string_equal(found(),
                        "place: ledger, entry 1, origin 0: an entry of kind 2 comes before the first origin\n"
                        "place: ledger, entry 4, origin 2: it has no end\n"
                        "place: ledger, entry 4, origin 2: origin 1 comes behind it\n"
                        "place: ledger, entry 6, origin 1: origin 3 ends in it\n"
                        "place: ledger, entry 7, origin 1: it ends without STOP\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_one_is_sound),
        cmocka_unit_test(losses_must_add_up),
        cmocka_unit_test(connections_must_be_declared_in_each_origin),
        cmocka_unit_test(runs_must_cover_the_frames),
        cmocka_unit_test(origins_must_be_in_order_and_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
