#include "proof/test.h"
#include "source/transcript.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static struct transcript transcript;

/* A file with one stream of the frames `first` to `last`. */
static const char *write_stream(struct sample_folder *folder, const char *name, unsigned first, unsigned last)
{
    struct sample sample = {.size = 0};

    sample_stream(&sample, first, last);
    return sample_write(folder, name, &sample);
}

static void append_start(struct sample_folder *folder, const char *name)
{
    struct sample sample = {.size = 0};

    sample_start(&sample);
    sample_write(folder, name, &sample);
}

static void append_frame(struct sample_folder *folder, const char *name, unsigned number)
{
    struct sample sample = {.size = 0};

    sample_frame(&sample, number);
    sample_write(folder, name, &sample);
}

static void append_stop(struct sample_folder *folder, const char *name)
{
    struct sample sample = {.size = 0};

    sample_stop(&sample);
    sample_write(folder, name, &sample);
}

static void move_file(struct sample_folder *folder, const char *from, const char *to)
{
    assert_int_equal(rename(sample_path(folder, from), sample_path(folder, to)), 0);
}

/* Read once ------------------------------------------------------------------------------------------- */

static void paths_are_read_in_their_order(void **state)
{
    (void)state;
    struct sample_folder folder;

    sample_folder_make(&folder);
    const char *const paths[] = {write_stream(&folder, "b", 1, 2), write_stream(&folder, "a", 3, 3),
                                 sample_path(&folder, "none"), sample_path(&folder, "b")};
    transcript_of_paths(&transcript, paths, 4);
    assert_string_equal(
        transcript.text,
        "frame 1\nframe 2\nframe 3\nfailed none: cannot be opened: No such file or directory\n"
        "frame 1\nframe 2\nend\n");
    sample_folder_remove(&folder);
}

static void a_folder_is_read_in_the_order_of_names(void **state)
{
    (void)state;
    struct sample_folder folder;

    sample_folder_make(&folder);
    write_stream(&folder, "x.000001.part", 4, 4);
    write_stream(&folder, "x.part", 3, 3);
    write_stream(&folder, "x", 2, 2);
    write_stream(&folder, "a", 1, 1);
    write_stream(&folder, ".hidden", 9, 9);
    write_stream(&folder, "20261123T210000Z-00000016.runs", 9, 9); /* is no ledger, but is called so */
    assert_int_equal(mkdir(sample_path(&folder, "inside"), 0700), 0);
    const char *const paths[] = {folder.path};
    transcript_of_paths(&transcript, paths, 1);
    assert_string_equal(transcript.text, "frame 1\nframe 2\nframe 3\nframe 4\nend\n");
    sample_folder_remove(&folder);
}

static void a_folder_without_files_is_told_of(void **state)
{
    (void)state;
    struct sample_folder folder;
    char expected[128];

    sample_folder_make(&folder);
    const char *const paths[] = {folder.path};
    transcript_of_paths(&transcript, paths, 1);
    snprintf(expected, sizeof(expected), "notice %s: holds no file\nend\n", strrchr(folder.path, '/') + 1);
    assert_string_equal(transcript.text, expected);
    sample_folder_remove(&folder);
}

static void a_file_that_is_completed_meanwhile_is_found(void **state)
{
    (void)state;
    struct sample_folder folder;

    sample_folder_make(&folder);
    write_stream(&folder, "a", 1, 1);
    write_stream(&folder, "b.part", 2, 2);
    const char *const paths[] = {folder.path};
    struct source *source = sample_open_path(paths);
    memset(&transcript, 0, sizeof(transcript));
    assert_true(transcript_take(&transcript, source)); /* the folder is listed by now */
    move_file(&folder, "b.part", "b");
    while (transcript_take(&transcript, source))
        ;
    assert_string_equal(transcript.text, "frame 1\nframe 2\nend\n");
    source_free(source);
    sample_folder_remove(&folder);
}

static void standard_input_is_a_dash(void **state)
{
    (void)state;
    struct sample_folder folder;
    static const char *const paths[] = {"-"};
    int saved = dup(STDIN_FILENO);

    sample_folder_make(&folder);
    sample_append(&folder, "in", "text\n", 5);
    int fd = open(sample_path(&folder, "in"), O_RDONLY | O_CLOEXEC);
    assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    transcript_of_paths(&transcript, paths, 1);
    assert_string_equal(transcript.text,
                        "failed standard input +5: is no Frame Streams file (it looks like text)\nend\n");
    assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0); /* not closed */
    dup2(saved, STDIN_FILENO);
    close(saved);
    close(fd);
    sample_folder_remove(&folder);
}

