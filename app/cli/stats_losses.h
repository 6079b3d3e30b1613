/* cli/stats_losses: what the ledgers of archives say was lost before it could be kept, so that it is not
 * among the records that are counted. */
#ifndef CLI_STATS_LOSSES_H
#define CLI_STATS_LOSSES_H

#include "cli/survey.h"
#include "source/span.h"

struct stats_losses {
    struct survey_lost *items; /* one for each cause, bounds apart */
    size_t count;
    bool are_known; /* all ledgers could be read */
};

/* Of those of the paths that are archives; of segments that may hold something of the span. What fails is
 * logged. False without memory; stats_losses_done in any case. */
bool stats_losses_take(struct stats_losses *ret_losses, const char *const *paths, size_t path_count,
                       const struct span *span);
void stats_losses_done(struct stats_losses *losses);

#endif
