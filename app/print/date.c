/* Seconds to text. localtime_r(3) is slow, so its offset from UTC is asked for once per quarter of an hour,
 * at both ends: where they agree it holds between them, since zones change at most once in such a time.
 * Invariant: the text is the one that localtime_r would have given. */
#include "print/date.h"

#include "print/digits.h"

#include <time.h>

#define QUARTER 900u

void print_date_init(struct print_date *date, bool utc)
{
    *date = (struct print_date){.utc = utc, .quarter = UINT64_MAX};
    if (!utc)
        tzset();
}

static bool local_date(uint64_t second, struct tl_date *ret_date, int64_t *ret_offset)
{
    time_t time = (time_t)second;
    struct tm tm;

    if (second > TL_TIME_SECONDS_MAX || !localtime_r(&time, &tm) || tm.tm_year > 9999 - 1900)
        return false;
    *ret_date = (struct tl_date){(uint32_t)(tm.tm_year + 1900), (uint8_t)(tm.tm_mon + 1), (uint8_t)tm.tm_mday,
                                 (uint8_t)tm.tm_hour,           (uint8_t)tm.tm_min,       (uint8_t)tm.tm_sec};
    *ret_offset = tm.tm_gmtoff;
    return true;
}

/* True if adding the zone's offset to `second` makes its UTC date the local one, which it does everywhere but
 * in the zones that count leap seconds. */
static bool find_offset(uint64_t second, int64_t *ret_offset)
{
    struct tl_date local, shifted;

    return local_date(second, &local, ret_offset) && second >= 86400 &&
           tl_date_of(second + (uint64_t)*ret_offset, &shifted) == TL_OK && shifted.year == local.year &&
           shifted.month == local.month && shifted.day == local.day && shifted.hour == local.hour &&
           shifted.minute == local.minute && shifted.second == local.second;
}

static void enter_quarter(struct print_date *date, uint64_t quarter)
{
    int64_t offset_at_end;

    date->quarter = quarter;
    date->is_steady = find_offset(quarter * QUARTER, &date->offset) &&
                      find_offset(quarter * QUARTER + QUARTER - 1, &offset_at_end) &&
                      date->offset == offset_at_end;
}

static bool date_of(struct print_date *date, uint64_t second, struct tl_date *ret_date)
{
    int64_t offset;

    if (date->utc)
        return tl_date_of(second, ret_date) == TL_OK;
    if (date->quarter != second / QUARTER)
        enter_quarter(date, second / QUARTER);
    if (date->is_steady)
        return tl_date_of(second + (uint64_t)date->offset, ret_date) == TL_OK;
    return local_date(second, ret_date, &offset);
}

static char *put_clock(char *to, const struct tl_date *date)
{
    to = put_two(to, date->hour);
    *to++ = ':';
    to = put_two(to, date->minute);
    *to++ = ':';
    return put_two(to, date->second);
}

static void put_date_line(char *to, const struct tl_date *date)
{
    static const char months[12][5] = {"-Jan-", "-Feb-", "-Mar-", "-Apr-", "-May-", "-Jun-",
                                       "-Jul-", "-Aug-", "-Sep-", "-Oct-", "-Nov-", "-Dec-"};

    to = put_two(to, date->day);
    to = put_text(to, months[date->month - 1], sizeof(months[0]));
    to = put_four(to, date->year);
    *to++ = ' ';
    put_clock(to, date);
}

static void put_date_json(char *to, const struct tl_date *date)
{
    to = put_four(to, date->year);
    *to++ = '-';
    to = put_two(to, date->month);
    *to++ = '-';
    to = put_two(to, date->day);
    *to++ = 'T';
    to = put_clock(to, date);
    *to = '.';
}

static const char *text_of(struct print_date *date, uint64_t second,
                           void (*put)(char *to, const struct tl_date *date))
{
    struct tl_date broken_down;

    if (date->has_text && date->second == second)
        return date->text;
    if (!date_of(date, second, &broken_down))
        return NULL;
    put(date->text, &broken_down);
    date->second = second;
    date->has_text = true;
    return date->text;
}

const char *print_date_line(struct print_date *date, uint64_t second)
{
    return text_of(date, second, put_date_line);
}

const char *print_date_json(struct print_date *date, uint64_t second)
{
    return text_of(date, second, put_date_json);
}