static void a_fifo_is_waited_for(void **state)
{
    (void)state;
    struct sample_folder folder;
    struct sample sample = {.size = 0};

    sample_folder_make(&folder);
    sample_stream(&sample, 1, 2);
    const char *const paths[] = {sample_path(&folder, "fifo")};
    assert_int_equal(mkfifo(paths[0], 0600), 0);
    struct source *source = sample_open_path(paths);
    memset(&transcript, 0, sizeof(transcript));
    assert_false(transcript_take(&transcript, source));
    assert_int_equal(transcript.idles, 1); /* though nobody has opened it for writing */
    int fd = open(paths[0], O_WRONLY | O_CLOEXEC);
    assert_int_equal(write(fd, sample.data, sample.size), sample.size);
    close(fd);
    while (!transcript.has_ended)
        transcript_take(&transcript, source);
    assert_string_equal(transcript.text, "frame 1\nframe 2\nend\n");
    source_free(source);
    sample_folder_remove(&folder);
}

static void a_socket_is_no_file(void **state)
{
    (void)state;
    struct sample_folder folder;
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    sample_folder_make(&folder);
    const char *const paths[] = {sample_path(&folder, "sock")};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    strcpy(address.sun_path, paths[0]);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    transcript_of_paths(&transcript, paths, 1);
    assert_string_equal(transcript.text,
                        "failed sock: cannot be opened: it is a socket; listen on it instead\nend\n");
    close(fd);
    sample_folder_remove(&folder);
}

/* Followed -------------------------------------------------------------------------------------------- */

/* What the writer does, a step whenever the source is idle; then following is ended. */
typedef void (*step_function)(struct sample_folder *folder);

static const char *follow(struct sample_folder *folder, const char *name, const step_function *steps,
                          size_t count)
{
    char path[256]; /* sample_path's memory is used again by the steps */
    const char *const paths[] = {path};
    int fds[2];

    strcpy(path, *name ? sample_path(folder, name) : folder->path);
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    struct source_options options = {.paths = paths, .path_count = 1, .follow = true, .stop_fd = fds[0]};
    struct source *source = sample_open(&options);
    memset(&transcript, 0, sizeof(transcript));
    for (size_t i = 0; i <= count; i++) {
        while (transcript_take(&transcript, source))
            ;
        assert_false(transcript.has_ended);
        if (i < count)
            steps[i](folder);
    }
    close(fds[1]);
    while (!transcript.has_ended)
        transcript_take(&transcript, source);
    transcript_take(&transcript, source); /* and so it stays */
    source_free(source);
    close(fds[0]);
    return transcript.text;
}

#define assert_followed(folder, name, steps, expected)                                                       \
    do {                                                                                                     \
        assert_string_equal(follow(folder, name, steps, sizeof(steps) / sizeof((steps)[0])),                 \
                            expected "end\nend\n");                                                          \
        sample_folder_remove(folder);                                                                        \
    } while (0)

static void step_start_part(struct sample_folder *folder)
{
    append_start(folder, "x.part");
}
static void step_frame_1(struct sample_folder *folder)
{
    append_frame(folder, "x.part", 1);
}
static void step_frame_2(struct sample_folder *folder)
{
    append_frame(folder, "x.part", 2);
}
static void step_complete(struct sample_folder *folder)
{
    append_frame(folder, "x.part", 3);
    append_stop(folder, "x.part");
    move_file(folder, "x.part", "x");
}
static void step_rotate(struct sample_folder *folder)
{
    append_frame(folder, "x.part", 3);
    append_stop(folder, "x.part");
    move_file(folder, "x.part", "x");
    append_start(folder, "x.000001.part");
    append_frame(folder, "x.000001.part", 4);
}
static void step_rotate_again(struct sample_folder *folder)
{
    append_frame(folder, "x.000001.part", 5);
    append_stop(folder, "x.000001.part");
    move_file(folder, "x.000001.part", "x.000001");
    append_start(folder, "x.000002.part");
    append_frame(folder, "x.000002.part", 6);
    append_stop(folder, "x.000002.part");
    move_file(folder, "x.000002.part", "x.000002");
    append_start(folder, "x.000003.part");
}
static void step_frame_7(struct sample_folder *folder)
{
    append_frame(folder, "x.000003.part", 7);
}

