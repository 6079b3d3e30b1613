/* source/folder: the files of a folder in the order in which they are read, and which of them were. */
#ifndef SOURCE_FOLDER_H
#define SOURCE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FOLDER_PART ".part" /* suffix of a file that is still being written */

/* Which file it is, under whatever name. The time of its birth tells it from a later file that was given the
 * same inode; zero where the file system does not keep it. */
struct folder_identity {
    uint64_t device, inode;
    int64_t born_seconds;
    uint32_t born_nanoseconds;
};

struct folder_entry {
    char *path;
    struct folder_identity identity;
};

struct folder_list {
    struct folder_entry *entries;
    size_t count, room;
};

struct folder_seen_file {
    struct folder_identity identity;
    uint32_t looked; /* the number of the list it was last in */
};

/* All zero is empty. Memory is bounded by how many files the folder holds. */
struct folder_seen {
    struct folder_seen_file *files; /* sorted */
    size_t count, room;
    uint32_t looked; /* lists so far */
};

/* The regular files of the folder; those of the family of `base` only, unless that is NULL. 0, or -1 with
 * errno; then the list is empty. A folder that changes all the time is listed as it was a moment ago. */
int folder_read(const char *folder, const char *base, struct folder_list *ret_list);
void folder_list_done(struct folder_list *list);

/* 0, or -1 with errno. */
int folder_identify(int fd, struct folder_identity *ret_identity);

bool folder_is_same(const struct folder_identity *a, const struct folder_identity *b);

/* Is the file of that entry still there under that path? */
bool folder_is_there(const struct folder_entry *entry);

bool folder_is_seen(const struct folder_seen *seen, const struct folder_identity *identity);

/* 0, or -1 without memory. */
int folder_add_seen(struct folder_seen *seen, const struct folder_identity *identity);

/* Forgets the files that were in none of the last few lists. */
void folder_forget(struct folder_seen *seen, const struct folder_list *list);

void folder_seen_done(struct folder_seen *seen);

#endif
