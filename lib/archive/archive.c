/* An archive's folder: told, opened, made. Invariant: `version` is the last thing that is made, so a folder
 * that has it has everything else, and one that was half made when somebody was killed is completed by the
 * next who makes it. */
#include "folder.h"
#include "group.h"
#include "version.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VERSION           "version"
#define VERSION_TEMPORARY ".version." /* and the pid: two may make the same archive at once */

static const struct tl__version ours = {TL_ARCHIVE_FORMAT, 1, 1};

/* Folders of every archive. */
static const struct {
    const char *name;
    mode_t mode;
} folders[] = {
    {TL__HOT, TL__FOLDER_MODE},
    {TL__CURSORS, TL__SHARED_MODE},
    {TL__DAMAGED, TL__FOLDER_MODE},
};

#define FOLDERS (sizeof(folders) / sizeof(folders[0]))

static enum tl_status fail(enum tl_status status, char *ret_text, const char *what)
{
    int error = errno;

    if (status == TL_SYSTEM)
        snprintf(ret_text, TL_ARCHIVE_TEXT_SIZE, "%s: %s", what, strerror(error));
    else
        snprintf(ret_text, TL_ARCHIVE_TEXT_SIZE, "%s", what);
    errno = error;
    return status;
}

/* Reading or writing it needs a program that knows the format `needed`. */
static enum tl_status refuse(const struct tl__version *version, uint64_t needed, const char *doing,
                             char *ret_text)
{
    snprintf(ret_text, TL_ARCHIVE_TEXT_SIZE,
             "it has format %" PRIu64 ", and %s it needs a program that knows format %" PRIu64
             " at least; this one knows format %d: use a newer tapline",
             version->format, doing, needed, TL_ARCHIVE_FORMAT);
    return TL_BAD_VERSION;
}

/* TL_END if there is no file `version`. */
static enum tl_status check_version(int folder, bool writes, char *ret_text)
{
    struct tl__version version;
    char *text;
    size_t size;
    enum tl_status status = tl__read_file(folder, VERSION, TL__VERSION_SIZE, &text, &size);

    if (status == TL_END)
        return fail(TL_END, ret_text, "it is no archive: it has no file 'version'");
    if (status != TL_OK)
        return fail(status, ret_text,
                    status == TL_BAD_TEXT ? "it is no archive: its 'version' is not one of an archive"
                                          : "cannot read its file 'version'");
    status = tl__version_parse(tl_bytes(text, size), &version);
    bool begins = tl__version_begins(tl_bytes(text, size));
    free(text);
    if (status != TL_OK)
        return fail(status, ret_text,
                    begins ? "its file 'version' is damaged"
                           : "it is no archive: its 'version' is not one of an archive");
    if (version.readable_by > TL_ARCHIVE_FORMAT)
        return refuse(&version, version.readable_by, "reading", ret_text);
    if (writes && version.writable_by > TL_ARCHIVE_FORMAT)
        return refuse(&version, version.writable_by, "writing", ret_text);
    return TL_OK;
}

bool tl_archive_is(const char *path)
{
    char *text;
    size_t size;
    int error = errno, folder = open(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
    bool result = false;

    if (folder >= 0 && tl__read_file(folder, VERSION, TL__VERSION_SIZE, &text, &size) == TL_OK) {
        result = tl__version_begins(tl_bytes(text, size));
        free(text);
    }
    tl__close(folder);
    errno = error;
    return result;
}

static enum tl_status open_folder(const char *path, struct tl_archive **ret_archive, char *ret_text)
{
    struct tl_archive *archive = calloc(1, sizeof(*archive));

    if (!archive)
        return fail(TL_NO_MEMORY, ret_text, "out of memory");
    archive->locks[0] = archive->locks[1] = -1;
    archive->path = realpath(path, NULL);
    archive->folder =
        archive->path ? open(archive->path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC) : -1;
    if (archive->folder < 0) {
        enum tl_status status = fail(TL_SYSTEM, ret_text, "cannot open it");
        tl_archive_close(archive);
        return status;
    }
    *ret_archive = archive;
    return TL_OK;
}

enum tl_status tl_archive_open(const char *path, struct tl_archive **ret_archive,
                               char ret_text[TL_ARCHIVE_TEXT_SIZE])
{
    struct tl_archive *archive;
    enum tl_status status = open_folder(path, &archive, ret_text);

    if (status != TL_OK)
        return status;
    status = check_version(archive->folder, false, ret_text);
    if (status != TL_OK) {
        tl_archive_close(archive);
        return status == TL_END ? TL_BAD_TEXT : status;
    }
    *ret_archive = archive;
    return TL_OK;
}

/* What else may be in a folder that becomes an archive: what was made before somebody was killed, and what
 * every new file system has. */
static bool is_tolerated(const char *name)
{
    static const char *const tolerated[] = {"lost+found", "lock", "lock.pack"};

    if (strncmp(name, VERSION_TEMPORARY, strlen(VERSION_TEMPORARY)) == 0)
        return true;
    for (size_t i = 0; i < sizeof(tolerated) / sizeof(tolerated[0]); i++) {
        if (strcmp(name, tolerated[i]) == 0)
            return true;
    }
    return false;
}

static bool is_part(const char *name)
{
    for (size_t i = 0; i < FOLDERS; i++) {
        if (strcmp(name, folders[i].name) == 0)
            return true;
    }
    return false;
}

static DIR *list_folder(int parent, const char *name)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);

    if (!folder)
        tl__close(fd);
    return folder;
}

