/* Points in time and their RFC 3339 text, in UTC. Days are counted in eras of 400 years of 146,097 days that
 * start on the first of March, so that the leap day comes last. Invariant: what is printed parses back to the
 * same time. */
#include <tapline/core.h>

#define DAYS_TO_EPOCH 719468u /* from 0000-03-01 to 1970-01-01 */
#define DAYS_OF_ERA   146097u

enum tl_status tl_date_of(uint64_t seconds, struct tl_date *ret_date)
{
    if (seconds > TL_TIME_SECONDS_MAX)
        return TL_BAD_ARGUMENT;

    uint32_t days = (uint32_t)(seconds / 86400) + DAYS_TO_EPOCH;
    uint32_t second = (uint32_t)(seconds % 86400);
    uint32_t era = days / DAYS_OF_ERA;
    uint32_t day_of_era = days % DAYS_OF_ERA;
    uint32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (DAYS_OF_ERA - 1)) / 365;
    uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint32_t month = (5 * day_of_year + 2) / 153; /* 0 is March */

    ret_date->year = era * 400 + year_of_era + (month >= 10);
    ret_date->month = (uint8_t)(month < 10 ? month + 3 : month - 9);
    ret_date->day = (uint8_t)(day_of_year - (153 * month + 2) / 5 + 1);
    ret_date->hour = (uint8_t)(second / 3600);
    ret_date->minute = (uint8_t)(second / 60 % 60);
    ret_date->second = (uint8_t)(second % 60);
    return TL_OK;
}

size_t tl_time_print(struct tl_time time, char *ret_text)
{
    struct tl_date date;
    struct tl_builder to = tl_builder(ret_text, TL_TIME_TEXT_SIZE);

    ret_text[0] = '\0';
    if (time.nanoseconds > 999999999 || tl_date_of(time.seconds, &date) != TL_OK)
        return 0;
    tl_builder_put_decimal(&to, date.year, 4);
    tl_builder_put_u8(&to, '-');
    tl_builder_put_decimal(&to, date.month, 2);
    tl_builder_put_u8(&to, '-');
    tl_builder_put_decimal(&to, date.day, 2);
    tl_builder_put_u8(&to, 'T');
    tl_builder_put_decimal(&to, date.hour, 2);
    tl_builder_put_u8(&to, ':');
    tl_builder_put_decimal(&to, date.minute, 2);
    tl_builder_put_u8(&to, ':');
    tl_builder_put_decimal(&to, date.second, 2);
    tl_builder_put_u8(&to, '.');
    tl_builder_put_decimal(&to, time.nanoseconds, 9);
    tl_builder_put(&to, tl_bytes("Z", 2)); /* with the NUL */
    return tl_builder_size(&to) - 1;
}

/* Exactly `count` decimal digits. */
static uint32_t take_digits(struct tl_cursor *from, unsigned count)
{
    uint32_t value = 0;

    while (count--) {
        uint8_t c = tl_cursor_u8(from);
        if (c < '0' || c > '9')
            tl_cursor_fail(from, TL_BAD_TEXT);
        value = value * 10 + (uint32_t)(c - '0');
    }
    return value;
}

static void take_one_of(struct tl_cursor *from, const char *set)
{
    uint8_t c = tl_cursor_u8(from);
    if (!c || !strchr(set, c))
        tl_cursor_fail(from, TL_BAD_TEXT);
}

/* Zero to nine digits behind a dot, as nanoseconds. */
static uint32_t take_fraction(struct tl_cursor *from)
{
    uint32_t value = 0;
    unsigned count = 0;

    if (from->status != TL_OK || !tl_cursor_left(from) || *from->at != '.')
        return 0;
    for (from->at++; tl_cursor_left(from) && *from->at >= '0' && *from->at <= '9' && count < 9; count++)
        value = value * 10 + (uint32_t)(*from->at++ - '0');
    if (!count)
        tl_cursor_fail(from, TL_BAD_TEXT);
    for (; count < 9; count++)
        value *= 10;
    return value;
}

/* 'Z' or +HH:MM, in seconds east of UTC. */
static int32_t take_offset(struct tl_cursor *from)
{
    uint8_t sign = tl_cursor_u8(from);

    if (sign == 'Z' || sign == 'z')
        return 0;
    uint32_t hours = take_digits(from, 2);
    take_one_of(from, ":");
    uint32_t minutes = take_digits(from, 2);
    if ((sign != '+' && sign != '-') || hours > 23 || minutes > 59)
        tl_cursor_fail(from, TL_BAD_TEXT);
    int32_t seconds = (int32_t)(hours * 3600 + minutes * 60);
    return sign == '-' ? -seconds : seconds;
}

static uint32_t days_of_month(uint32_t year, uint32_t month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return month == 2 && leap ? 29 : days[month - 1];
}

static uint32_t days_before(uint32_t year, uint32_t month, uint32_t day)
{
    uint32_t shifted = month <= 2 ? year - 1 : year;
    uint32_t month_from_march = month <= 2 ? month + 9 : month - 3;
    uint32_t year_of_era = shifted % 400;
    uint32_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;

    return shifted / 400 * DAYS_OF_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
           day_of_year - DAYS_TO_EPOCH;
}

enum tl_status tl_time_parse(struct tl_bytes text, struct tl_time *ret_time)
{
    struct tl_cursor from = tl_cursor(text);

    uint32_t year = take_digits(&from, 4);
    take_one_of(&from, "-");
    uint32_t month = take_digits(&from, 2);
    take_one_of(&from, "-");
    uint32_t day = take_digits(&from, 2);
    take_one_of(&from, "Tt ");
    uint32_t hour = take_digits(&from, 2);
    take_one_of(&from, ":");
    uint32_t minute = take_digits(&from, 2);
    take_one_of(&from, ":");
    uint32_t second = take_digits(&from, 2);
    uint32_t nanoseconds = take_fraction(&from);
    int32_t offset = take_offset(&from);

    if (from.status != TL_OK || tl_cursor_left(&from) || year < 1970 || month < 1 || month > 12 || day < 1 ||
        day > days_of_month(year, month) || hour > 23 || minute > 59 || second > 60)
        return TL_BAD_TEXT;
    int64_t seconds =
        (int64_t)days_before(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset;
    if (seconds < 0)
        return TL_BAD_TEXT;
    ret_time->seconds = (uint64_t)seconds;
    ret_time->nanoseconds = nanoseconds;
    return TL_OK;
}
