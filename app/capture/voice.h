/* capture/voice: the lines about a capture's files that scripts look for, in the words of the name it goes
 * by. */
#ifndef CAPTURE_VOICE_H
#define CAPTURE_VOICE_H

#include <stdint.h>

enum voice {
    VOICE_TAPLINE,
    VOICE_FSTRM, /* as fstrm_capture of fstrm 0.6.1 */
};

void voice_opened(enum voice voice, const char *path);
void voice_open_failed(enum voice voice, const char *path, const char *why);

/* `frames` data frames; `size` bytes in all. */
void voice_completed(enum voice voice, const char *path, uint64_t frames, uint64_t size);

/* On a signal, in the words of fstrm_capture alone: the output is flushed (HUP), rotated (USR1). */
void voice_flushing(void);
void voice_rotating(const char *pattern);

/* On a signal: the capture stops. */
void voice_stopping(enum voice voice);

void voice_listening(enum voice voice, const char *name);
void voice_listen_failed(enum voice voice, const char *name, const char *why);

#endif
