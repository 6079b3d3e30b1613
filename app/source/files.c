/* One file after the other. Invariant: a followed file is left only when another one is there that was not
 * read, and after that was seen it is read once more to its end: so nothing written before the other one was
 * begun is missed. Told to stop, it ends behind what was there by then. */
#include "source/files.h"

#include <tapline/archive.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum step { STEP_ITEM, STEP_AGAIN };

#define LIKELY(condition) __builtin_expect(!!(condition), 1)

void files_init(struct files *files, const struct source_options *options)
{
    memset(files, 0, sizeof(*files));
    files->paths = options->paths;
    files->path_count = options->path_count;
    files->follow = options->follow;
    files->stop_fd = options->stop_fd;
    files->frame_limit = options->frame_limit;
    files->is_sure = options->is_sure;
    files->fd = files->watch.fd = -1;
    window_init(&files->window);
}

static void close_file(struct files *files)
{
    if (files->fd < 0)
        return;
    input_done(&files->input);
    if (files->fd != STDIN_FILENO)
        close(files->fd);
    free(files->name);
    files->name = NULL;
    files->fd = -1;
}

void files_done(struct files *files)
{
    close_file(files);
    window_done(&files->window);
    folder_list_done(&files->list);
    folder_seen_done(&files->seen);
    watch_close(&files->watch);
    free(files->folder);
    free(files->base);
}

static enum step say(struct source_item *item, enum source_kind kind, const char *name, uint64_t offset,
                     const char *text)
{
    item->kind = kind;
    item->name = name;
    item->offset = offset;
    item->skipped = 0;
    item->is_tail = false;
    item->error = 0;
    item->text = text;
    return STEP_ITEM;
}

static enum step fail(struct files *files, const char *name, int error, struct source_item *item)
{
    snprintf(files->text, sizeof(files->text), "cannot be opened: %s",
             error == ENXIO ? "it is a socket; listen on it instead" : strerror(error));
    say(item, SOURCE_FAILED, name, 0, files->text);
    item->error = error;
    return STEP_ITEM;
}

static enum step end(struct files *files, struct source_item *item)
{
    files->is_ended = true;
    return say(item, SOURCE_END, "", 0, "");
}

/* Waiting --------------------------------------------------------------------------------------------- */

static void wait_for_more(struct files *files)
{
    if (files->fd >= 0 && !files->input.is_regular) {
        input_wait(&files->input); /* reading will find out why that ended */
        return;
    }
    switch (watch_wait(&files->watch)) {
    case WATCH_STOP: break; /* whoever reads or opens next will see it as well */
    case WATCH_NAMES:
    case WATCH_TIME: files->is_look_due = true; break;
    case WATCH_DATA: break;
    }
}

/* Nothing is there: says so, and waits with the next call. */
static enum step idle(struct files *files, struct source_item *item)
{
    files->is_idle_told = true;
    return say(item, SOURCE_IDLE, files->name ? files->name : "", 0, "");
}

/* Opening --------------------------------------------------------------------------------------------- */

static void begin(struct files *files, int fd, char *name)
{
    files->fd = fd;
    files->name = name;
    files->is_leaving = files->is_over = false;
    input_init(&files->input, fd, files->stop_fd, files->is_following);
    window_open(&files->window, &files->input);
    framing_open(&files->framing, &files->window, files->frame_limit, files->is_sure);
}

/* A descriptor, or -1 with errno. A FIFO without a writer must not stop us here, where nobody can end the
 * wait. */
static int open_path(char *path)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    size_t length = strlen(path), suffix = strlen(FOLDER_PART);

    if (fd >= 0 || errno != ENOENT || length <= suffix || strcmp(path + length - suffix, FOLDER_PART) != 0)
        return fd;
    path[length - suffix] = '\0'; /* just completed? */
    fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        path[length - suffix] = FOLDER_PART[0];
    return fd;
}

