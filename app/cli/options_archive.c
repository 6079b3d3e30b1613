/* Values of options about archives. Invariant: a limit of 0, which would mean none, is no value. */
#include "cli/options_archive.h"

#include "cli/options.h"
#include "process/log.h"
#include "record/units.h"

#include <stdlib.h>
#include <string.h>

#define LEVEL_MAX      19
#define BLOCK_SIZE_MIN (16u << 10)
#define BLOCK_SIZE_MAX (8u << 20)

/* Decimal digits and then `end`, from 1 to `most`. */
static bool parse_number(const char *text, const char *end, long most, long *ret_number)
{
    char *rest;
    long number = strtol(text, &rest, 10);

    if (*text < '0' || *text > '9' || strcmp(rest, end) != 0 || number < 1 || number > most)
        return false;
    *ret_number = number;
    return true;
}

bool cli_parse_level(const char *text, int *ret_level)
{
    long level;

    if (!parse_number(text, "", LEVEL_MAX, &level))
        return cli_wrong("level", text, "give a number from 1 (fast) to 19 (small)");
    *ret_level = (int)level;
    return true;
}

bool cli_parse_block_size(const char *text, size_t *ret_size)
{
    uint64_t size;

    if (!record_parse_size(text, &size) || size < BLOCK_SIZE_MIN || size > BLOCK_SIZE_MAX)
        return cli_wrong("block-size", text, "give a size from 16KiB to 8MiB");
    *ret_size = (size_t)size;
    return true;
}

bool cli_parse_keep(const char *text, struct retention_options *keep)
{
    uint64_t age;

    if (!record_parse_duration(text, &age) || !age)
        return cli_wrong("keep", text, "give a duration such as 12h, 30d or 8w");
    keep->age_ms = age;
    return true;
}

bool cli_parse_keep_size(const char *text, struct retention_options *keep)
{
    uint64_t size;

    if (!record_parse_size(text, &size) || !size)
        return cli_wrong("keep-size", text, "give a size such as 500GB");
    keep->size = size;
    return true;
}

bool cli_parse_keep_free(const char *text, struct retention_options *keep)
{
    uint64_t size;
    long percent;

    if (parse_number(text, "%", 99, &percent)) {
        keep->free_percent = (unsigned)percent;
        keep->free_bytes = 0;
        return true;
    }
    if (!record_parse_size(text, &size) || !size)
        return cli_wrong("keep-free", text, "give a size such as 50GB, or a part of the disk from 1% to 99%");
    keep->free_bytes = size;
    keep->free_percent = 0;
    return true;
}

bool cli_open_archive(const char *path, struct tl_archive **ret_archive)
{
    char text[TL_ARCHIVE_TEXT_SIZE];
    struct tl_archive *archive;
    enum tl_status status =
        tl_archive_open(path, &archive, text); /* says what is no archive, and makes none */

    if (status == TL_OK) {
        tl_archive_close(archive);
        status = tl_archive_make(path, -1, ret_archive, text);
    }
    if (status != TL_OK)
        process_log("%s: %s", path, text);
    return status == TL_OK;
}
