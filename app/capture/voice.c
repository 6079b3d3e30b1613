/* Lines in either voice. Invariant: those of fstrm_capture begin as its own do, to the letter. */
#include "capture/voice.h"

#include "process/log.h"

#include <inttypes.h>
#include <string.h>

void voice_opened(enum voice voice, const char *path)
{
    process_log(voice == VOICE_FSTRM ? "opened output file %s" : "writing %s", path);
}

void voice_open_failed(enum voice voice, const char *path, const char *why)
{
    process_log(voice == VOICE_FSTRM ? "failed to open output file %s: %s" : "cannot open %s: %s", path, why);
}

void voice_completed(enum voice voice, const char *path, uint64_t frames, uint64_t size)
{
    if (voice == VOICE_FSTRM) /* which counts START and STOP as well */
        process_log("closed output file %s (wrote %" PRIu64 " frames, %" PRIu64 " bytes)", path, frames + 2,
                    size);
    else
        process_log("completed %s", path);
}

void voice_flushing(void)
{
    process_log("received SIGHUP, flushing output");
}

void voice_rotating(const char *pattern)
{
    process_log("received SIGUSR1, rotating output file");
    if (strcmp(pattern, "-") == 0)
        process_log("rotate_output: not rotating stdout");
}

void voice_stopping(enum voice voice)
{
    process_log(voice == VOICE_FSTRM ? "shutting down" : "stopping: reading what the sockets still hold");
}

void voice_listening(enum voice voice, const char *name)
{
    if (voice != VOICE_FSTRM) /* that says so before it opens anything */
        process_log("listening on %s", name);
}

void voice_listen_failed(enum voice voice, const char *name, const char *why)
{
    process_log("cannot listen on %s: %s", name, why);
    if (voice == VOICE_FSTRM)
        process_log("failed to setup event loop");
}
