/* Findings as text. Invariant: every finding is counted and given out once, whole or cut at
 * FINDING_TEXT_SIZE. */
#include "pack/finding.h"

#include <stdarg.h>
#include <stdio.h>

void finding_say(struct verify *verify, enum verify_weight weight, const char *place, const char *format, ...)
{
    char text[FINDING_TEXT_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    verify->sums.damages += weight == VERIFY_DAMAGE;
    verify->say(verify->user, weight, place, text);
}

const char *finding_names(struct tl_frame_name first, struct tl_frame_name last,
                          char ret_text[FINDING_NAMES_SIZE])
{
    size_t size = tl_frame_name_print(first, ret_text);

    if (tl_frame_name_compare(first, last) != 0) {
        memcpy(ret_text + size, " to ", 4);
        tl_frame_name_print(last, ret_text + size + 4);
    }
    return ret_text;
}

/* Milliseconds since 1970 as RFC 3339, or as a number if that cannot write them. */
static void put_time(struct tl_builder *text, uint64_t ms)
{
    struct tl_time time = {ms / 1000, (uint32_t)(ms % 1000 * 1000000)};
    char printed[TL_TIME_TEXT_SIZE];

    if (ms / 1000 > TL_TIME_SECONDS_MAX) {
        tl_builder_put_decimal(text, ms, 0);
        tl_builder_put_text(text, " ms");
        return;
    }
    tl_time_print(time, printed);
    tl_builder_put(text, tl_bytes(printed, 23)); /* up to the milliseconds */
    tl_builder_put_u8(text, 'Z');
}

const char *finding_times(uint64_t from_ms, uint64_t to_ms, char ret_text[FINDING_TIMES_SIZE])
{
    struct tl_builder text = tl_builder(ret_text, FINDING_TIMES_SIZE - 1);

    put_time(&text, from_ms);
    if (to_ms != from_ms) {
        tl_builder_put_text(&text, " to ");
        put_time(&text, to_ms);
    }
    *text.at = 0;
    return ret_text;
}