/* Opens the file at a path that is read once. */
static enum step open_once(struct files *files, const char *path, struct source_item *item)
{
    bool is_standard = strcmp(path, "-") == 0;
    char *name = strdup(is_standard ? "standard input" : path);

    if (!name)
        return fail(files, path, ENOMEM, item);
    int fd = is_standard ? STDIN_FILENO : open_path(name);
    if (fd < 0) {
        int error = errno;
        free(name);
        return fail(files, path, error, item);
    }
    begin(files, fd, name);
    return STEP_AGAIN;
}

/* Opens a file of the followed folder. TL_OK; TL_END if it is another one than was listed, which was read
 * already (look again); TL_SYSTEM. */
static enum tl_status open_listed(struct files *files, struct folder_entry *entry, int *ret_fd,
                                  char **ret_name)
{
    struct folder_identity identity;
    enum tl_status status = TL_SYSTEM;
    int fd = open_path(entry->path);
    char *name = fd >= 0 ? strdup(entry->path) : NULL;

    if (name && folder_identify(fd, &identity) == 0) {
        if (folder_is_seen(&files->seen, &identity))
            status = TL_END;
        else if (folder_add_seen(&files->seen, &identity) == 0)
            status = TL_OK;
        files->is_look_due = files->is_look_due || !folder_is_same(&identity, &entry->identity);
    }
    if (status == TL_OK) {
        *ret_fd = fd;
        *ret_name = name;
        return TL_OK;
    }
    int error = errno;
    if (fd >= 0)
        close(fd);
    free(name);
    errno = error;
    return status;
}

/* The next file of a folder or family that is followed. */
static enum step open_followed(struct files *files, struct folder_entry *entry, struct source_item *item)
{
    int fd = -1;
    char *name = NULL;

    switch (open_listed(files, entry, &fd, &name)) {
    case TL_OK:
        begin(files, fd, name);
        files->files_left -= files->files_left > 0;
        return STEP_AGAIN;
    case TL_END: return idle(files, item);
    default: break;
    }
    int error = errno;
    if (error == ENOENT) { /* renamed or removed since we looked */
        files->is_look_due = true;
        return idle(files, item);
    }
    folder_add_seen(&files->seen, &entry->identity); /* told of once */
    return fail(files, entry->path, error, item);
}

/* Following ------------------------------------------------------------------------------------------- */

/* Splits a path into its folder and its name without ".part". */
static bool follow_family(struct files *files, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t suffix = strlen(FOLDER_PART);

    files->base = strdup(slash ? slash + 1 : path);
    files->folder = !slash ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
    if (!files->base || !files->folder)
        return false;
    size_t length = strlen(files->base);
    if (length > suffix && strcmp(files->base + length - suffix, FOLDER_PART) == 0)
        files->base[length - suffix] = '\0';
    return true;
}

/* Begins to follow the last path, if it is one that can be followed in its folder. */
static enum step follow(struct files *files, const char *path, struct source_item *item)
{
    struct stat found;
    bool is_there = stat(path, &found) == 0;

    files->is_following = true;
    if (strcmp(path, "-") == 0 || (is_there && !S_ISREG(found.st_mode) && !S_ISDIR(found.st_mode))) {
        watch_open(&files->watch, NULL, files->stop_fd);
        return open_once(files, path, item);
    }
    bool has_memory = is_there && S_ISDIR(found.st_mode) ? (files->folder = strdup(path)) != NULL
                                                         : follow_family(files, path);
    if (!has_memory) {
        files->is_ended = true;
        return fail(files, path, ENOMEM, item);
    }
    watch_open(&files->watch, files->folder, files->stop_fd);
    files->is_look_due = true;
    return STEP_AGAIN;
}

