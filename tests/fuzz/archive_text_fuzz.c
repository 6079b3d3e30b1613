/* Property: of the small files of an archive, and of its names, what parses prints again and parses to the
 * same; cursors and names even byte for byte. */
#include "../../lib/archive/counters.h"
#include "../../lib/archive/cursor.h"
#include "../../lib/archive/removed.h"
#include "../../lib/archive/version.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition)
        abort();
}

static void try_version(struct tl_bytes text)
{
    struct tl__version version, again;
    char memory[TL__VERSION_SIZE];
    struct tl_builder to = tl_builder(memory, sizeof(memory));

    if (tl__version_parse(text, &version) != TL_OK)
        return;
    demand(tl__version_begins(text));
    tl__version_print(&version, &to);
    demand(tl__version_parse(tl_builder_bytes(&to), &again) == TL_OK);
    demand(memcmp(&version, &again, sizeof(version)) == 0);
}

static void try_cursor(struct tl_bytes text)
{
    struct tl_archive_cursor cursor;
    char memory[TL__CURSOR_SIZE];
    struct tl_builder to = tl_builder(memory, sizeof(memory));

    if (tl__cursor_parse(text, &cursor) != TL_OK)
        return;
    tl__cursor_print(&cursor, &to);
    demand(tl_bytes_equal(tl_builder_bytes(&to), text));
}

static void try_removed(struct tl_bytes line)
{
    struct tl_archive_removed removed, again;
    char memory[TL__REMOVED_SIZE];
    struct tl_builder to = tl_builder(memory, sizeof(memory));

    if (tl__removed_parse(line, &removed) != TL_OK)
        return;
    tl__removed_print(&removed, &to);
    demand(to.status == TL_OK && tl_builder_size(&to) > 1);
    demand(tl__removed_parse(tl_bytes(memory, tl_builder_size(&to) - 1), &again) == TL_OK);
    demand(memcmp(&removed, &again, sizeof(removed)) == 0);
}

static void try_counters(struct tl_bytes file)
{
    struct tl_counters_view view;
    uint8_t *aligned = malloc(file.size + 1);

    demand(aligned);
    if (file.size)
        memcpy(aligned, file.data, file.size);
    if (tl__counters_parse(tl_bytes(aligned, file.size), &view) == TL_OK) {
        for (size_t i = 0; i < TL_COUNTERS; i++)
            demand(view.is_known[i] || view.values[i] == 0);
    }
    free(aligned);
}

static void try_names(struct tl_bytes bytes)
{
    char text[4096], again[TL_ARCHIVE_NAME_SIZE];
    size_t size = bytes.size < sizeof(text) - 1 ? bytes.size : sizeof(text) - 1;
    struct tl_archive_segment segment;
    struct tl_frame_name name;

    if (size)
        memcpy(text, bytes.data, size);
    text[size] = '\0';
    if (tl_archive_name_parse(text, &segment) == TL_OK) {
        demand(tl_archive_name(&segment, TL_ARCHIVE_ROWS, again) == strlen(again));
        demand(strcmp(strchr(again, '/') + 1, text) == 0);
        demand(segment.is_sealed == (strncmp(again, "hot/", 4) != 0));
        demand(segment.first <= segment.last && segment.first > 0);
    }
    if (tl_frame_name_parse(text, &name) == TL_OK) {
        tl_frame_name_print(name, again);
        demand(strcmp(again, text) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tl_bytes input = tl_bytes(data, size);

    try_version(input);
    try_cursor(input);
    try_removed(input);
    try_counters(input);
    try_names(input);
    return 0;
}