#define WHOLE_ROTATION                                                                                       \
    {                                                                                                        \
        step_start_part, step_frame_1, step_frame_2, step_rotate, step_rotate_again, step_frame_7            \
    }

static void a_file_is_followed_from_before_it_is_there_and_through_rotation(void **state)
{
    (void)state;
    static const step_function steps[] = WHOLE_ROTATION;
    struct sample_folder folder;

    sample_folder_make(&folder);
    assert_followed(&folder, "x", steps,
                    "notice x: is not there yet; waiting\n"
                    "frame 1\nframe 2\nframe 3\nframe 4\nframe 5\nframe 6\nframe 7\n");
}

static void a_part_stands_for_its_file(void **state)
{
    (void)state;
    static const step_function steps[] = WHOLE_ROTATION;
    struct sample_folder folder;

    sample_folder_make(&folder);
    assert_followed(&folder, "x.part", steps,
                    "notice x.part: is not there yet; waiting\n"
                    "frame 1\nframe 2\nframe 3\nframe 4\nframe 5\nframe 6\nframe 7\n");
}

static void a_folder_is_followed(void **state)
{
    (void)state;
    static const step_function steps[] = WHOLE_ROTATION;
    struct sample_folder folder;

    sample_folder_make(&folder);
    write_stream(&folder, "a", 8, 8);
    write_stream(&folder, "b", 9, 9);
    assert_followed(&folder, "", steps,
                    "frame 8\nframe 9\n"
                    "frame 1\nframe 2\nframe 3\nframe 4\nframe 5\nframe 6\nframe 7\n");
}

static void only_the_family_of_a_file_is_followed(void **state)
{
    (void)state;
    static const step_function steps[] = {step_complete};
    struct sample_folder folder;

    sample_folder_make(&folder);
    write_stream(&folder, "x.000001", 4, 4);
    write_stream(&folder, "x.1", 9, 9);
    write_stream(&folder, "x.0000011", 9, 9);
    write_stream(&folder, "xy", 9, 9);
    write_stream(&folder, "x.00000a", 9, 9);
    step_start_part(&folder);
    step_frame_1(&folder);
    assert_followed(
        &folder, "x", steps,
        "frame 1\nnotice x.part at 84: has no STOP at its end, but another file is there; going on "
        "with that\nframe 4\n");
}

static void step_half(struct sample_folder *folder)
{
    struct sample sample = {.size = 0};

    sample_frame(&sample, 1);
    sample.size = 20;
    sample_write(folder, "x", &sample);
}
static void step_other_half(struct sample_folder *folder)
{
    struct sample sample = {.size = 0};

    sample_frame(&sample, 1);
    sample_append(folder, "x", sample.data + 20, sample.size - 20);
}

static void half_a_frame_is_waited_for(void **state)
{
    (void)state;
    static const step_function steps[] = {step_half, step_other_half, step_half};
    struct sample_folder folder;

    sample_folder_make(&folder);
    append_start(&folder, "x");
    assert_followed(&folder, "x", steps, "frame 1\n"); /* the half at the end is nobody's loss yet */
}

static void step_damage(struct sample_folder *folder)
{
    sample_append(folder, "x", "this is no frame", 16);
}

static void stopping_in_a_damaged_stretch_tells_of_it(void **state)
{
    (void)state;
    static const step_function steps[] = {step_damage};
    struct sample_folder folder;

    sample_folder_make(&folder);
    append_start(&folder, "x");
    append_frame(&folder, "x", 1);
    assert_followed(&folder, "x", steps,
                    "frame 1\nskipped x at 84 +16: ends inside a frame of 1952999795 bytes, above the limit "
                    "of 1048576, or is "
                    "damaged from here on\n");
}

static void step_move_away(struct sample_folder *folder)
{
    append_frame(folder, "x", 2);
    move_file(folder, "x", "x.old");
    append_frame(folder, "x.old", 3);
}
static void step_new(struct sample_folder *folder)
{
    append_frame(folder, "x.old", 4);
    append_stop(folder, "x.old");
    write_stream(folder, "x", 5, 6);
}

