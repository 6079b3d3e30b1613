/* Values in a line of JSON by the paths of fields.def, which are those of jq: `.a.b[0].c`, `.a[].b`,
 * `.a|length`,
 * `.a|.b//.c`. The line is one of ours: no spaces, no escapes in keys. */
#ifndef PRINT_JSON_PATH_H
#define PRINT_JSON_PATH_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Behind the value at `at`. */
static inline const char *json_path_behind(const char *at)
{
    int depth = 0;

    for (;; at++) {
        if (*at == '"') {
            for (at++; *at != '"'; at++)
                at += *at == '\\';
            if (!depth)
                return at + 1;
        } else if (*at == '{' || *at == '[') {
            depth++;
        } else if (*at == '}' || *at == ']') {
            if (!depth)
                return at;
            if (!--depth)
                return at + 1;
        } else if (!depth && (*at == ',' || !*at)) {
            return at;
        }
    }
}

/* The next value of the object or array, `at` its bracket or behind the one before; NULL if there is none. */
static inline const char *json_path_next(const char *at)
{
    return *at == '}' || *at == ']' || at[1] == '}' || at[1] == ']' ? NULL : at + 1;
}

static inline const char *json_path_member(const char *object, const char *key, size_t size)
{
    const char *at = object;

    while (*object == '{' && (at = json_path_next(at))) {
        const char *value = json_path_behind(at) + 1;
        if (strncmp(at + 1, key, size) == 0 && at[1 + size] == '"')
            return value;
        at = json_path_behind(value);
    }
    return NULL;
}

static inline void json_path_eval(const char *value, const char *path, char *out, size_t size);

static inline void json_path_each(const char *array, const char *path, char *out, size_t size)
{
    for (const char *at = array; (at = json_path_next(at)); at = json_path_behind(at))
        json_path_eval(at, path, out, size);
}

static inline unsigned json_path_length(const char *array)
{
    unsigned length = 0;

    for (const char *at = array; at && (at = json_path_next(at)); at = json_path_behind(at))
        length++;
    return length;
}

/* Appends the text of what `path` finds in `value` (NULL: null) to `out`, with commas between values. */
static inline void json_path_eval(const char *value, const char *path, char *out, size_t size)
{
    const char *other = strstr(path, "//");
    size_t length = strlen(out);

    if (strcmp(path, "|length") == 0) {
        snprintf(out + length, size - length, "%u", json_path_length(value));
    } else if (*path == '|' && other) {
        json_path_eval(value, other + 2, out, size);
        if (strlen(out) == length) {
            char first[64];
            snprintf(first, sizeof(first), "%.*s", (int)(other - path - 1), path + 1);
            json_path_eval(value, first, out, size);
        }
    } else if (value && !*path) {
        snprintf(out + length, size - length, "%s%.*s", length ? "," : "",
                 (int)(json_path_behind(value) - value), value);
    } else if (value && strncmp(path, "[0]", 3) == 0) {
        json_path_eval(json_path_next(value), path + 3, out, size);
    } else if (value && strncmp(path, "[]", 2) == 0) {
        json_path_each(value, path + 2, out, size);
    } else if (*path == '.') {
        size_t key = strcspn(path + 1, ".[|");
        json_path_eval(value ? json_path_member(value, path + 1, key) : NULL, path + 1 + key, out, size);
    }
}

#endif
