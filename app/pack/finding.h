/* pack/finding: how the parts of verify say what they found, and pieces of text they share. */
#ifndef PACK_FINDING_H
#define PACK_FINDING_H

#include "pack/verify.h"

#define FINDING_TEXT_SIZE 1024

/* One finding, counted. */
void finding_say(struct verify *verify, enum verify_weight weight, const char *place, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#define FINDING_NAMES_SIZE (2 * TL_FRAME_NAME_SIZE + 8)

/* "16/0 to 16/99"; "16/0" if `first` is `last`. Returns `ret_text`. */
const char *finding_names(struct tl_frame_name first, struct tl_frame_name last,
                          char ret_text[FINDING_NAMES_SIZE]);

#define FINDING_TIMES_SIZE 80

/* "2026-11-23T21:00:00.000Z to 2026-11-23T21:00:01.512Z". Returns `ret_text`. */
const char *finding_times(uint64_t from_ms, uint64_t to_ms, char ret_text[FINDING_TIMES_SIZE]);

#endif