static void a_file_that_is_moved_away_is_read_to_its_end(void **state)
{
    (void)state;
    static const step_function steps[] = {step_move_away, step_new};
    struct sample_folder folder;

    sample_folder_make(&folder);
    append_start(&folder, "x");
    append_frame(&folder, "x", 1);
    assert_followed(&folder, "x", steps, "frame 1\nframe 2\nframe 3\nframe 4\nframe 5\nframe 6\n");
}

static void step_truncate(struct sample_folder *folder)
{
    assert_int_equal(truncate(sample_path(folder, "x"), 0), 0);
}
static void step_again(struct sample_folder *folder)
{
    append_start(folder, "x");
    append_frame(folder, "x", 2);
}

static void a_truncated_file_is_read_again(void **state)
{
    (void)state;
    static const step_function steps[] = {step_truncate, step_again};
    struct sample_folder folder;

    sample_folder_make(&folder);
    append_start(&folder, "x");
    append_frame(&folder, "x", 1);
    assert_followed(&folder, "x", steps,
                    "frame 1\nnotice x: was truncated while being followed; reading starts again at its "
                    "beginning\nframe 2\n");
}

static void step_crash(struct sample_folder *folder)
{
    struct sample sample = {.size = 0};

    sample_frame(&sample, 2);
    sample_append(folder, "x.part", sample.data, 10);
    write_stream(folder, "x.000001", 3, 3);
}

static void a_crashed_writers_file_is_left_with_its_loss_told(void **state)
{
    (void)state;
    static const step_function steps[] = {step_crash};
    struct sample_folder folder;

    sample_folder_make(&folder);
    step_start_part(&folder);
    step_frame_1(&folder);
    assert_followed(
        &folder, "x", steps,
        "frame 1\nskipped x.part at 84 +10: ends inside a frame\nnotice x.part at 94: has no STOP at "
        "its end, but another file is there; going on with that\nframe 3\n");
}

static void step_come_and_go(struct sample_folder *folder)
{
    write_stream(folder, "x.000001", 9, 9);
    append_frame(folder, "x.part", 2);
    assert_int_equal(unlink(sample_path(folder, "x.000001")), 0);
}
static void step_frame_4(struct sample_folder *folder)
{
    append_frame(folder, "x.part", 4);
}

static void a_file_that_came_and_went_changes_nothing(void **state)
{
    (void)state;
    static const step_function steps[] = {step_frame_1, step_come_and_go, step_frame_4};
    struct sample_folder folder;

    sample_folder_make(&folder);
    step_start_part(&folder);
    assert_followed(&folder, "x", steps, "frame 1\nframe 2\nframe 4\n");
}

static void step_make_folder(struct sample_folder *folder)
{
    assert_int_equal(mkdir(sample_path(folder, "later"), 0700), 0);
}
static void step_file_in_folder(struct sample_folder *folder)
{
    write_stream(folder, "later/x", 1, 2);
}

static void a_folder_may_come_later(void **state)
{
    (void)state;
    static const step_function steps[] = {step_make_folder, step_file_in_folder};
    struct sample_folder folder;

    sample_folder_make(&folder);
    assert_followed(&folder, "later", steps, "notice later: is not there yet; waiting\nframe 1\nframe 2\n");
}

/* Told to stop ------------------------------------------------------------------------------------------ */

/* A source that has read all there is, and is told to stop by closing fds[1]. */
static struct source *follow_to_the_end(const char *const *path, int fds[2])
{
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    struct source_options options = {.paths = path, .path_count = 1, .follow = true, .stop_fd = fds[0]};
    struct source *source = sample_open(&options);
    memset(&transcript, 0, sizeof(transcript));
    while (transcript_take(&transcript, source))
        ;
    assert_int_equal(transcript.idles, 1);
    return source;
}

static const char *stop_following(struct source *source, int fds[2])
{
    close(fds[1]);
    while (!transcript.has_ended)
        transcript_take(&transcript, source);
    source_free(source);
    close(fds[0]);
    return transcript.text;
}

static void what_is_there_when_told_to_stop_is_read(void **state)
{
    (void)state;
    static const char *const names[] = {"", "x"};

    for (int i = 0; i < 2; i++) {
        struct sample_folder folder;
        int fds[2];
        sample_folder_make(&folder);
        step_start_part(&folder);
        step_frame_1(&folder);
        char path[256];
        const char *const paths[] = {strcpy(path, *names[i] ? sample_path(&folder, names[i]) : folder.path)};
        struct source *source = follow_to_the_end(paths, fds);
        append_frame(&folder, "x.part", 2);
        step_rotate(&folder);
        step_rotate_again(&folder);
        step_frame_7(&folder);
        assert_string_equal(stop_following(source, fds), "frame 1\nframe 2\nframe 3\nframe 4\nframe 5\n"
                                                         "frame 6\nframe 7\nend\n");
        sample_folder_remove(&folder);
    }
}