/* What was not there when following began may turn out to be a folder. */
static void turn_to_folder(struct files *files)
{
    const char *path = files->paths[files->path_count - 1];
    struct stat found;

    if (!files->base || files->seen.count || stat(path, &found) != 0 || !S_ISDIR(found.st_mode) ||
        tl_archive_is(path))
        return;
    char *folder = strdup(path);
    if (!folder)
        return; /* perhaps the next time */
    free(files->folder);
    free(files->base);
    files->folder = folder;
    files->base = NULL;
    watch_close(&files->watch);
    watch_open(&files->watch, folder, files->stop_fd);
    files->is_look_due = true;
}

/* Lists the followed folder anew, if that may tell something new. 0, or -1 with errno. */
static int look(struct files *files)
{
    if (!files->is_look_due)
        return 0;
    folder_list_done(&files->list);
    files->list_at = 0;
    if (folder_read(files->folder, files->base, &files->list) != 0)
        return -1; /* and look again after the wait */
    files->is_look_due = false;
    folder_forget(&files->seen, &files->list);
    return 0;
}

static struct folder_entry *next_listed(struct files *files)
{
    while (files->list_at < files->list.count) {
        struct folder_entry *entry = &files->list.entries[files->list_at];
        if (!folder_is_seen(&files->seen, &entry->identity))
            return entry;
        files->list_at++;
    }
    return NULL;
}

/* The first file that was not read yet, or NULL. One that was listed and is gone must not make us leave
 * another that is still being written. */
static struct folder_entry *next_unseen(struct files *files)
{
    struct folder_entry *entry = next_listed(files);

    if (!entry || folder_is_there(entry))
        return entry;
    files->is_look_due = true;
    entry = look(files) == 0 ? next_listed(files) : NULL;
    if (!entry || folder_is_there(entry))
        return entry;
    files->is_look_due = true; /* after the wait */
    return NULL;
}

/* We were told to stop: the files that are there now are the last ones. */
static void start_stopping(struct files *files)
{
    if (files->is_stopping)
        return;
    files->is_stopping = true;
    files->is_look_due = true;
    if (!files->folder || look(files) != 0)
        return;
    for (size_t i = 0; i < files->list.count; i++)
        files->files_left += !folder_is_seen(&files->seen, &files->list.entries[i].identity);
}

static enum step open_next_followed(struct files *files, struct source_item *item)
{
    turn_to_folder(files);
    if (watch_is_stopped(&files->watch))
        start_stopping(files);
    int error = look(files) == 0 ? 0 : errno;
    struct folder_entry *entry = error ? NULL : next_unseen(files);

    if (files->is_stopping && (!entry || !files->files_left))
        return end(files, item);
    if (entry)
        return open_followed(files, entry, item);
    if (files->is_absence_told || files->seen.count)
        return idle(files, item);
    files->is_absence_told = true;
    if (error)
        snprintf(files->text, sizeof(files->text), "cannot be read yet: %s; waiting", strerror(error));
    else
        snprintf(files->text, sizeof(files->text), "%s; waiting",
                 files->base ? "is not there yet" : "holds no file yet");
    return say(item, SOURCE_NOTICE, files->paths[files->path_count - 1], 0, files->text);
}

/* The order of things --------------------------------------------------------------------------------- */

static enum step open_path_or_folder(struct files *files, const char *path, struct source_item *item)
{
    struct stat found;

    if (strcmp(path, "-") == 0 || stat(path, &found) != 0 || !S_ISDIR(found.st_mode))
        return open_once(files, path, item);
    files->list_at = 0;
    if (folder_read(path, NULL, &files->list) != 0)
        return fail(files, path, errno, item);
    if (!files->list.count)
        return say(item, SOURCE_NOTICE, path, 0, "holds no file");
    return STEP_AGAIN;
}

/* No file is open: opens the next one. */
static enum step open_next(struct files *files, struct source_item *item)
{
    if (files->folder)
        return open_next_followed(files, item);
    if (files->list_at < files->list.count)
        return open_once(files, files->list.entries[files->list_at++].path, item);
    folder_list_done(&files->list);
    files->list_at = 0;
    if (files->path_at == files->path_count)
        return end(files, item);
    const char *path = files->paths[files->path_at++];
    if (files->follow && files->path_at == files->path_count)
        return follow(files, path, item);
    return open_path_or_folder(files, path, item);
}

