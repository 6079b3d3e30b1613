/* A ledger's file as text, without its times, for exact comparison:
 *     START; segment 1; mark 0; connection 7 somebody on unix:socket; 7*3 8*1; loss 7 cut off 0/12; …
 * or without its marks, and with all runs of neighbours in one: how it came to be does not show. */
#ifndef CAPTURE_LEDGER_TEXT_H
#define CAPTURE_LEDGER_TEXT_H

#include "proof/test.h"

#include <tapline/archive.h>
#include <tapline/frame.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LEDGER_TEXT_SIZE 8192

static inline char *ledger_text_entry(char *at, const struct tl_ledger_entry *entry)
{
    struct tl_bytes packed = entry->packed;
    struct tl_ledger_run run;
    uint64_t last_ms = 0;
    const char *space = "";

    switch (entry->kind) {
    case TL_LEDGER_SEGMENT: return at + sprintf(at, "segment %d", (int)entry->segment);
    case TL_LEDGER_MARK: return at + sprintf(at, "mark %d", (int)entry->through);
    case TL_LEDGER_CONNECTION:
        return at + sprintf(at, "connection %d %.*s on %.*s", (int)entry->connection, (int)entry->text.size,
                            (const char *)entry->text.data, (int)entry->listener.size,
                            (const char *)entry->listener.data);
    case TL_LEDGER_RUNS:
        for (; tl_ledger_next_run(&packed, &last_ms, &run) == TL_OK; space = " ")
            at += sprintf(at, "%s%d*%d", space, (int)run.connection, (int)run.frames);
        return at;
    case TL_LEDGER_LOSS:
        if (entry->total)
            return at + sprintf(at, "loss %d %.*s %d, sender %d had %d", (int)entry->connection,
                                (int)entry->text.size, (const char *)entry->text.data, (int)entry->frames,
                                (int)entry->sender, (int)entry->total);
        return at + sprintf(at, "loss %d %.*s %d/%s%d", (int)entry->connection, (int)entry->text.size,
                            (const char *)entry->text.data, (int)entry->frames, entry->is_at_most ? "<" : "",
                            (int)entry->bytes);
    case TL_LEDGER_CLOSED:
        return at + sprintf(at, "closed %d %.*s %d/%d", (int)entry->connection, (int)entry->text.size,
                            (const char *)entry->text.data, (int)entry->frames, (int)entry->bytes);
    default: return at + sprintf(at, "kind %d", (int)entry->kind);
    }
}

/* The text of the stream; what is torn at its end is "torn". Static memory. */
static inline const char *ledger_text_of(struct tl_bytes stream)
{
    static char text[LEDGER_TEXT_SIZE];
    struct tl_frame_decoder decoder;
    struct tl_frame frame;
    struct tl_ledger_entry entry;
    char *at = text;

    *text = '\0';
    tl_frame_decoder_init(&decoder, TL_LEDGER_ENTRY_MAX);
    while (tl_frame_next(&decoder, &stream, &frame) == TL_OK) {
        if (at != text)
            at += sprintf(at, "; ");
        assert_true(at - text < LEDGER_TEXT_SIZE - 1000);
        if (frame.kind == TL_FRAME_CONTROL) {
            at += sprintf(at, "%s", tl_control_type_name(tl_be32(frame.payload.data)));
            continue;
        }
        assert_int_equal(tl_ledger_decode(frame.payload, &entry), TL_OK);
        at = ledger_text_entry(at, &entry);
    }
    if (stream.size)
        sprintf(at, "; torn");
    return text;
}

static inline struct tl_bytes ledger_bytes(const char *path)
{
    static uint8_t bytes[1 << 20];
    int fd = open(path, O_RDONLY);
    ssize_t size = fd >= 0 ? read(fd, bytes, sizeof(bytes)) : 0;

    if (fd >= 0)
        close(fd);
    assert_true(size >= 0 && (size_t)size < sizeof(bytes));
    return tl_bytes(bytes, (size_t)size);
}

static inline const char *ledger_text(const char *path)
{
    return access(path, F_OK) == 0 ? ledger_text_of(ledger_bytes(path)) : "no file";
}

/* "connection 1 … on …; 1*40; closed 1 …", without START, SEGMENT and STOP, which must be there. Static
 * memory. */
static inline const char *ledger_summary(const char *path)
{
    static char text[LEDGER_TEXT_SIZE];
    struct tl_bytes stream = ledger_bytes(path);
    struct tl_frame_decoder decoder;
    struct tl_frame frame;
    struct tl_ledger_entry entry;
    struct tl_ledger_run run, last = {.frames = 0};
    char *at = text;
    int controls = 0, segments = 0;

    *text = '\0';
    tl_frame_decoder_init(&decoder, TL_LEDGER_ENTRY_MAX);
    while (tl_frame_next(&decoder, &stream, &frame) == TL_OK) {
        controls += frame.kind == TL_FRAME_CONTROL;
        if (frame.kind == TL_FRAME_CONTROL)
            continue;
        assert_int_equal(tl_ledger_decode(frame.payload, &entry), TL_OK);
        uint64_t last_ms = 0;
        while (entry.kind == TL_LEDGER_RUNS && tl_ledger_next_run(&entry.packed, &last_ms, &run) == TL_OK) {
            if (last.frames && last.connection != run.connection)
                at += sprintf(at, "%d*%d; ", (int)last.connection, (int)last.frames);
            run.frames += last.connection == run.connection ? last.frames : 0;
            last = run;
        }
        segments += entry.kind == TL_LEDGER_SEGMENT;
        if (entry.kind == TL_LEDGER_RUNS || entry.kind == TL_LEDGER_MARK || entry.kind == TL_LEDGER_SEGMENT)
            continue;
        if (last.frames && entry.kind != TL_LEDGER_CONNECTION)
            at += sprintf(at, "%d*%d; ", (int)last.connection, (int)last.frames);
        if (entry.kind != TL_LEDGER_CONNECTION)
            last.frames = 0;
        at = ledger_text_entry(at, &entry);
        at += sprintf(at, "; ");
    }
    if (last.frames)
        sprintf(at, "%d*%d; ", (int)last.connection, (int)last.frames);
    assert_int_equal(stream.size, 0);
    assert_int_equal(controls, 2);
    assert_int_equal(segments, 1);
    return text;
}

#endif
