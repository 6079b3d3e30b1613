/* What the tests of this room read: frames, control frames, and files made of them in a folder of their own.
 */
#ifndef SOURCE_SAMPLE_H
#define SOURCE_SAMPLE_H

#include "proof/folder.h"

#include "source/source.h"

#include <tapline/dnstap.h>
#include <tapline/frame.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes to be read, as they grow. */
struct sample {
    uint8_t data[8192];
    size_t size;
};

static inline void sample_put(struct sample *sample, const void *data, size_t size)
{
    if (size)
        memcpy(sample->data + sample->size, data, size);
    sample->size += size;
}

static inline void sample_put_be32(struct sample *sample, uint32_t value)
{
    uint8_t bytes[] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value};

    sample_put(sample, bytes, sizeof(bytes));
}

static inline void sample_put_control(struct sample *sample, enum tl_control_type type,
                                      const char *content_type)
{
    struct tl_control control = tl_control(type, tl_bytes_of_text(content_type));
    size_t size = 0;

    if (tl_control_encode(&control, sample->data + sample->size, sizeof(sample->data) - sample->size,
                          &size) != TL_OK)
        abort();
    sample->size += size;
}

static inline void sample_start(struct sample *sample)
{
    sample_put_control(sample, TL_CONTROL_START, TL_DNSTAP_CONTENT_TYPE);
}

static inline void sample_stop(struct sample *sample)
{
    sample_put_control(sample, TL_CONTROL_STOP, "");
}

/* A dnstap frame that is told from the others by `number`, of that second unless it is 0. */
static inline void sample_timed_frame(struct sample *sample, unsigned number, uint64_t second)
{
    uint8_t identity[32], message[64];
    struct tl_dnstap dnstap = {.present = 1u << TL_DNSTAP_F_IDENTITY | 1u << TL_DNSTAP_F_TYPE |
                                          1u << TL_DNSTAP_F_MESSAGE | 1u << TL_DNSTAP_F_MESSAGE_TYPE |
                                          1u << TL_DNSTAP_F_QUERY_MESSAGE};

    memset(message, 0, sizeof(message));
    message[5] = message[20] = 1; /* zero bytes and small numbers, as DNS has them */
    dnstap.identity = tl_bytes(identity, (size_t)snprintf((char *)identity, sizeof(identity), "n%u", number));
    dnstap.type = 1;
    dnstap.message_type = 1 + (int32_t)(number % 14);
    dnstap.query_message = tl_bytes(message, 26);
    if (second) {
        dnstap.present |= 1u << TL_DNSTAP_F_QUERY_TIME_SEC | 1u << TL_DNSTAP_F_QUERY_TIME_NSEC;
        dnstap.query_time_sec = second;
    }
    size_t size = tl_dnstap_size(&dnstap);
    sample_put_be32(sample, (uint32_t)size);
    if (tl_dnstap_encode(&dnstap, sample->data + sample->size, sizeof(sample->data) - sample->size) != TL_OK)
        abort();
    sample->size += size;
}

/* The same without a time; 42 bytes with its length, for one digit. */
static inline void sample_frame(struct sample *sample, unsigned number)
{
    sample_timed_frame(sample, number, 0);
}

/* START, frames `first` to `last`, STOP. */
static inline void sample_stream(struct sample *sample, unsigned first, unsigned last)
{
    sample_start(sample);
    for (unsigned i = first; i <= last; i++)
        sample_frame(sample, i);
    sample_stop(sample);
}

/* The number of a frame that sample_frame made; 0 if it is none. */
static inline unsigned sample_number(struct tl_bytes frame)
{
    struct tl_dnstap dnstap;
    char text[16];

    if (tl_dnstap_decode(frame, &dnstap, NULL) != TL_OK || dnstap.identity.size < 2 ||
        dnstap.identity.size > 15)
        return 0;
    memcpy(text, dnstap.identity.data, dnstap.identity.size);
    text[dnstap.identity.size] = '\0';
    return (unsigned)strtoul(text + 1, NULL, 10);
}

/* A folder that is gone with sample_folder_remove. */
struct sample_folder {
    char path[64];
    char file[8][256]; /* memory for sample_path, used in turn */
    unsigned used;
};

static inline void sample_folder_make(struct sample_folder *folder)
{
    memset(folder, 0, sizeof(*folder));
    snprintf(folder->path, sizeof(folder->path), "%.30s/tapline-source-XXXXXX", test_folder_above());
    if (!mkdtemp(folder->path))
        abort();
}

static inline int sample_remove_one(const char *path, const struct stat *found, int flag, struct FTW *ftw)
{
    (void)found, (void)flag, (void)ftw;
    return remove(path);
}

static inline void sample_folder_remove(struct sample_folder *folder)
{
    nftw(folder->path, sample_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline const char *sample_path(struct sample_folder *folder, const char *name)
{
    char *path = folder->file[folder->used++ % 8];
    size_t length = strlen(folder->path), size = strlen(name) + 1;

    if (length + 1 + size > sizeof(folder->file[0]))
        abort();
    memcpy(path, folder->path, length);
    path[length] = '/';
    memcpy(path + length + 1, name, size);
    return path;
}

/* Appends to the file, which is made if it is not there. */
static inline const char *sample_append(struct sample_folder *folder, const char *name, const void *data,
                                        size_t size)
{
    const char *path = sample_path(folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    close(fd);
    return path;
}

static inline const char *sample_write(struct sample_folder *folder, const char *name,
                                       const struct sample *sample)
{
    return sample_append(folder, name, sample->data, sample->size);
}

static inline struct source *sample_open(const struct source_options *options)
{
    char text[SOURCE_TEXT_SIZE];
    struct source *source = source_new(options, text);

    if (!source) {
        fprintf(stderr, "%s\n", text);
        abort();
    }
    return source;
}

/* A source over one path. */
static inline struct source *sample_open_path(const char *const *path)
{
    struct source_options options = {.paths = path, .path_count = 1, .stop_fd = -1};

    return sample_open(&options);
}

#endif
