/* archive: giving it to those who read it. */
#ifndef TAPLINE_ARCHIVE_GROUP_H
#define TAPLINE_ARCHIVE_GROUP_H

#include <tapline/archive.h>

#include <sys/types.h>

/* Gives the archive to the group, with all that is in it already, and sees to it that all that will be made
 * in it belongs to that group as well. Of who has made a cursor, that stays. TL_SYSTEM, TL_NO_MEMORY. */
enum tl_status tl__give_to_group(int archive, gid_t group);

#endif
