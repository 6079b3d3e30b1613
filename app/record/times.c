/* Points in time. Invariant: every form with a date or a clock's time is brought to RFC 3339 and read by the
 * one parser of that; local time is then found by asking which moment shows it. */
#include "record/times.h"

#include "record/units.h"

#include <stdio.h>
#include <time.h>

#define DAY          86400
#define DATE_LENGTH  10 /* "2026-11-23" */
#define SHORT_LENGTH 16 /* "2026-11-23T10:00" */
#define FORM_SIZE    64

static const char digits[] = "0123456789";

/* Seconds east of UTC at a moment. */
static int64_t offset_at(int64_t second)
{
    time_t moment = (time_t)second;
    struct tm tm;

    return localtime_r(&moment, &tm) ? tm.tm_gmtoff : 0;
}

/* The moment at which clocks on the wall show what UTC's show at `shown`. Zones change by less than a day,
 * and not twice within two. */
static bool moment_of(uint64_t shown, uint64_t *ret_second)
{
    int64_t wall = (int64_t)shown;
    int64_t before = offset_at(wall - DAY), behind = offset_at(wall + DAY);
    int64_t first = wall - (before > behind ? before : behind), second = wall - before;

    if (first + offset_at(first) == wall)
        second = first;
    else if (second + offset_at(second) != wall && wall - behind + offset_at(wall - behind) == wall)
        second = wall - behind;
    if (second < 0)
        return false;
    *ret_second = (uint64_t)second;
    return true;
}

static bool in_zone(struct tl_time shown, bool utc, struct tl_time *ret_time)
{
    uint64_t second = shown.seconds;

    if (!utc) {
        tzset();
        if (!moment_of(shown.seconds, &second))
            return false;
    }
    *ret_time = (struct tl_time){second, shown.nanoseconds};
    return true;
}

static bool parse_form(const char *text, bool utc, struct tl_time *ret_time)
{
    size_t length = strlen(text);
    const char *rest = length >= SHORT_LENGTH ? text + SHORT_LENGTH : "";
    const char *seconds = length == DATE_LENGTH ? "T00:00:00" : *rest == ':' ? "" : ":00";
    bool has_zone = strpbrk(rest, "Zz+-") != NULL;
    char form[FORM_SIZE];
    struct tl_time time;

    if (length != DATE_LENGTH && length < SHORT_LENGTH)
        return false;
    int size =
        snprintf(form, sizeof(form), "%.*s%s%s%s", SHORT_LENGTH, text, seconds, rest, has_zone ? "" : "Z");
    if (size >= FORM_SIZE || tl_time_parse(tl_bytes(form, (size_t)size), &time) != TL_OK)
        return false;
    return in_zone(time, utc || has_zone, ret_time);
}

/* The beginning of the day `back` days ago. */
static bool parse_day(unsigned back, bool utc, struct tl_time now, struct tl_time *ret_time)
{
    int64_t shown = (int64_t)now.seconds + (utc ? 0 : offset_at((int64_t)now.seconds));
    int64_t midnight = shown - shown % DAY - (int64_t)back * DAY;

    return midnight >= 0 && in_zone((struct tl_time){(uint64_t)midnight, 0}, utc, ret_time);
}

/* One duration behind the other: "1h30m". */
static bool parse_durations(char *text, uint64_t *ret_ms)
{
    uint64_t sum = 0, ms;

    do {
        char *next = text + strspn(text, digits);
        next += strcspn(next, digits);
        char held = *next;
        *next = '\0';
        bool is_one = record_parse_duration(text, &ms);
        *next = held;
        if (!is_one || __builtin_add_overflow(sum, ms, &sum))
            return false;
        text = next;
    } while (*text);
    *ret_ms = sum;
    return true;
}

