/* What an operator can set beyond the options that a name server offers: words in the environment variable
 * TAPLINE_LIBFSTRM, and in the file whose path is in TAPLINE_LIBFSTRM_FILE; see man/libfstrm-tapline.7. */
#ifndef COMPAT_SETTINGS_H
#define COMPAT_SETTINGS_H

#include <tapline/sender.h>

#define SETTINGS_TEXT_SIZE     8192
#define SETTINGS_PROBLEMS_SIZE 4096
#define SETTINGS_PATH_MAX      800 /* of the statistics, before %p and %n are replaced */

/* Zero and NULL: not set. */
struct settings {
    const char *targets[TL_SENDER_ENDPOINTS_MAX]; /* addresses, or "own": the program's */
    size_t target_count;
    enum tl_sender_mode mode;
    enum tl_sender_drop drop;
    size_t ring_size;
    size_t budget;
    unsigned retry_ms;
    unsigned close_ms;
    const char *statistics;
    /* The words of the file and of the variable, which the texts point into. */
    char text[2][SETTINGS_TEXT_SIZE];
    /* A line for each thing that is ignored, and "" if there is none; as many as there is room for. */
    char problems[SETTINGS_PROBLEMS_SIZE];
};

/* Reads both. What cannot be read or is not understood has no effect: a name server that does not start, or
 * has no dnstap, for the sake of a word that it could do without is worse off than one without the word. It
 * is told in `problems`. */
void settings_read(struct settings *ret_settings);

/* The words of `text`, which is changed and must stay, are added to what is set. As above. */
void settings_add(struct settings *settings, char *text);

#endif
