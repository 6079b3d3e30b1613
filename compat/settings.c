/* Words of the form name=value, separated by white space; what follows a # is a comment. Invariant: a word is
 * understood whole or refused: nobody believes a setting to be in force that is not. */
#include "settings.h"

#include <tapline/stream.h>

#include <fcntl.h>
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
    settings->mode = which(text, "copy", "failover") == 1 ? TL_SENDER_FAILOVER : TL_SENDER_COPY;
    return which(text, "copy", "failover") >= 0;
}

static bool set_drop(struct settings *settings, const char *text)
{
    settings->drop = which(text, "newest", "oldest") == 1 ? TL_SENDER_DROP_OLDEST : TL_SENDER_DROP_NEWEST;
    return which(text, "newest", "oldest") >= 0;
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
    settings->statistics = text;
    return *text == '/' && strlen(text) <= SETTINGS_PATH_MAX;
}

static const struct {
    const char *name;
    bool (*set)(struct settings *settings, const char *value);
} words[] = {
    {"target", set_target},       {"mode", set_mode},   {"drop", set_drop},   {"budget", set_budget},
    {"ring-size", set_ring_size}, {"retry", set_retry}, {"close", set_close}, {"statistics", set_statistics},
};

static bool set_word(struct settings *settings, char *word, char *ret_problem)
{
    char *value = strchr(word, '=');

    for (size_t i = 0; value && i < sizeof(words) / sizeof(*words); i++) {
        if ((size_t)(value - word) != strlen(words[i].name) ||
            strncmp(word, words[i].name, strlen(words[i].name)) != 0)
            continue;
        if (words[i].set(settings, value + 1))
            return true;
        snprintf(ret_problem, SETTINGS_PROBLEM_SIZE, "\"%.80s\" has no value that can be used", word);
        return false;
    }
    snprintf(ret_problem, SETTINGS_PROBLEM_SIZE, "\"%.80s\" is no setting", word);
    return false;
}

static void cut_comments(char *text)
{
    for (char *at = strchr(text, '#'); at; at = strchr(at, '#'))
        while (*at && *at != '\n')
            *at++ = ' ';
}

bool settings_add(struct settings *settings, char *text, char *ret_problem)
{
    char *rest = NULL;

    cut_comments(text);
    for (char *word = strtok_r(text, " \t\r\n", &rest); word; word = strtok_r(NULL, " \t\r\n", &rest))
        if (!set_word(settings, word, ret_problem))
            return false;
    return true;
}

/* The whole file as text. */
static bool load(const char *path, char *text)
{
    size_t used = 0, size = 0;
    enum tl_status status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return false;
    while ((status = tl_read(fd, text + used, SETTINGS_TEXT_SIZE - used, &size)) == TL_OK &&
           used + size < SETTINGS_TEXT_SIZE)
        used += size;
    close(fd);
    text[status == TL_END ? used : 0] = '\0';
    return status == TL_END;
}

bool settings_read(struct settings *ret_settings, char *ret_problem)
{
    const char *path = secure_getenv("TAPLINE_LIBFSTRM_FILE");
    const char *variable = secure_getenv("TAPLINE_LIBFSTRM");

    memset(ret_settings, 0, sizeof(*ret_settings));
    if (path && !load(path, ret_settings->text[0])) {
        snprintf(ret_problem, SETTINGS_PROBLEM_SIZE, "%.160s cannot be read, or is too long", path);
        return false;
    }
    if (variable && strlen(variable) >= SETTINGS_TEXT_SIZE) {
        snprintf(ret_problem, SETTINGS_PROBLEM_SIZE, "TAPLINE_LIBFSTRM is too long");
        return false;
    }
    if (variable)
        memcpy(ret_settings->text[1], variable, strlen(variable) + 1);
    return settings_add(ret_settings, ret_settings->text[0], ret_problem) &&
           settings_add(ret_settings, ret_settings->text[1], ret_problem);
}
