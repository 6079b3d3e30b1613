/* Numbers for a person. Invariant: what is cut off is rounded, never simply dropped, but for times and
 * durations, which are of the past. */
#include "cli/quantities.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define TEXTS     10
#define TEXT_SIZE 40

static char *next_text(void)
{
    static char texts[TEXTS][TEXT_SIZE];
    static unsigned at;

    return texts[at++ % TEXTS];
}

const char *quantity_number(uint64_t number)
{
    char *text = next_text(), digits[24];
    int length = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)number), at = 0;

    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            text[at++] = ',';
        text[at++] = digits[i];
    }
    text[at] = '\0';
    return text;
}

const char *quantity_size(uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    char *text = next_text();
    double value = (double)bytes;
    int unit = 0;

    while (value >= (unit ? 1023.95 : 1024)) {
        value /= 1024;
        unit++;
    }
    snprintf(text, TEXT_SIZE, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
    return text;
}

const char *quantity_duration(uint64_t ms)
{
    char *text = next_text();
    unsigned long long seconds = ms / 1000, minutes = seconds / 60, hours = minutes / 60, days = hours / 24;

    if (seconds < 10)
        snprintf(text, TEXT_SIZE, "%llu.%llu s", seconds, (unsigned long long)ms % 1000 / 100);
    else if (minutes < 1)
        snprintf(text, TEXT_SIZE, "%llu s", seconds);
    else if (hours < 1)
        snprintf(text, TEXT_SIZE, "%llum %llus", minutes, seconds % 60);
    else if (days < 1)
        snprintf(text, TEXT_SIZE, "%lluh %llum", hours, minutes % 60);
    else
        snprintf(text, TEXT_SIZE, "%llud %lluh", days, hours % 24);
    return text;
}

const char *quantity_time(uint64_t ms)
{
    char *text = next_text();
    time_t seconds = (time_t)(ms / 1000);
    struct tm broken;

    if (ms / 1000 > 253402300799u || !localtime_r(&seconds, &broken) ||
        !strftime(text, TEXT_SIZE, "%Y-%m-%d %H:%M:%S", &broken))
        strcpy(text, "?");
    return text;
}

const char *quantity_ratio(uint64_t above, uint64_t below)
{
    char *text = next_text();

    snprintf(text, TEXT_SIZE, "%.1f", below ? (double)above / (double)below : 0);
    return text;
}
