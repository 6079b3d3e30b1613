/* Words of the form name=value, separated by white space; what follows a # is a comment. Invariant: a word is
 * understood whole, or changes nothing and is told: nobody believes a setting to be in force that is not. */
#include "settings.h"

#include <tapline/stream.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit sizes[] = {{"", 1},          {"B", 1},         {"KiB", 1 << 10},
                                    {"MiB", 1 << 20}, {"GiB", 1 << 30}, {NULL, 0}};
static const struct unit times[] = {{"ms", 1}, {"s", 1000}, {"min", 60000}, {NULL, 0}};

/* A number with a unit, from `min` to `max`. */
static bool parse_quantity(const char *text, const struct unit *units, uint64_t min, uint64_t max,
                           uint64_t *ret_value)
{
    char *end;
    uint64_t number = strtoull(text, &end, 10);

    if (*text < '0' || *text > '9')
        return false;
    while (units->name && strcmp(units->name, end) != 0)
        units++;
    if (!units->name || number > max / units->factor || number * units->factor < min)
        return false;
    *ret_value = number * units->factor;
    return true;
}

static bool parse_size(const char *text, size_t max, size_t *ret_size)
{
    uint64_t value;

    if (!parse_quantity(text, sizes, TL_SENDER_RING_MIN, max, &value))
        return false;
    *ret_size = (size_t)value;
    return true;
}

static bool parse_time(const char *text, unsigned *ret_ms)
{
    uint64_t value;

    if (!parse_quantity(text, times, TL_SENDER_RETRY_MIN, 600000, &value))
        return false;
    *ret_ms = (unsigned)value;
    return true;
}

/* One of two words: 0 or 1; -1 for any other. */
static int which(const char *text, const char *zero, const char *one)
{
    if (strcmp(text, zero) == 0)
        return 0;
    return strcmp(text, one) == 0 ? 1 : -1;
}

static bool set_target(struct settings *settings, const char *text)
{
    struct tl_endpoint endpoint;

    if (settings->target_count == TL_SENDER_ENDPOINTS_MAX)
        return false;
    if (strcmp(text, "own") != 0 && (tl_endpoint_parse(text, &endpoint) != TL_OK ||
                                     (endpoint.kind != TL_ENDPOINT_UNIX && endpoint.kind != TL_ENDPOINT_TCP)))
        return false;
    settings->targets[settings->target_count++] = text;
    return true;
}

static bool set_mode(struct settings *settings, const char *text)
{
    int mode = which(text, "copy", "failover");

    if (mode >= 0)
        settings->mode = mode ? TL_SENDER_FAILOVER : TL_SENDER_COPY;
    return mode >= 0;
}

static bool set_drop(struct settings *settings, const char *text)
{
    int drop = which(text, "newest", "oldest");

    if (drop >= 0)
        settings->drop = drop ? TL_SENDER_DROP_OLDEST : TL_SENDER_DROP_NEWEST;
    return drop >= 0;
}

static bool set_ring_size(struct settings *settings, const char *text)
{
    return parse_size(text, TL_SENDER_RING_MAX, &settings->ring_size);
}

static bool set_budget(struct settings *settings, const char *text)
{
    return parse_size(text, SIZE_MAX / 2, &settings->budget);
}

static bool set_retry(struct settings *settings, const char *text)
{
    return parse_time(text, &settings->retry_ms);
}

static bool set_close(struct settings *settings, const char *text)
{
    return parse_time(text, &settings->close_ms);
}

static bool set_statistics(struct settings *settings, const char *text)
{
    if (*text != '/' || strlen(text) > SETTINGS_PATH_MAX)
        return false;
    settings->statistics = text;
    return true;
}

static const struct {
    const char *name;
    bool (*set)(struct settings *settings, const char *value);
    const char *what; /* would do */
} words[] = {
    {"target", set_target, "own, unix:PATH or tcp:HOST:PORT, up to four times"},
    {"mode", set_mode, "copy or failover"},
    {"drop", set_drop, "newest or oldest"},
    {"budget", set_budget, "64KiB or more, such as 64MiB"},
    {"ring-size", set_ring_size, "64KiB to 1GiB, such as 8MiB"},
    {"retry", set_retry, "10ms to 10min, such as 5s"},
    {"close", set_close, "10ms to 10min, such as 5s"},
    {"statistics", set_statistics, "a path from the root, of at most 800 bytes"},
};

