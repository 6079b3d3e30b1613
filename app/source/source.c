/* The room's door: files or live streams. Invariant: it is one of them for its whole life. */
#include "source/files.h"
#include "source/live.h"

#include <stdio.h>
#include <stdlib.h>

struct source {
    struct live *live; /* or NULL: files */
    struct files files;
};

struct source *source_new(const struct source_options *options, char ret_text[SOURCE_TEXT_SIZE])
{
    struct source *source = calloc(1, sizeof(*source));

    if (!source) {
        snprintf(ret_text, SOURCE_TEXT_SIZE, "out of memory");
        return NULL;
    }
    files_init(&source->files, options);
    if (!options->listen_count)
        return source;
    source->live = live_new(options, ret_text);
    if (source->live)
        return source;
    source_free(source);
    return NULL;
}

void source_free(struct source *source)
{
    if (!source)
        return;
    live_free(source->live);
    files_done(&source->files);
    free(source);
}

void source_next(struct source *source, struct source_item *ret_item)
{
    if (source->live)
        live_next(source->live, ret_item);
    else
        files_next(&source->files, ret_item);
}

bool source_suspect(struct source *source)
{
    return !source->live && files_suspect(&source->files);
}