/* "10m ago" */
static bool parse_ago(const char *text, struct tl_time now, struct tl_time *ret_time)
{
    static const char ago[] = " ago";
    size_t length = strlen(text), size = sizeof(ago) - 1;
    char duration[FORM_SIZE];
    uint64_t ms;

    if (length <= size || length >= sizeof(duration) || strcmp(text + length - size, ago) != 0)
        return false;
    snprintf(duration, sizeof(duration), "%.*s", (int)(length - size), text);
    if (!parse_durations(duration, &ms) || ms / 1000 >= now.seconds)
        return false;
    uint32_t rest = (uint32_t)(ms % 1000) * 1000000;
    bool borrows = rest > now.nanoseconds;
    ret_time->seconds = now.seconds - ms / 1000 - borrows;
    ret_time->nanoseconds = now.nanoseconds + (borrows ? 1000000000 : 0) - rest;
    return true;
}

/* "23-Nov-2026 21:24:22.402", as `--format line` prints it. */
static bool parse_printed(const char *text, bool utc, struct tl_time *ret_time)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char month[4], form[FORM_SIZE];

    if (strlen(text) < sizeof("23-Nov-2026 21:24") - 1 || text[2] != '-' || text[6] != '-')
        return false;
    snprintf(month, sizeof(month), "%.3s", text + 3);
    const char *found = strstr(months, month);
    if (!found || (found - months) % 3 != 0)
        return false;
    int size = snprintf(form, sizeof(form), "%.4s-%02d-%.2s%s", text + 7, (int)(found - months) / 3 + 1, text,
                        text + 11);
    return size < FORM_SIZE && parse_form(form, utc, ret_time);
}

/* "21:24" or "21:24:22.402", of today. */
static bool parse_clock(const char *text, bool utc, struct tl_time now, struct tl_time *ret_time)
{
    time_t shown = (time_t)((int64_t)now.seconds + (utc ? 0 : offset_at((int64_t)now.seconds)));
    struct tm day;
    char form[FORM_SIZE];

    if (text[strspn(text, "0123456789:.")] || strcspn(text, ":") != 2 || !gmtime_r(&shown, &day))
        return false;
    size_t size = strftime(form, sizeof(form), "%Y-%m-%dT", &day);
    if (strlen(text) >= sizeof(form) - size)
        return false;
    strcpy(form + size, text);
    return parse_form(form, utc, ret_time);
}

/* "@1795728262.402": seconds since 1970. */
static bool parse_seconds(const char *text, struct tl_time *ret_time)
{
    struct tl_time time = {0};
    const char *at = text + 1;
    uint32_t unit = 100000000;

    if (*text != '@' || !strspn(at, digits))
        return false;
    for (; *at >= '0' && *at <= '9'; at++) {
        if (__builtin_mul_overflow(time.seconds, 10, &time.seconds) ||
            __builtin_add_overflow(time.seconds, (uint64_t)(*at - '0'), &time.seconds))
            return false;
    }
    if (at[0] == '.' && strspn(at + 1, digits)) {
        for (at++; *at >= '0' && *at <= '9'; at++, unit /= 10)
            time.nanoseconds += (uint32_t)(*at - '0') * unit; /* the tenth digit counts nothing */
    }
    if (*at || time.seconds > TL_TIME_SECONDS_MAX)
        return false;
    *ret_time = time;
    return true;
}

bool record_parse_time_at(const char *text, bool utc, struct tl_time now, struct tl_time *ret_time)
{
    if (strcmp(text, "now") == 0) {
        *ret_time = now;
        return true;
    }
    if (strcmp(text, "today") == 0)
        return parse_day(0, utc, now, ret_time);
    if (strcmp(text, "yesterday") == 0)
        return parse_day(1, utc, now, ret_time);
    return parse_ago(text, now, ret_time) || parse_form(text, utc, ret_time) ||
           parse_printed(text, utc, ret_time) || parse_clock(text, utc, now, ret_time) ||
           parse_seconds(text, ret_time);
}

bool record_parse_time(const char *text, bool utc, struct tl_time *ret_time)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return record_parse_time_at(text, utc, (struct tl_time){(uint64_t)now.tv_sec, (uint32_t)now.tv_nsec},
                                ret_time);
}
