/* Names and sentences of the statuses, all made from status.def. Invariant: the tables and the enum come from
 * the same list, so a number is in one exactly if it is in the others. */
#include <tapline/core.h>

static const char *const names[] = {
#define TL_STATUS(name, sentence) [TL_##name] = "TL_" #name,
#include <tapline/status.def>
#undef TL_STATUS
};

static const char *const sentences[] = {
#define TL_STATUS(name, sentence) [TL_##name] = sentence,
#include <tapline/status.def>
#undef TL_STATUS
};

#define COUNT (sizeof(names) / sizeof(names[0]))

const char *tl_status_name(enum tl_status status)
{
    return (size_t)status < COUNT ? names[status] : "TL_UNKNOWN";
}

const char *tl_status_text(enum tl_status status)
{
    return (size_t)status < COUNT ? sentences[status] : "unknown status";
}