static void a_file_that_comes_just_before_the_stop_is_read(void **state)
{
    (void)state;
    struct sample_folder folder;
    int fds[2];

    sample_folder_make(&folder);
    const char *const paths[] = {sample_path(&folder, "x")};
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    struct source_options options = {.paths = paths, .path_count = 1, .follow = true, .stop_fd = fds[0]};
    struct source *source = sample_open(&options);
    memset(&transcript, 0, sizeof(transcript));
    assert_true(transcript_take(&transcript, source));
    assert_false(transcript_take(&transcript, source));
    write_stream(&folder, "x", 1, 2);
    assert_string_equal(stop_following(source, fds),
                        "notice x: is not there yet; waiting\nframe 1\nframe 2\nend\n");
    sample_folder_remove(&folder);
}

static void what_a_pipe_holds_when_told_to_stop_is_read(void **state)
{
    (void)state;
    struct sample_folder folder;
    struct sample sample = {.size = 0};
    int fds[2];

    sample_folder_make(&folder);
    const char *const paths[] = {sample_path(&folder, "fifo")};
    assert_int_equal(mkfifo(paths[0], 0600), 0);
    int fd = open(paths[0], O_RDWR | O_CLOEXEC);
    struct source *source = follow_to_the_end(paths, fds);
    sample_start(&sample);
    sample_frame(&sample, 1);
    sample_frame(&sample, 2);
    assert_int_equal(write(fd, sample.data, sample.size), sample.size);
    assert_string_equal(stop_following(source, fds), "frame 1\nframe 2\nend\n"); /* though it is still open */
    close(fd);
    sample_folder_remove(&folder);
}

/* A writer that is as quick as we are must not keep us from ending. */
static void what_comes_after_the_stop_is_not_read(void **state)
{
    (void)state;
    struct sample_folder folder;
    int fds[2];

    sample_folder_make(&folder);
    step_start_part(&folder);
    const char *const paths[] = {folder.path};
    struct source *source = follow_to_the_end(paths, fds);
    step_frame_1(&folder);
    close(fds[1]);
    assert_true(transcript_take(&transcript, source));
    append_frame(&folder, "x.part", 2); /* what was there is read by now */
    assert_false(transcript_take(&transcript, source));
    assert_string_equal(transcript.text, "frame 1\nend\n");
    source_free(source);
    close(fds[0]);
    sample_folder_remove(&folder);
}

static void files_that_go_on_coming_after_the_stop_are_left(void **state)
{
    (void)state;
    struct sample_folder folder;
    char names[4][16];
    unsigned count = 0;
    int fds[2];

    sample_folder_make(&folder);
    step_start_part(&folder);
    const char *const paths[] = {folder.path};
    struct source *source = follow_to_the_end(paths, fds);
    step_frame_1(&folder);
    write_stream(&folder, "y", 2, 2);
    close(fds[1]);
    while (transcript_take(&transcript, source)) {
        assert_true(count < 4);
        snprintf(names[count], sizeof(names[count]), "z.%u", count);
        write_stream(&folder, names[count], 9, 9);
        count++;
    }
    assert_true(transcript.has_ended);
    assert_null(strstr(transcript.text, "frame 9\nframe 9\nframe 9"));
    assert_non_null(strstr(transcript.text, "frame 2\n"));
    source_free(source);
    close(fds[0]);
    sample_folder_remove(&folder);
}

/* Races ------------------------------------------------------------------------------------------------- */

/* A writer that does not wait for anybody, as `tapline capture` renames its files. */
enum { RACE_FILES = 40, RACE_FRAMES = 25, OTHERS = 500, OTHER_NAME_SIZE = 201 };

static void *run_writer(void *opaque)
{
    struct sample_folder folder = *(struct sample_folder *)opaque; /* with memory for paths of its own */
    char part[80], whole[64];
    unsigned number = 1;

    for (int file = 0; file < RACE_FILES; file++) {
        snprintf(whole, sizeof(whole), file ? "x.%06d" : "x", file);
        snprintf(part, sizeof(part), "%s.part", whole);
        append_start(&folder, part);
        for (int i = 0; i < RACE_FRAMES; i++)
            append_frame(&folder, part, number++);
        append_stop(&folder, part);
        move_file(&folder, part, whole);
    }
    return NULL;
}