#define WORDS (sizeof(words) / sizeof(*words))

_Static_assert(SETTINGS_PATH_MAX == 800, "the table says so");
_Static_assert(TL_SENDER_RING_MIN == 64u << 10 && TL_SENDER_RING_MAX == 1u << 30, "the table says so");
_Static_assert(TL_SENDER_RETRY_MIN == 10 && TL_SENDER_ENDPOINTS_MAX == 4, "the table says so");

/* Adds a line, if there is room for it. */
__attribute__((format(printf, 2, 3))) static void tell(struct settings *settings, const char *format, ...)
{
    size_t used = strlen(settings->problems), room = sizeof(settings->problems) - used;
    va_list arguments;

    va_start(arguments, format);
    int size = vsnprintf(settings->problems + used, room, format, arguments);
    va_end(arguments);
    if (size < 0 || (size_t)size + 1 >= room)
        settings->problems[used] = '\0';
    else
        strcpy(settings->problems + used + size, "\n");
}

static void tell_no_setting(struct settings *settings, const char *word)
{
    char names[128] = "";

    for (size_t i = 0; i < WORDS; i++)
        strcat(strcat(names, i ? ", " : ""), words[i].name);
    tell(settings, "\"%.80s\" is no setting, and is ignored; there are %s", word, names);
}

static void set_word(struct settings *settings, const char *word)
{
    const char *value = strchr(word, '=');

    for (size_t i = 0; value && i < WORDS; i++) {
        if ((size_t)(value - word) != strlen(words[i].name) ||
            strncmp(word, words[i].name, strlen(words[i].name)) != 0)
            continue;
        if (!words[i].set(settings, value + 1))
            tell(settings, "\"%.80s\" is ignored: what would do is %s", word, words[i].what);
        return;
    }
    tell_no_setting(settings, word);
}

static void cut_comments(char *text)
{
    for (char *at = strchr(text, '#'); at; at = strchr(at, '#'))
        while (*at && *at != '\n')
            *at++ = ' ';
}

void settings_add(struct settings *settings, char *text)
{
    char *rest = NULL;

    cut_comments(text);
    for (char *word = strtok_r(text, " \t\r\n", &rest); word; word = strtok_r(NULL, " \t\r\n", &rest))
        set_word(settings, word);
}

/* The whole file as text; "" and told if that cannot be. */
static void load(struct settings *settings, const char *path, char *text)
{
    size_t used = 0, size = 0;
    enum tl_status status = TL_SYSTEM;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    while (fd >= 0 && (status = tl_read(fd, text + used, SETTINGS_TEXT_SIZE - used, &size)) == TL_OK &&
           used + size < SETTINGS_TEXT_SIZE)
        used += size;
    text[status == TL_END ? used : 0] = '\0';
    if (status != TL_END)
        tell(settings, "%.160s is ignored: %s", path,
             status == TL_SYSTEM ? strerror(errno) : "it is longer than 8 KiB");
    if (fd >= 0)
        close(fd);
}

void settings_read(struct settings *ret_settings)
{
    const char *path = secure_getenv("TAPLINE_LIBFSTRM_FILE");
    const char *variable = secure_getenv("TAPLINE_LIBFSTRM");

    memset(ret_settings, 0, sizeof(*ret_settings));
    if (path)
        load(ret_settings, path, ret_settings->text[0]);
    if (variable && strlen(variable) < SETTINGS_TEXT_SIZE)
        memcpy(ret_settings->text[1], variable, strlen(variable) + 1);
    else if (variable)
        tell(ret_settings, "TAPLINE_LIBFSTRM is ignored: it is longer than 8 KiB");
    settings_add(ret_settings, ret_settings->text[0]);
    settings_add(ret_settings, ret_settings->text[1]);
}
