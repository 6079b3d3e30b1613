/* The default place of the queue. Invariant: the same user with the same output gets the same path, another
 * user or another output another one. */
#include "capture/queue_path.h"

#include "capture/queue.h"
#include "process/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "/dev/shm"

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t hash(struct tl_bytes bytes, uint64_t value)
{
    for (size_t i = 0; i < bytes.size; i++)
        value = (value ^ bytes.data[i]) * 0x100000001b3u;
    return value;
}

static void print_prefix(char *buffer, size_t size)
{
    snprintf(buffer, size, FOLDER "/tapline-%lu-", (unsigned long)geteuid());
}

const char *queue_path_of(const char *chosen, const char *pattern, struct tl_bytes content_type, char *buffer)
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
        value = hash(tl_bytes_of_text("/"), hash(tl_bytes_of_text(folder), value));
    value = hash(content_type, hash(tl_bytes_of_text(pattern), value));
    print_prefix(buffer, PATH_MAX);
    snprintf(buffer + strlen(buffer), 17, "%016llx", (unsigned long long)value);
    return buffer;
}

/* The head of a queue, if the process that used it is gone. It is not locked for that, which
 * would disturb one that is just starting. */
static bool is_left(const char *path, struct queue_head *head)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    bool is_whole = fd >= 0 && pread(fd, head, sizeof(*head), 0) == (ssize_t)sizeof(*head);

    if (fd >= 0)
        close(fd);
    if (!is_whole || head->pid == 0 || head->pid > INT_MAX)
        return false;
    head->files[head->file & 1].part[PATH_MAX - 1] = '\0';
    return kill((pid_t)head->pid, 0) != 0 && errno == ESRCH;
}

void queue_path_log_left(const char *own)
{
    char prefix[64], path[PATH_MAX];
    DIR *folder = opendir(FOLDER);
    struct queue_head *head = malloc(sizeof(*head));
    const struct dirent *entry;

    print_prefix(prefix, sizeof(prefix));
    while (folder && head && (entry = readdir(folder))) {
        if (snprintf(path, sizeof(path), FOLDER "/%s", entry->d_name) >= (int)sizeof(path) ||
            strncmp(path, prefix, strlen(prefix)) != 0 || (own && strcmp(path, own) == 0) ||
            !is_left(path, head))
            continue;
        const char *wrote = head->files[head->file & 1].part;
        if (head->version != QUEUE_VERSION) /* its place is another one there */
            wrote = "files of another version of tapline";
        process_log(
            "a capture with another output did not end by itself, and left what it had received in %s; "
            "it wrote %s: start it again to complete that, or remove its queue",
            path, wrote);
    }
    if (folder)
        closedir(folder);
    free(head);
}
