/* Words for what sealing found. Invariant: everything that a result says was lost or left is said. */
#include "pack/told.h"

#include "pack/segment.h"
#include "process/log.h"

typedef unsigned long long number;

static void tell_of_rows(const char *name, const struct pack_result *result)
{
    if (result->damaged)
        process_log("%s was damaged: %llu bytes of it are no frames; it is kept in " SEGMENT_DAMAGED "/",
                    name, (number)result->damaged);
    if (result->cut_off)
        process_log("%s ended in %llu bytes that are no whole frame, as a power cut leaves them", name,
                    (number)result->cut_off);
    if (result->frames_lost)
        process_log("%s lacks %llu frames that had been received", name, (number)result->frames_lost);
}

static void tell_of_ledger(const char *name, const struct pack_result *result)
{
    const char *fault = result->ledger_fault ? result->ledger_fault : "does not match its frames";

    if (result->frames_of_none)
        process_log("%s: its ledger %s; of %llu of its %llu frames the connection is not known", name, fault,
                    (number)result->frames_of_none, (number)result->frames);
    else if (result->ledger_fault)
        process_log("%s: its ledger %s", name, fault);
}

bool told_of_losses(const struct tl_archive_segment *hot, const struct pack_result *result)
{
    char name[TL_ARCHIVE_NAME_SIZE];

    tl_archive_name(hot, TL_ARCHIVE_ROWS, name);
    tell_of_rows(name, result);
    tell_of_ledger(name, result);
    if (*result->text)
        process_log("%s %s", name, result->text);
    return result->damaged || result->cut_off || result->frames_lost || result->ledger_fault ||
           result->frames_of_none || *result->text;
}
