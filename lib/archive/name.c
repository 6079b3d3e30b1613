/* Names of frames and of segments' files. Invariant: each has one text only, and only that one is taken. */
#include "text.h"

#define NUMBER_WIDTH 8 /* at least, so that a folder sorts by number as well as by time */

static size_t end_text(struct tl_builder *to)
{
    tl_builder_put_u8(to, '\0');
    if (to->status == TL_OK)
        return tl_builder_size(to) - 1;
    *to->start = '\0';
    return 0;
}

size_t tl_frame_name_print(struct tl_frame_name name, char *ret_text)
{
    struct tl_builder to = tl_builder(ret_text, TL_FRAME_NAME_SIZE);

    tl_builder_put_decimal(&to, name.segment, 0);
    tl_builder_put_u8(&to, '/');
    tl_builder_put_decimal(&to, name.number, 0);
    return end_text(&to);
}

enum tl_status tl_frame_name_parse(const char *text, struct tl_frame_name *ret_name)
{
    struct tl_cursor from = tl_cursor(tl_bytes_of_text(text));
    struct tl_frame_name name;

    name.segment = tl__take_number(&from);
    tl__take_text(&from, "/");
    name.number = tl__take_number(&from);
    if (from.status != TL_OK || tl_cursor_left(&from))
        return TL_BAD_TEXT;
    *ret_name = name;
    return TL_OK;
}

static void put_day(struct tl_builder *to, const struct tl_date *date)
{
    tl_builder_put_decimal(to, date->year, 4);
    tl_builder_put_u8(to, '-');
    tl_builder_put_decimal(to, date->month, 2);
    tl_builder_put_u8(to, '-');
    tl_builder_put_decimal(to, date->day, 2);
    tl_builder_put_u8(to, '/');
}

/* "20261123T215900Z-00000017", "...-00000003-00000015" */
static void put_stem(struct tl_builder *to, const struct tl_archive_segment *segment,
                     const struct tl_date *date)
{
    tl_builder_put_decimal(to, date->year, 4);
    tl_builder_put_decimal(to, date->month, 2);
    tl_builder_put_decimal(to, date->day, 2);
    tl_builder_put_u8(to, 'T');
    tl_builder_put_decimal(to, date->hour, 2);
    tl_builder_put_decimal(to, date->minute, 2);
    tl_builder_put_decimal(to, date->second, 2);
    tl_builder_put_text(to, "Z-");
    tl_builder_put_decimal(to, segment->first, NUMBER_WIDTH);
    if (segment->last != segment->first) {
        tl_builder_put_u8(to, '-');
        tl_builder_put_decimal(to, segment->last, NUMBER_WIDTH);
    }
}

static bool has_part(const struct tl_archive_segment *segment, enum tl_archive_part part)
{
    if (segment->first == 0 || segment->last < segment->first)
        return false;
    return segment->is_sealed ? part != TL_ARCHIVE_RUNS
                              : part != TL_ARCHIVE_TEMPORARY && segment->first == segment->last;
}

size_t tl_archive_name(const struct tl_archive_segment *segment, enum tl_archive_part part, char *ret_name)
{
    struct tl_builder to = tl_builder(ret_name, TL_ARCHIVE_NAME_SIZE);
    struct tl_date date;

    *ret_name = '\0';
    if (!has_part(segment, part) || tl_date_of(segment->stamp, &date) != TL_OK)
        return 0;
    if (segment->is_sealed)
        put_day(&to, &date);
    else
        tl_builder_put_text(&to, "hot/");
    if (part == TL_ARCHIVE_TEMPORARY)
        tl_builder_put_u8(&to, '.');
    put_stem(&to, segment, &date);
    tl_builder_put_text(&to, part == TL_ARCHIVE_RUNS ? ".runs" : ".fstrm");
    tl_builder_put_text(&to, segment->is_sealed ? ".zst" : "");
    tl_builder_put_text(&to, part == TL_ARCHIVE_TEMPORARY ? ".tmp" : "");
    return end_text(&to);
}

/* "20261123T215900Z" */
static uint64_t take_stamp(struct tl_cursor *from)
{
    uint8_t memory[TL_TIME_TEXT_SIZE];
    struct tl_builder to = tl_builder(memory, sizeof(memory));
    struct tl_time time = {0, 0};

    tl_builder_put_decimal(&to, tl__take_digits(from, 4), 4);
    for (const char *mark = "--T::Z"; *mark; mark++) {
        tl_builder_put_u8(&to, (uint8_t)*mark);
        if (*mark == 'T')
            tl__take_text(from, "T");
        if (*mark != 'Z')
            tl_builder_put_decimal(&to, tl__take_digits(from, 2), 2);
    }
    tl__take_text(from, "Z");
    if (from->status == TL_OK && tl_time_parse(tl_builder_bytes(&to), &time) != TL_OK)
        tl_cursor_fail(from, TL_BAD_TEXT);
    return time.seconds;
}

/* Whatever zeros are in front: the whole name is compared in the end. */
static uint64_t take_padded(struct tl_cursor *from)
{
    while (tl_cursor_left(from) > 1 && *from->at == '0')
        from->at++;
    return tl__take_number(from);
}

enum tl_status tl_archive_name_parse(const char *name, struct tl_archive_segment *ret_segment)
{
    struct tl_cursor from = tl_cursor(tl_bytes_of_text(name));
    struct tl_archive_segment segment = {0};
    char again[TL_ARCHIVE_NAME_SIZE];

    segment.stamp = take_stamp(&from);
    tl__take_text(&from, "-");
    segment.first = segment.last = take_padded(&from);
    if (tl_cursor_left(&from) && *from.at == '-') {
        tl__take_text(&from, "-");
        segment.last = take_padded(&from);
    }
    tl__take_text(&from, ".fstrm");
    segment.is_sealed = tl_cursor_left(&from) > 0;
    if (from.status != TL_OK || !tl_archive_name(&segment, TL_ARCHIVE_ROWS, again) ||
        strcmp(strchr(again, '/') + 1, name) != 0)
        return TL_BAD_TEXT;
    *ret_segment = segment;
    return TL_OK;
}
