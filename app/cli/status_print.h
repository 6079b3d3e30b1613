/* cli/status_print: an archive's survey, or a sender, as text for a person, and as JSON. */
#ifndef CLI_STATUS_PRINT_H
#define CLI_STATUS_PRINT_H

#include "cli/status_sender.h"
#include "cli/survey.h"

#include <stdio.h>

/* What changed in a second, from one look to the next. */
struct status_rates {
    bool is_known;
    uint64_t frames, bytes; /* taken from the sockets; of a sender: submitted, and no bytes */
    uint64_t lost;          /* frames; of a sender */
};

/* Lines of at most 80 columns but for paths that are longer; local times. */
void status_print_text(FILE *to, const char *path, const struct survey *survey,
                       const struct status_rates *rates);

/* One object on one line. */
void status_print_json(FILE *to, const char *path, const struct survey *survey,
                       const struct status_rates *rates);

void status_print_sender_text(FILE *to, const char *path, const struct status_sender *sender,
                              const struct status_rates *rates);

void status_print_sender_json(FILE *to, const char *path, const struct status_sender *sender,
                              const struct status_rates *rates);

#endif