/* `others`: files that do not count, and make the folder so large that it cannot be listed at one moment. */
static void race(const char *name, int others)
{
    struct sample_folder folder;
    struct source_item item;
    pthread_t writer;
    unsigned next = 1, idles = 0;

    sample_folder_make(&folder);
    for (int i = 0; i < others; i++) {
        char other[OTHER_NAME_SIZE];
        snprintf(other, sizeof(other), ".%0*d", OTHER_NAME_SIZE - 2, i);
        sample_append(&folder, other, "", 0);
    }
    const char *const paths[] = {*name ? sample_path(&folder, name) : folder.path};
    struct source_options options = {.paths = paths, .path_count = 1, .follow = true, .stop_fd = -1};
    struct source *source = sample_open(&options);
    assert_int_equal(pthread_create(&writer, NULL, run_writer, &folder), 0);
    while (next <= RACE_FILES * RACE_FRAMES) {
        source_next(source, &item);
        if (item.kind == SOURCE_FRAME) {
            assert_int_equal(sample_number(item.frame), next++);
        } else if (item.kind == SOURCE_IDLE) {
            assert_true(++idles < 100000); /* a frame that is never found must not hang the test */
        } else {
            assert_int_equal(item.kind, SOURCE_NOTICE);
            assert_non_null(strstr(item.text, "waiting"));
        }
    }
    assert_int_equal(pthread_join(writer, NULL), 0);
    source_free(source);
    sample_folder_remove(&folder);
}

static void no_frame_is_missed_or_repeated_in_a_race(void **state)
{
    (void)state;

    race("", 0);
    race("x", 0);
    race("", OTHERS);
}

static void only_the_last_path_is_followed(void **state)
{
    (void)state;
    struct sample_folder folder;
    int fds[2];

    sample_folder_make(&folder);
    append_start(&folder, "a");
    append_frame(&folder, "a", 1);
    const char *const paths[] = {sample_path(&folder, "a"), write_stream(&folder, "b", 2, 2)};
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    close(fds[1]);
    struct source_options options = {.paths = paths, .path_count = 2, .follow = true, .stop_fd = fds[0]};
    transcript_of(&transcript, &options);
    /* Told to stop from the beginning, it still reads what is there. */
    assert_string_equal(transcript.text, "frame 1\nframe 2\nend\n");
    close(fds[0]);
    sample_folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_read_in_their_order),
        cmocka_unit_test(a_folder_is_read_in_the_order_of_names),
        cmocka_unit_test(a_folder_without_files_is_told_of),
        cmocka_unit_test(a_file_that_is_completed_meanwhile_is_found),
        cmocka_unit_test(standard_input_is_a_dash),
        cmocka_unit_test(a_fifo_is_waited_for),
        cmocka_unit_test(a_socket_is_no_file),
        cmocka_unit_test(a_file_is_followed_from_before_it_is_there_and_through_rotation),
        cmocka_unit_test(a_part_stands_for_its_file),
        cmocka_unit_test(a_folder_is_followed),
        cmocka_unit_test(only_the_family_of_a_file_is_followed),
        cmocka_unit_test(half_a_frame_is_waited_for),
        cmocka_unit_test(stopping_in_a_damaged_stretch_tells_of_it),
        cmocka_unit_test(a_file_that_is_moved_away_is_read_to_its_end),
        cmocka_unit_test(a_truncated_file_is_read_again),
        cmocka_unit_test(a_crashed_writers_file_is_left_with_its_loss_told),
        cmocka_unit_test(a_file_that_came_and_went_changes_nothing),
        cmocka_unit_test(a_folder_may_come_later),
        cmocka_unit_test(what_is_there_when_told_to_stop_is_read),
        cmocka_unit_test(a_file_that_comes_just_before_the_stop_is_read),
        cmocka_unit_test(what_a_pipe_holds_when_told_to_stop_is_read),
        cmocka_unit_test(what_comes_after_the_stop_is_not_read),
        cmocka_unit_test(files_that_go_on_coming_after_the_stop_are_left),
        cmocka_unit_test(no_frame_is_missed_or_repeated_in_a_race),
        cmocka_unit_test(only_the_last_path_is_followed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