/* A followed file that became shorter was begun anew. */
static enum step begin_again(struct files *files, struct source_item *item)
{
    input_done(&files->input);
    lseek(files->fd, 0, SEEK_SET);
    begin(files, files->fd, files->name);
    return say(item, SOURCE_NOTICE, files->name, 0,
               "was truncated while being followed; reading starts again at its beginning");
}

/* Stopping, and this was the last file. A frame that has begun is nobody's loss; but what was passed over so
 * far must be said. */
static enum step stop(struct files *files, struct source_item *item)
{
    if (files->framing.mode != FRAMING_SEARCH && files->framing.mode != FRAMING_OTHER)
        return end(files, item);
    files->window.end = TL_END;
    return STEP_AGAIN;
}

/* Nothing whole is in the file now. */
static enum step wait_at_end(struct files *files, struct source_item *item)
{
    struct stat found;

    if (files->input.is_regular && fstat(files->fd, &found) == 0 &&
        (uint64_t)found.st_size < files->input.taken)
        return begin_again(files, item);
    if (files->input.is_stopped)
        start_stopping(files);
    if (files->folder && look(files) == 0 && next_unseen(files) &&
        (!files->is_stopping || files->files_left)) {
        files->is_leaving = true;
        files->input.is_growing = false;
        return STEP_AGAIN;
    }
    return files->is_stopping ? stop(files, item) : idle(files, item);
}

/* The file was read to its end: says what is left to be said of it. */
static enum step end_file(struct files *files, struct source_item *item)
{
    const struct window *window = &files->window;
    const struct input *input = &files->input;
    uint64_t offset = files->framing.decoder.offset;

    files->is_over = true;
    if (files->framing.mode == FRAMING_DONE)
        return STEP_AGAIN;
    if (window->end == TL_SYSTEM)
        snprintf(files->text, sizeof(files->text), "%s: %s", input->text, strerror(window->error));
    else if (window->end != TL_END)
        snprintf(files->text, sizeof(files->text), "%s, near byte %llu of the file as it is stored",
                 input->text, (unsigned long long)(input->taken - input->packed_left.size));
    if (window->end != TL_END) {
        say(item, SOURCE_FAILED, files->name, offset, files->text);
        item->error = window->end == TL_SYSTEM ? window->error : 0;
        return STEP_ITEM;
    }
    if (!input->taken)
        return say(item, SOURCE_NOTICE, files->name, 0, "is empty");
    if (files->is_leaving && !framing_is_complete(&files->framing))
        return say(item, SOURCE_NOTICE, files->name, offset,
                   "has no STOP at its end, but another file is there; going on with that");
    return STEP_AGAIN;
}

static enum step read_on(struct files *files, struct source_item *item)
{
    if (files->is_over) {
        if (files->is_stopping && !files->files_left)
            return end(files, item);
        close_file(files);
        return STEP_AGAIN;
    }
    switch (framing_next(&files->framing, item)) {
    case FRAMING_ITEM: item->name = files->name; return STEP_ITEM;
    case FRAMING_WAIT: return wait_at_end(files, item);
    case FRAMING_END: return end_file(files, item);
    case FRAMING_AGAIN: break;
    }
    return STEP_AGAIN;
}

void files_next(struct files *files, struct source_item *item)
{
    if (files->is_idle_told) {
        files->is_idle_told = false;
        wait_for_more(files);
    }
    if (files->is_ended) {
        end(files, item);
        return;
    }
    enum step step;
    do {
        step = LIKELY(files->fd >= 0) ? read_on(files, item) : open_next(files, item);
    } while (step == STEP_AGAIN);
}
