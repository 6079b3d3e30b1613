/* Where a record is from. Invariant: what is not known is left out of the object, and is a dash on the line,
 * so that there are always as many fields. */
#include "print/origin.h"

#include "print/json_text.h"
#include "print/yaml_text.h"

#define PLACE_MAX 4200 /* a path, and more than that */
#define PEER_MAX  1100

static char *put_field(char *to, const char *text, size_t max)
{
    size_t length = text ? strnlen(text, max) : 0;

    *to++ = '\t';
    if (!length)
        *to++ = '-';
    for (size_t i = 0; i < length; i++)
        *to++ = (unsigned char)text[i] < ' ' || text[i] == 0x7f ? '?' : text[i];
    return to;
}

/* "2026-11-23T21:24:22.402Z"; nothing of a year beyond 9999. */
static char *put_time(char *to, struct print_date *date, uint64_t ms)
{
    const char *text = ms ? print_date_json(date, ms / 1000) : NULL;

    if (!text)
        return to;
    to = put_three(put_text(to, text, PRINT_DATE_SIZE), (unsigned)(ms % 1000));
    return PUT(to, "Z");
}

static char *put_name(char *to, struct tl_frame_name name)
{
    to = put_decimal(to, name.segment);
    *to++ = '/';
    return put_decimal(to, name.number);
}

char *print_put_origin(char *to, struct print_date *date, const struct record *record)
{
    const struct record_origin *origin = record->origin;

    to = PUT(put_field(to, origin->place, PLACE_MAX), "\t");
    to = origin->name.segment ? put_name(to, origin->name) : put_decimal(to, record->offset);
    to = PUT(to, "\t");
    to = origin->connection ? put_decimal(to, origin->connection) : PUT(to, "-");
    to = PUT(to, "\t");
    char *end = put_time(to, date, origin->arrived_ms);
    to = end > to ? end : PUT(to, "-");
    return put_field(to, origin->peer, PEER_MAX);
}

/* A member that is a time; no member if it is not known. */
static char *put_time_member(char *to, const char *key, struct print_date *date, uint64_t ms)
{
    char *start = to;

    to = put_text(to, key, strlen(key));
    char *end = put_time(to, date, ms);
    return end > to ? PUT(end, "\",") : start;
}

static char *put_stored(char *to, const struct record *record)
{
    const struct record_origin *origin = record->origin;

    if (origin->name.segment)
        return PUT(put_name(PUT(to, "\"name\":\""), origin->name), "\",");
    to = put_decimal(PUT(to, "\"offset\":"), record->offset);
    return PUT(to, ",");
}

#define MEMBERS_ROOM 256 /* of all that are no text */

char *print_put_origin_json(struct print_output *output, char *to, struct print_date *date,
                            const struct record *record)
{
    static const struct json_key archive = JSON_KEY("archive"), file = JSON_KEY("file"),
                                 peer = JSON_KEY("peer");
    const struct record_origin *origin = record->origin;

    to = PUT(json_room(output, to, MEMBERS_ROOM), "\"origin\":{");
    if (origin->place)
        to = json_put_bytes(output, to, origin->name.segment ? &archive : &file,
                            tl_bytes_of_text(origin->place));
    to = put_stored(json_room(output, to, MEMBERS_ROOM), record);
    if (origin->connection)
        to = PUT(put_decimal(PUT(to, "\"connection\":"), origin->connection), ",");
    to = put_time_member(to, "\"run\":\"", date, origin->run_ms);
    if (origin->peer)
        to = json_put_bytes(output, to, &peer, tl_bytes_of_text(origin->peer));
    to = put_time_member(json_room(output, to, MEMBERS_ROOM), "\"arrived\":\"", date, origin->arrived_ms);
    return json_close(to, '}');
}

static char *put_time_line(struct print_output *output, char *to, const char *key, struct print_date *date,
                           uint64_t ms)
{
    to = json_room(output, to, YAML_LINE_ROOM);
    char *value = PUT(yaml_put_key(to, 2, key), "!!timestamp ");
    char *end = put_time(value, date, ms);

    return end > value ? PUT(end, "\n") : to;
}

char *print_put_origin_yaml(struct print_output *output, char *to, struct print_date *date,
                            const struct record *record)
{
    const struct record_origin *origin = record->origin;
    bool is_archive = origin->name.segment != 0;

    to = yaml_put_head(json_room(output, to, YAML_LINE_ROOM), 0, "origin");
    if (origin->place)
        to = yaml_put_bytes(output, to, 2, is_archive ? "archive" : "file", tl_bytes_of_text(origin->place));
    if (is_archive) {
        to = yaml_put_key(json_room(output, to, YAML_LINE_ROOM), 2, "name");
        to = PUT(put_name(PUT(to, "\""), origin->name), "\"\n");
    } else {
        to = yaml_put_number(output, to, 2, "offset", record->offset);
    }
    if (origin->connection)
        to = yaml_put_number(output, to, 2, "connection", origin->connection);
    to = put_time_line(output, to, "run", date, origin->run_ms);
    if (origin->peer)
        to = yaml_put_bytes(output, to, 2, "peer", tl_bytes_of_text(origin->peer));
    return put_time_line(output, to, "arrived", date, origin->arrived_ms);
}
