/* Totals by sender and cause, in sets of a few: whoever makes up numbers throws out no more than the
 * neighbours of each. Invariant: what is known of a sender's cause never becomes less while it is kept. */
#include "capture/senders.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAYS 8u
#define SETS (SENDERS_MAX / WAYS)
/* Hot ones that are looked into: more wait for packing only when something is wrong. */
#define SEGMENTS_MAX 64u

_Static_assert(QUEUE_LOST_MAX == TL_LOSS_CAUSES_MAX, "all that one LOSS says is pushed at once");

struct total {
    uint64_t sender, total;
    uint64_t used; /* by the clock below; 0: it is free */
    uint8_t cause;
};

struct senders {
    uint64_t clock;
    struct total totals[SETS][WAYS];
};

struct senders *senders_new(void)
{
    return calloc(1, sizeof(struct senders));
}

void senders_free(struct senders *senders)
{
    free(senders);
}

static struct total *set_of(struct senders *senders, uint64_t sender, uint8_t cause)
{
    uint64_t mixed = (sender ^ cause) * 0x9e3779b97f4a7c15u;

    return senders->totals[mixed >> 32 & (SETS - 1)];
}

/* The entry of a sender's cause; if there is none, one that begins with 0. */
static struct total *entry_of(struct senders *senders, uint64_t sender, uint8_t cause)
{
    struct total *set = set_of(senders, sender, cause), *oldest = set;

    for (unsigned i = 0; i < WAYS; i++) {
        if (set[i].used && set[i].sender == sender && set[i].cause == cause)
            return &set[i];
        if (set[i].used < oldest->used)
            oldest = &set[i];
    }
    *oldest = (struct total){.sender = sender, .cause = cause};
    return oldest;
}

/* How many of `total` frames are news. */
static uint64_t take(struct senders *senders, uint64_t sender, uint8_t cause, uint64_t before, uint64_t total)
{
    struct total *known = entry_of(senders, sender, cause);
    uint64_t from = known->total > before ? known->total : before;

    known->used = ++senders->clock;
    if (total <= from)
        return 0;
    known->total = total;
    return total - from;
}

uint32_t senders_take(struct senders *senders, const struct tl_loss *loss,
                      struct queue_lost ret_lost[QUEUE_LOST_MAX])
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < loss->count; i++) {
        const struct tl_lost *lost = &loss->lost[i];
        uint8_t cause = (uint8_t)lost->cause;
        uint64_t frames = take(senders, loss->sender, cause, lost->before, lost->total);
        if (frames)
            ret_lost[count++] = (struct queue_lost){
                .cause = cause, .frames = frames, .sender = loss->sender, .total = lost->total};
    }
    return count;
}

/* Learning ---------------------------------------------------------------------------------------------- */

static const char prefix[] = "sender ", numbered[] = "cause ";

const char *senders_cause_text(uint8_t cause, char text[SENDERS_CAUSE_SIZE])
{
    const char *name = tl_loss_cause_name(cause);

    if (name)
        snprintf(text, SENDERS_CAUSE_SIZE, "%s%s", prefix, name);
    else
        snprintf(text, SENDERS_CAUSE_SIZE, "%s%s%u", prefix, numbered, (unsigned)cause);
    return text;
}

/* Takes `head` off the text's beginning; false if it does not begin so. */
static bool take_head(struct tl_bytes *text, const char *head)
{
    struct tl_bytes wanted = tl_bytes_of_text(head);

    if (text->size < wanted.size || !tl_bytes_equal(tl_bytes(text->data, wanted.size), wanted))
        return false;
    *text = tl_bytes(text->data + wanted.size, text->size - wanted.size);
    return true;
}

/* 0 if it is no such text. A capture that did not know a cause's name yet has written its number. Ledgers may
 * have millions of them, so nothing is printed to be compared. */
static uint8_t cause_of(struct tl_bytes said)
{
    const char *name;
    unsigned number = 0;

    if (!take_head(&said, prefix))
        return 0;
    for (unsigned cause = 1; (name = tl_loss_cause_name(cause)); cause++) {
        if (tl_bytes_equal(said, tl_bytes_of_text(name)))
            return (uint8_t)cause;
    }
    if (!take_head(&said, numbered))
        return 0;
    for (size_t i = 0; i < said.size; i++) {
        unsigned digit = said.data[i] - (unsigned)'0';
        number = number * 10 + digit;
        if (digit > 9 || number > TL_LOSS_CAUSE_MAX)
            return 0;
    }
    return (uint8_t)number;
}

void senders_learn(struct senders *senders, struct tl_bytes ledger)
{
    struct tl_frame_decoder decoder;
    struct tl_frame frame;
    struct tl_ledger_entry entry;

    tl_frame_decoder_init(&decoder, TL_LEDGER_ENTRY_MAX);
    while (tl_frame_next(&decoder, &ledger, &frame) == TL_OK) {
        if (frame.kind != TL_FRAME_DATA || tl_ledger_decode(frame.payload, &entry) != TL_OK ||
            entry.kind != TL_LEDGER_LOSS || !entry.total)
            continue;
        uint8_t cause = cause_of(entry.text);
        if (cause)
            take(senders, entry.sender, cause, 0, entry.total);
    }
}

static int open_in(const struct tl_archive *archive, const struct tl_archive_segment *segment,
                   enum tl_archive_part part)
{
    char name[TL_ARCHIVE_NAME_SIZE];

    tl_archive_name(segment, part, name);
    return openat(tl_archive_folder(archive), name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

static void learn_hot(struct senders *senders, int fd)
{
    struct stat found;

    if (fstat(fd, &found) != 0 || !S_ISREG(found.st_mode) || found.st_size == 0)
        return;
    uint8_t *memory = mmap(NULL, (size_t)found.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (memory == MAP_FAILED)
        return;
    senders_learn(senders, tl_bytes(memory, (size_t)found.st_size));
    munmap(memory, (size_t)found.st_size);
}

static void learn_sealed(struct senders *senders, const struct tl_archive_segment *segment, int fd)
{
    struct tl_sealed *sealed;
    struct tl_bytes ledger;

    if (tl_sealed_open(fd, segment, &sealed) != TL_OK)
        return;
    if (tl_sealed_ledger(sealed, &ledger) == TL_OK)
        senders_learn(senders, ledger);
    tl_sealed_free(sealed);
}

static void learn_segment(struct senders *senders, const struct tl_archive *archive,
                          const struct tl_archive_segment *segment)
{
    int fd = open_in(archive, segment, segment->is_sealed ? TL_ARCHIVE_ROWS : TL_ARCHIVE_RUNS);

    if (fd < 0)
        return;
    if (segment->is_sealed)
        learn_sealed(senders, segment, fd);
    else
        learn_hot(senders, fd);
    close(fd);
}

void senders_learn_archive(struct senders *senders, const struct tl_archive *archive)
{
    struct tl_archive_list list;
    unsigned looked = 0;

    if (tl_archive_list(archive, &list) != TL_OK)
        return;
    for (size_t i = list.count; i > 0 && looked < SEGMENTS_MAX; i--, looked++) {
        learn_segment(senders, archive, &list.segments[i - 1]);
        if (list.segments[i - 1].is_sealed)
            break;
    }
    tl_archive_list_done(&list);
}
