/* What senders tell is entered once, however often and in whatever order it is told; and what is known of one
 * gives way to others only when there are very many. */
#include "proof/test.h"

#include "capture/senders.h"

static uint64_t told(struct senders *senders, uint64_t sender, uint32_t cause, uint64_t before,
                     uint64_t total)
{
    struct tl_loss loss = {.sender = sender, .count = 1, .lost = {{cause, before, total}}};
    struct queue_lost lost[QUEUE_LOST_MAX];
    uint32_t count = senders_take(senders, &loss, lost);

    assert_true(count <= 1);
    if (!count)
        return 0;
    assert_int_equal(lost[0].cause, cause);
    assert_int_equal(lost[0].sender, sender);
    assert_int_equal(lost[0].total, total);
    return lost[0].frames;
}

static void news_count_once(void **state)
{
    struct senders *senders = senders_new();

    (void)state;
    assert_int_equal(told(senders, 1, 1, 0, 10), 10);
    assert_int_equal(told(senders, 1, 1, 0, 10), 0); /* again */
    assert_int_equal(told(senders, 1, 1, 0, 15), 5); /* and more, although it does not know that we know */
    assert_int_equal(told(senders, 1, 1, 15, 20), 5);
    assert_int_equal(told(senders, 1, 1, 30, 31), 1); /* of 20 to 30 somebody else was told */
    assert_int_equal(told(senders, 1, 1, 0, 4), 0);   /* older, over another connection */
    assert_int_equal(told(senders, 1, 1, 0, 32), 1);
    assert_int_equal(told(senders, 1, 2, 0, 3), 3); /* another cause, another sender */
    assert_int_equal(told(senders, 2, 1, 7, 9), 2);
    assert_int_equal(told(senders, 1, 1, 0, TL_LOSS_TOTAL_LIMIT), TL_LOSS_TOTAL_LIMIT - 32);
    senders_free(senders);
}

static void several_causes_come_together(void **state)
{
    struct senders *senders = senders_new();
    struct tl_loss loss = {.sender = 1, .count = TL_LOSS_CAUSES_MAX};
    struct queue_lost lost[QUEUE_LOST_MAX];

    (void)state;
    for (uint32_t i = 0; i < loss.count; i++)
        loss.lost[i] = (struct tl_lost){i + 1, 0, i};
    assert_int_equal(senders_take(senders, &loss, lost),
                     TL_LOSS_CAUSES_MAX - 1); /* of one there is nothing */
    for (uint32_t i = 0; i + 1 < loss.count; i++)
        assert_int_equal(lost[i].frames, i + 1);
    loss.lost[3].total += 2;
    assert_int_equal(senders_take(senders, &loss, lost), 1);
    assert_int_equal(lost[0].frames, 2);
    senders_free(senders);
}

/* A hostile peer that makes up senders throws out others, and then what a sender knows to be known counts. */
static void made_up_ones_cost_no_more_than_memory(void **state)
{
    struct senders *senders = senders_new();

    (void)state;
    for (uint64_t sender = 1; sender <= SENDERS_MAX / 8; sender++)
        assert_int_equal(told(senders, sender, 1, 0, 5), 5);
    uint64_t known = 0;
    for (uint64_t sender = 1; sender <= SENDERS_MAX / 8; sender++)
        known += told(senders, sender, 1, 0, 5) == 0;
    assert_true(known > SENDERS_MAX / 8 * 9 / 10); /* the few there usually are all stay */
    for (uint64_t sender = 1000; sender < 1000 + 4 * SENDERS_MAX; sender++)
        told(senders, sender, 1, 0, 5);
    assert_int_equal(told(senders, 1, 1, 5, 6), 1);
    senders_free(senders);
}

static void causes_have_words(void **state)
{
    char text[SENDERS_CAUSE_SIZE];

    (void)state;
    assert_string_equal(senders_cause_text(TL_LOSS_FULL, text), "sender full");
    assert_string_equal(senders_cause_text(TL_LOSS_LAGGING, text), "sender lagging");
    assert_string_equal(senders_cause_text(255, text), "sender cause 255");
}

/* A ledger's stream with one loss. */
static void learn(struct senders *senders, const char *cause, uint64_t total)
{
    uint8_t stream[200];
    struct tl_builder to = tl_builder(stream, sizeof(stream));
    struct tl_control start = tl_control(TL_CONTROL_START, tl_bytes_of_text(TL_LEDGER_CONTENT_TYPE));
    struct tl_ledger_entry loss = {
        .kind = TL_LEDGER_LOSS, .text = tl_bytes_of_text(cause), .frames = 1, .sender = 7, .total = total};
    size_t size;

    assert_int_equal(tl_control_encode(&start, to.at, sizeof(stream), &size), TL_OK);
    to.at += size;
    assert_int_equal(tl_ledger_encode(&loss, to.at, sizeof(stream) - size, &size), TL_OK);
    to.at += size;
    senders_learn(senders, tl_builder_bytes(&to));
}

static void what_is_learned_of_any_cause_is_known(void **state)
{
    struct senders *senders = senders_new();
    char text[SENDERS_CAUSE_SIZE];

    (void)state;
    for (unsigned cause = 1; cause <= TL_LOSS_CAUSE_MAX; cause++)
        learn(senders, senders_cause_text((uint8_t)cause, text), cause + 1);
    for (unsigned cause = 1; cause <= TL_LOSS_CAUSE_MAX; cause++)
        assert_int_equal(told(senders, 7, cause, 0, cause + 3), 2);
    senders_free(senders);
}

/* By a capture that did not know the name yet. */
static void a_number_is_learned_that_has_a_name_by_now(void **state)
{
    struct senders *senders = senders_new();

    (void)state;
    learn(senders, "sender cause 1", 10);
    assert_int_equal(told(senders, 7, TL_LOSS_FULL, 0, 11), 1);
    senders_free(senders);
}

static void other_texts_teach_nothing(void **state)
{
    static const char *const others[] = {"",
                                         "unknown",
                                         "full",
                                         "sender ",
                                         "sender ful",
                                         "sender fulll",
                                         "sender cause ",
                                         "sender cause 256",
                                         "sender cause 4294967297",
                                         "sender cause 1 ",
                                         "sender cause -1",
                                         "lost before"};
    struct senders *senders = senders_new();

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        learn(senders, others[i], 10);
    for (unsigned cause = 1; cause <= TL_LOSS_CAUSE_MAX; cause++)
        assert_int_equal(told(senders, 7, cause, 0, 1), 1);
    senders_free(senders);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(news_count_once),
        cmocka_unit_test(several_causes_come_together),
        cmocka_unit_test(made_up_ones_cost_no_more_than_memory),
        cmocka_unit_test(causes_have_words),
        cmocka_unit_test(what_is_learned_of_any_cause_is_known),
        cmocka_unit_test(a_number_is_learned_that_has_a_name_by_now),
        cmocka_unit_test(other_texts_teach_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
