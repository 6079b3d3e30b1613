/* archive: the folder itself, as the room's files share it. Permissions do not depend on the umask: whoever
 * may read an archive is the operator's decision, not that of the shell that started the capture. */
#ifndef TAPLINE_ARCHIVE_FOLDER_H
#define TAPLINE_ARCHIVE_FOLDER_H

#include <tapline/archive.h>

#include <sys/types.h>

#define TL__HOT     "hot"
#define TL__CURSORS "cursors"
#define TL__DAMAGED "damaged"

#define TL__FILE_MODE   0640
#define TL__FOLDER_MODE 0750
/* Of cursors/: consumers are other users than the capture, and what one makes belongs to the folder's group,
 * so that the others can read it. */
#define TL__SHARED_MODE 02770

struct tl_archive {
    int folder;
    char *path;
    int locks[2]; /* descriptors of the locks that are held; -1 */
};

/* What root makes in an archive of somebody else's belongs to whoever has that `folder`, so that packing once
 * as root does not keep the capture out of what it owns. `fd`: what was made just now. TL_SYSTEM. */
enum tl_status tl__adopt(int folder, int fd);

/* Makes a folder in the archive's if it is missing; set-group-ID if the archive's folder is. TL_SYSTEM. */
enum tl_status tl__make_folder(int parent, const char *name, mode_t mode);

/* The whole file, a NUL behind it; free(3) it. TL_END: there is none. TL_BAD_TEXT: more than `most` bytes, or
 * no regular file. TL_SYSTEM, TL_NO_MEMORY. */
enum tl_status tl__read_file(int folder, const char *name, size_t most, char **ret_data, size_t *ret_size);

/* Makes `name` anew with these bytes, all or nothing, by way of `temporary` beside it; both the file and the
 * folder are synced. TL_SYSTEM. */
enum tl_status tl__replace_file(int folder, const char *name, const char *temporary, mode_t mode,
                                struct tl_bytes bytes);

/* close(2), errno as it was. */
void tl__close(int fd);

#endif
