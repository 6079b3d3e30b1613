/* pack/clean: removes what programs that were killed have left in an archive. */
#ifndef PACK_CLEAN_H
#define PACK_CLEAN_H

#include <tapline/archive.h>

/* Removes temporary files of sealed segments, and files all of whose frames are in a sealed segment that is
 * whole. The caller holds the pack lock. What fails is logged. Returns how many segments or temporaries went.
 */
uint64_t clean_archive(const struct tl_archive *archive);

/* Is this the name of a day's folder, "2026-11-23"? And is this, in one, the name of a temporary file of a
 * sealed segment, ".20261123T210000Z-00000016.fstrm.zst.tmp"? No others are looked at. */
bool clean_is_day(const char *name);
bool clean_is_temporary(const char *name);

#endif
