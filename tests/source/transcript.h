/* What a source says, as text: one line an item, so that a test is a comparison of two texts. */
#ifndef SOURCE_TRANSCRIPT_H
#define SOURCE_TRANSCRIPT_H

#include "source/sample.h"

#include <stdarg.h>

struct transcript {
    char text[16384];
    size_t length;
    uint64_t frame_bytes; /* of whole frames */
    uint64_t skipped;
    unsigned idles;
    bool has_ended;
};

static inline void transcript_put(struct transcript *transcript, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline void transcript_put(struct transcript *transcript, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    transcript->length += (size_t)vsnprintf(transcript->text + transcript->length,
                                            sizeof(transcript->text) - transcript->length, format, arguments);
    va_end(arguments);
    if (transcript->length >= sizeof(transcript->text))
        abort();
}

/* A path without its folders; peers have none. */
static inline const char *transcript_name(const char *name)
{
    const char *slash = strrchr(name, '/');

    return slash ? slash + 1 : name;
}

static inline void transcript_put_frame(struct transcript *transcript, const struct source_item *item)
{
    struct tl_dnstap dnstap;

    if (tl_dnstap_decode(item->frame, &dnstap, NULL) == TL_OK)
        transcript_put(transcript, "frame %u\n", sample_number(item->frame));
    else
        transcript_put(transcript, "undecodable, %zu bytes\n", item->frame.size);
    transcript->frame_bytes += 4 + item->frame.size;
}

/* One item; false at the end and when the source is idle. */
static inline bool transcript_take(struct transcript *transcript, struct source *source)
{
    static const char *const words[] = {
        [SOURCE_NOTICE] = "notice", [SOURCE_SKIPPED] = "skipped", [SOURCE_FAILED] = "failed"};
    struct source_item item;

    source_next(source, &item);
    switch (item.kind) {
    case SOURCE_END:
        transcript_put(transcript, "end\n");
        transcript->has_ended = true;
        return false;
    case SOURCE_IDLE: transcript->idles++; return false;
    case SOURCE_FRAME: transcript_put_frame(transcript, &item); return true;
    default: break;
    }
    transcript_put(transcript, "%s %s", words[item.kind], transcript_name(item.name));
    if (item.offset)
        transcript_put(transcript, " at %llu", (unsigned long long)item.offset);
    if (item.kind != SOURCE_NOTICE && item.skipped)
        transcript_put(transcript, " +%llu", (unsigned long long)item.skipped);
    transcript_put(transcript, ": %s\n", item.text);
    if (item.kind != SOURCE_NOTICE)
        transcript->skipped += item.skipped;
    return true;
}

/* Everything to the end. */
static inline void transcript_of(struct transcript *transcript, const struct source_options *options)
{
    struct source *source = sample_open(options);

    memset(transcript, 0, sizeof(*transcript));
    while (!transcript->has_ended)
        transcript_take(transcript, source);
    source_free(source);
}

/* The same of files that are read once. */
static inline void transcript_of_paths(struct transcript *transcript, const char *const *paths, size_t count)
{
    struct source_options options = {.paths = paths, .path_count = count, .stop_fd = -1};

    transcript_of(transcript, &options);
}

#endif
