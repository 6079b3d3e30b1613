/* Names of output files. Invariant: a name given out here did not exist a moment ago, neither with the suffix
 * nor without. */
#include "capture/output_name.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_MODE 0750
#define NUMBER_MAX  999999u

int output_name_of(const char *pattern, time_t now, bool utc, char *ret_path)
{
    struct tm tm;

    if (!strchr(pattern, '%')) {
        if (strlen(pattern) < PATH_MAX - 16) {
            strcpy(ret_path, pattern);
            return 0;
        }
    } else {
        if (utc)
            gmtime_r(&now, &tm);
        else
            localtime_r(&now, &tm);
        if (strftime(ret_path, PATH_MAX - 16, pattern, &tm) > 0)
            return 0;
    }
    errno = ENAMETOOLONG;
    return -1;
}

/* 1: something is there, 0: nothing, -1 with errno: nothing can be there. */
static int exists(const char *path)
{
    struct stat found;

    if (lstat(path, &found) == 0)
        return 1;
    return errno == ENOENT ? 0 : -1;
}

static int is_taken(const char *path)
{
    char part[PATH_MAX + sizeof(OUTPUT_PART)];
    int taken = exists(path);

    snprintf(part, sizeof(part), "%s" OUTPUT_PART, path);
    return taken ? taken : exists(part);
}

int output_name_make_free(char *path, uint32_t *number)
{
    size_t length = strlen(path);
    int taken = *number == 0 ? is_taken(path) : 1;

    if (taken <= 0)
        return taken;
    if (length + 8 >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    while (++*number <= NUMBER_MAX) {
        snprintf(path + length, PATH_MAX - length, ".%06u", *number);
        taken = is_taken(path);
        if (taken <= 0)
            return taken;
    }
    errno = EEXIST;
    return -1;
}

int output_name_make_folders(const char *path)
{
    char folder[PATH_MAX];

    if (snprintf(folder, sizeof(folder), "%s", path) >= (int)sizeof(folder)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(folder, FOLDER_MODE) != 0 && errno != EEXIST)
            return -1;
        *slash = '/';
    }
    return 0;
}

void output_name_sync_folder(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');

    if (slash)
        snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path + 1), path);
    else
        strcpy(folder, ".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

/* Seconds that the clock of names is ahead of UTC at a time. */
static int64_t offset_at(time_t at, bool utc)
{
    struct tm tm;

    return !utc && localtime_r(&at, &tm) ? tm.tm_gmtoff : 0;
}

time_t output_name_period_end(uint64_t seconds, time_t now, bool utc)
{
    int64_t period = (int64_t)seconds;

    if (!seconds)
        return 0;
    int64_t before = offset_at(now, utc);
    int64_t local_end = (((int64_t)now + before) / period + 1) * period;
    time_t end = (time_t)(local_end - before);
    int64_t change = offset_at(end, utc) - before;
    /* The clock is moved before that: a day ends at midnight all the same, however long it is. But an hour
     * that comes twice ends twice, and one that is left out ends when the clock is moved. */
    if (change > 0 && offset_at(end - (time_t)change, utc) == before)
        return end;
    return change > -period && change < period ? end - change : end;
}
