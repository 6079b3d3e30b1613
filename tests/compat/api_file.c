/* Readers and writers of files. */
#include "api.h"

#include <sys/stat.h>
#include <unistd.h>

static char path[4096];

static struct fstrm_writer *writer_of(const char *file_path, const char *type)
{
    struct fstrm_file_options *options = fstrm_file_options_init();
    struct fstrm_writer_options *writer_options = fstrm_writer_options_init();

    fstrm_file_options_set_file_path(options, "replaced by the next");
    fstrm_file_options_set_file_path(options, file_path);
    if (type)
        fstrm_writer_options_add_content_type(writer_options, type, strlen(type));
    struct fstrm_writer *writer = fstrm_file_writer_init(options, type ? writer_options : NULL);
    fstrm_file_options_destroy(&options);
    fstrm_writer_options_destroy(&writer_options);
    return writer;
}

static struct fstrm_reader *reader_of(const char *file_path, size_t max)
{
    struct fstrm_file_options *options = fstrm_file_options_init();
    struct fstrm_reader_options *reader_options = fstrm_reader_options_init();

    fstrm_file_options_set_file_path(options, file_path);
    if (max)
        fstrm_reader_options_set_max_frame_size(reader_options, max);
    struct fstrm_reader *reader = fstrm_file_reader_init(options, max ? reader_options : NULL);
    fstrm_file_options_destroy(&options);
    fstrm_reader_options_destroy(&reader_options);
    return reader;
}

static void say_file(const char *what)
{
    static char bytes[1 << 20];
    FILE *file = fopen(path, "rb");
    size_t size = file ? fread(bytes, 1, sizeof(bytes), file) : 0;
    unsigned long sum = 0;

    if (file)
        fclose(file);
    for (size_t i = 0; i < size; i++)
        sum = sum * 31 + (uint8_t)bytes[i];
    printf("file %s: %s, sum %lu, ", what, file ? "there" : "not there", sum);
    say_bytes("it is", bytes, size);
}

static void options(void)
{
    struct fstrm_file_options *made = fstrm_file_options_init();

    say_made("file writer without path", fstrm_file_writer_init(made, NULL));
    say_made("file reader without path", fstrm_file_reader_init(made, NULL));
    fstrm_file_options_set_file_path(made, "/x");
    fstrm_file_options_set_file_path(made, NULL);
    say_made("file writer after its path was taken back", fstrm_file_writer_init(made, NULL));
    fstrm_file_options_destroy(&made);
    say_made("file options destroyed", made);
    fstrm_file_options_destroy(&made);
}

static void write_frames(struct fstrm_writer *writer)
{
    char frame[70000];
    int failed = 0;

    for (size_t size = 1; size <= sizeof(frame); size = size * 3 / 2 + 1) {
        memset(frame, (int)size, sizeof(frame));
        failed += fstrm_writer_write(writer, frame, size) != fstrm_res_success;
    }
    say_number("file frames that could not be written", (size_t)failed);
}

static void read_frames(struct fstrm_reader *reader)
{
    const uint8_t *data;
    size_t size, count = 0, bytes = 0;
    fstrm_res result;

    while ((result = fstrm_reader_read(reader, &data, &size)) == fstrm_res_success) {
        count++;
        bytes += size;
    }
    printf("file read: %zu frames, %zu bytes, %s\n", count, bytes, said(result));
    say("file reader destroy", fstrm_reader_destroy(&reader));
}

static void round_trip(const char *type)
{
    struct fstrm_writer *writer = writer_of(path, type);

    printf("file with content type %s\n", type ? type : "none");
    unlink(path);
    say_file("before open");
    say("file writer open", fstrm_writer_open(writer));
    write_frames(writer);
    say("file writer close", fstrm_writer_close(writer));
    say_file("written");
    say("file writer open again", fstrm_writer_open(writer));
    say("file writer write", fstrm_writer_write(writer, "again", 5));
    say("file writer destroy", fstrm_writer_destroy(&writer));
    say_file("written again");
    read_frames(reader_of(path, 0));
    writer = writer_of(path, type);
    write_frames(writer);
    fstrm_writer_destroy(&writer);
    read_frames(reader_of(path, 0));
    read_frames(reader_of(path, 100000));
}

static void failures(const char *folder)
{
    static char missing[4200];
    struct fstrm_writer *writer;
    struct fstrm_reader *reader;
    const uint8_t *data;
    size_t size;

    snprintf(missing, sizeof(missing), "%s/no/such/folder", folder);
    writer = writer_of(missing, DNSTAP);
    say("file in no folder, write", fstrm_writer_write(writer, "x", 1));
    say("file in no folder, destroy", fstrm_writer_destroy(&writer));
    reader = reader_of(missing, 0);
    say("file in no folder, read", fstrm_reader_read(reader, &data, &size));
    say("file in no folder, read again", fstrm_reader_read(reader, &data, &size));
    say("file in no folder, destroy", fstrm_reader_destroy(&reader));
    reader = reader_of(folder, 0);
    say("folder, read", fstrm_reader_read(reader, &data, &size));
    say("folder, destroy", fstrm_reader_destroy(&reader));
    writer = writer_of("/dev/full", DNSTAP);
    say("full disk, open", fstrm_writer_open(writer));
    say("full disk, close", fstrm_writer_close(writer));
    say("full disk, destroy", fstrm_writer_destroy(&writer));
}

/* A file that another writes to while it is read. */
static void growing(void)
{
    static const char wire[] = "\0\0\0\0\0\0\0\4\0\0\0\2\0\0\0\3one\0\0\0\3two\0\0\0\0\0\0\0\4\0\0\0\3";
    FILE *file = fopen(path, "wb");
    struct fstrm_reader *reader = reader_of(path, 0);
    const uint8_t *data;
    size_t size;

    fwrite(wire, 1, 19, file);
    fflush(file);
    say("growing file, read", fstrm_reader_read(reader, &data, &size));
    say("growing file, read at its end", fstrm_reader_read(reader, &data, &size));
    fwrite(wire + 19, 1, sizeof(wire) - 20, file);
    fclose(file);
    say("growing file, read when there is more", fstrm_reader_read(reader, &data, &size));
    say("growing file, destroy", fstrm_reader_destroy(&reader));
}

void api_file(const char *folder)
{
    snprintf(path, sizeof(path), "%s/frames", folder);
    options();
    round_trip(DNSTAP);
    round_trip(NULL);
    failures(folder);
    growing();
}
