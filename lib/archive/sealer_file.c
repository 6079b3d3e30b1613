/* A sealed segment's file, from the temporary one to the rename that commits it. Invariant: under its name
 * there is only ever a whole file, and one that was not committed leaves nothing behind. */
#include "sealer_file.h"

#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <tapline/stream.h>
#include <unistd.h>

/* The folder of the day, as a path inside the archive. TL_BAD_ARGUMENT. */
static enum tl_status name_folder(const struct tl_archive_segment *segment, char name[TL_ARCHIVE_NAME_SIZE])
{
    if (!tl_archive_name(segment, TL_ARCHIVE_ROWS, name))
        return TL_BAD_ARGUMENT;
    *strchr(name, '/') = '\0';
    return TL_OK;
}

static enum tl_status make_folder(struct sealer_file *file)
{
    int folder = tl_archive_folder(file->archive);
    char name[TL_ARCHIVE_NAME_SIZE];
    enum tl_status status = name_folder(&file->segment, name);

    if (status != TL_OK)
        return status;
    bool is_new = faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
    status = tl__make_folder(folder, name, TL__FOLDER_MODE);
    file->made_folder = is_new && status == TL_OK;
    return status;
}

enum tl_status tl__sealer_file_make(struct sealer_file *file)
{
    char name[TL_ARCHIVE_NAME_SIZE];
    enum tl_status status = make_folder(file);

    if (status != TL_OK)
        return status;
    tl_archive_name(&file->segment, TL_ARCHIVE_TEMPORARY, name);
    file->fd = openat(tl_archive_folder(file->archive), name,
                      O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, TL__FILE_MODE);
    if (file->fd < 0)
        return TL_SYSTEM;
    status = tl__adopt(tl_archive_folder(file->archive), file->fd);
    return status == TL_OK && fchmod(file->fd, TL__FILE_MODE) != 0 ? TL_SYSTEM : status;
}

enum tl_status tl__sealer_file_put(struct sealer_file *file, struct tl_bytes frame, size_t size,
                                   uint32_t checksum)
{
    enum tl_status status = tl_write(file->fd, frame, NULL);

    if (status != TL_OK)
        return status;
    file->last = (struct seek_entry){(uint32_t)frame.size, (uint32_t)size, checksum};
    file->size += frame.size;
    return tl__seek_table_add(&file->table, &file->last);
}

static enum tl_status complete(struct sealer_file *file)
{
    enum tl_status status = tl__seek_table_end(&file->table);

    if (status == TL_OK)
        status = tl_write(file->fd, tl_bytes(file->table.data, file->table.size), NULL);
    if (status == TL_OK && fsync(file->fd) != 0)
        status = TL_SYSTEM;
    file->size += file->table.size;
    return status;
}

static enum tl_status sync_folder(const struct sealer_file *file, const char *name)
{
    int fd = openat(tl_archive_folder(file->archive), name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return TL_SYSTEM;
    enum tl_status status = fsync(fd) == 0 ? TL_OK : TL_SYSTEM;
    tl__close(fd);
    return status;
}

/* The rename commits. If it cannot be made lasting it is taken back, unless it has replaced another file. */
static enum tl_status give_name(struct sealer_file *file, const struct tl_archive_segment *named)
{
    int folder = tl_archive_folder(file->archive);
    char temporary[TL_ARCHIVE_NAME_SIZE], name[TL_ARCHIVE_NAME_SIZE], day[TL_ARCHIVE_NAME_SIZE];
    enum tl_status status = name_folder(named, day);

    if (status != TL_OK)
        return status;
    tl_archive_name(&file->segment, TL_ARCHIVE_TEMPORARY, temporary);
    tl_archive_name(named, TL_ARCHIVE_ROWS, name);
    bool replaces = faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    if (renameat(folder, temporary, folder, name) != 0)
        return TL_SYSTEM;
    status = sync_folder(file, day);
    if (status == TL_OK) /* whoever has made the folder may have been killed before this */
        status = sync_folder(file, ".");
    if (status != TL_OK && !replaces) {
        int reason = errno;
        renameat(folder, name, folder, temporary);
        errno = reason;
    }
    return status;
}

enum tl_status tl__sealer_file_commit(struct sealer_file *file, const struct tl_archive_segment *named)
{
    enum tl_status status = complete(file);

    if (status == TL_OK)
        status = give_name(file, named);
    if (status != TL_OK)
        return status;
    tl__close(file->fd);
    file->fd = -1;
    file->made_folder = false;
    return TL_OK;
}

void tl__sealer_file_done(struct sealer_file *file)
{
    char name[TL_ARCHIVE_NAME_SIZE];
    int reason = errno;

    if (file->fd >= 0 && tl_archive_name(&file->segment, TL_ARCHIVE_TEMPORARY, name))
        unlinkat(tl_archive_folder(file->archive), name, 0);
    tl__close(file->fd);
    file->fd = -1;
    if (file->made_folder && name_folder(&file->segment, name) == TL_OK)
        unlinkat(tl_archive_folder(file->archive), name, AT_REMOVEDIR); /* unless others use it by now */
    growing_free(&file->table);
    errno = reason;
}