/* Are there no entries, or only those that a half-made archive has? 1, 0, or -1 with errno. */
static int is_empty(int parent, const char *name, bool is_archive)
{
    DIR *folder = list_folder(parent, name);
    struct dirent *entry;
    int result = 1;

    if (!folder)
        return errno == ENOTDIR || errno == ELOOP ? 0 : -1;
    while (result == 1 && (errno = 0, entry = readdir(folder))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (is_archive && is_part(entry->d_name))
            result = is_empty(dirfd(folder), entry->d_name, false);
        else
            result = is_archive && is_tolerated(entry->d_name);
    }
    if (result == 1 && errno)
        result = -1;
    int error = errno;
    closedir(folder);
    errno = error;
    return result;
}

static enum tl_status make_parts(int folder, long group, char *ret_text)
{
    for (size_t i = 0; i < FOLDERS; i++) {
        if (tl__make_folder(folder, folders[i].name, folders[i].mode) != TL_OK)
            return fail(TL_SYSTEM, ret_text, "cannot make folders in it");
    }
    enum tl_status status = group < 0 ? TL_OK : tl__give_to_group(folder, (gid_t)group);
    return status == TL_OK ? TL_OK : fail(status, ret_text, "cannot give it to the group");
}

static enum tl_status make_version(int folder, char *ret_text)
{
    char memory[TL__VERSION_SIZE], temporary[32];
    struct tl_builder to = tl_builder(memory, sizeof(memory));

    tl__version_print(&ours, &to);
    snprintf(temporary, sizeof(temporary), VERSION_TEMPORARY "%ld", (long)getpid());
    if (tl__replace_file(folder, VERSION, temporary, TL__FILE_MODE, tl_builder_bytes(&to)) != TL_OK)
        return fail(TL_SYSTEM, ret_text, "cannot make its file 'version'");
    return TL_OK;
}

/* A folder without a version, which may have got one from somebody else meanwhile. */
static enum tl_status make_new(int folder, long group, char *ret_text)
{
    int empty = is_empty(folder, ".", true);

    if (empty < 0)
        return fail(TL_SYSTEM, ret_text, "cannot list it");
    enum tl_status status = empty ? TL_END : check_version(folder, true, ret_text);
    if (status == TL_END && !empty)
        return fail(TL_BAD_TEXT, ret_text,
                    "it is no archive and not empty: only an empty or a new folder can become one");
    if (status == TL_OK || status == TL_END)
        status = make_parts(folder, group, ret_text);
    return status == TL_OK && empty ? make_version(folder, ret_text) : status;
}

static enum tl_status complete(int folder, long group, char *ret_text)
{
    enum tl_status status = check_version(folder, true, ret_text);

    if (status == TL_END)
        return make_new(folder, group, ret_text);
    return status == TL_OK ? make_parts(folder, group, ret_text) : status;
}

/* Its name survives a power cut only if the folder above it was synced. */
static int sync_above(int folder)
{
    int above = openat(folder, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = above < 0 ? 0 : fsync(above); /* we may have no right to look at it */

    tl__close(above);
    return result;
}

enum tl_status tl_archive_make(const char *path, long group, struct tl_archive **ret_archive,
                               char ret_text[TL_ARCHIVE_TEXT_SIZE])
{
    struct tl_archive *archive;
    bool is_new = mkdir(path, TL__FOLDER_MODE) == 0;

    if (!is_new && errno != EEXIST)
        return fail(TL_SYSTEM, ret_text, "cannot make it");
    enum tl_status status = open_folder(path, &archive, ret_text);
    if (status != TL_OK)
        return status;
    if (is_new && (fchmod(archive->folder, TL__FOLDER_MODE) != 0 || sync_above(archive->folder) != 0))
        status = fail(TL_SYSTEM, ret_text, "cannot make it");
    if (status == TL_OK)
        status = complete(archive->folder, group, ret_text);
    if (status != TL_OK) {
        tl_archive_close(archive);
        return status;
    }
    *ret_archive = archive;
    return TL_OK;
}

void tl_archive_close(struct tl_archive *archive)
{
    if (!archive)
        return;
    for (int i = 0; i < 2; i++)
        tl_archive_unlock(archive, (enum tl_archive_lock)i);
    tl__close(archive->folder);
    free(archive->path);
    free(archive);
}

const char *tl_archive_path(const struct tl_archive *archive)
{
    return archive->path;
}

int tl_archive_folder(const struct tl_archive *archive)
{
    return archive->folder;
}
