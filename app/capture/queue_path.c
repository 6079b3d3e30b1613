/* The default place of the queue. Invariant: the same user with the same output gets the same path, another
 * user or another output another one. */
#include "capture/queue_path.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "/dev/shm"

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t hash(const char *text, uint64_t value)
{
    for (; *text; text++)
        value = (value ^ (unsigned char)*text) * 0x100000001b3u;
    return value;
}

const char *queue_path_of(const char *chosen, const char *pattern, char *buffer)
{
    char folder[PATH_MAX] = "";
    uint64_t value = 0xcbf29ce484222325u;
    struct stat found;

    if (strcmp(pattern, "-") == 0 ||
        (stat(pattern, &found) == 0 && !S_ISREG(found.st_mode) && !S_ISDIR(found.st_mode)))
        return NULL;
    if (chosen)
        return chosen;
    if (*pattern != '/' && getcwd(folder, sizeof(folder)))
        value = hash("/", hash(folder, value));
    value = hash(pattern, value);
    snprintf(buffer, PATH_MAX, FOLDER "/tapline-%lu-%016llx", (unsigned long)geteuid(),
             (unsigned long long)value);
    return buffer;
}
