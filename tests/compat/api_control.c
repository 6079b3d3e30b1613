/* Control frames: all types, all bounds, all flags. */
#include "api.h"

static const uint8_t x300[300] = {'x'};

static void names(void)
{
    for (int type = 0; type <= 6; type++)
        printf("control type %d: %s\n", type, fstrm_control_type_to_str((fstrm_control_type)type));
    for (int type = 0; type <= 2; type++)
        printf("control field %d: %s\n", type, fstrm_control_field_type_to_str((fstrm_control_field)type));
}

/* What there is to know about a control frame. */
static void describe(const struct fstrm_control *control)
{
    fstrm_control_type type = (fstrm_control_type)77;
    size_t count = 77, size;
    const uint8_t *content_type;

    printf(" type %s", said(fstrm_control_get_type(control, &type)));
    printf(" %d,", (int)type);
    printf(" count %s", said(fstrm_control_get_num_field_content_type(control, &count)));
    printf(" %zu,", count);
    for (size_t i = 0; i < 4; i++) {
        content_type = NULL;
        size = 77;
        fstrm_res result = fstrm_control_get_field_content_type(control, i, &content_type, &size);
        printf(" %zu: %s", i, said(result));
        if (result == fstrm_res_success)
            printf(" \"%.*s\"", (int)(size > 40 ? 40 : size), (const char *)content_type);
    }
    printf(", match aa %s", said(fstrm_control_match_field_content_type(control, (const uint8_t *)"aa", 2)));
    printf(", bb %s", said(fstrm_control_match_field_content_type(control, (const uint8_t *)"bb", 2)));
    printf(", a %s", said(fstrm_control_match_field_content_type(control, (const uint8_t *)"a", 1)));
    printf(", NULL %s\n", said(fstrm_control_match_field_content_type(control, NULL, 0)));
}

static void encode(const struct fstrm_control *control, uint32_t flags)
{
    uint8_t wire[1024];
    size_t size = 77;

    printf("  flags %u: size %s", flags, said(fstrm_control_encoded_size(control, &size, flags)));
    printf(" %zu", size);
    for (size_t room = size ? size - 1 : 0; room <= size + 1; room++) {
        size_t used = room;
        memset(wire, 0, sizeof(wire));
        fstrm_res result =
            room <= sizeof(wire) ? fstrm_control_encode(control, wire, &used, flags) : fstrm_res_stop;
        printf(", room %zu: %s", room, said(result));
        if (result == fstrm_res_success) {
            printf(" %zu ", used);
            for (size_t i = 0; i < used && i < 48; i++)
                printf("%02x", wire[i]);
        }
    }
    putchar('\n');
}

static void every_type_with_up_to_three_content_types(void)
{
    static const char *const content_types[] = {"aa", "", "bb"};

    for (int type = 0; type <= 6; type++) {
        for (size_t count = 0; count <= 3; count++) {
            struct fstrm_control *control = fstrm_control_init();
            printf("control: set_type %d %s, %zu content types", type,
                   said(fstrm_control_set_type(control, (fstrm_control_type)type)), count);
            for (size_t i = 0; i < count; i++)
                printf(" %s", said(fstrm_control_add_field_content_type(
                                  control, (const uint8_t *)content_types[i], strlen(content_types[i]))));
            describe(control);
            encode(control, 0);
            encode(control, FSTRM_CONTROL_FLAG_WITH_HEADER);
            fstrm_control_reset(control);
            printf("  reset:");
            describe(control);
            fstrm_control_destroy(&control);
            say_made("  destroyed", control);
        }
    }
    struct fstrm_control *none = NULL;
    fstrm_control_destroy(&none);
}

static void sizes(void)
{
    static const size_t bounds[] = {1, 255, 256, 257, 300};
    static const size_t seconds[] = {0, 228, 235, 236, 237, 238, 240, 244, 245, 256};

    for (size_t i = 0; i < sizeof(bounds) / sizeof(*bounds); i++) {
        struct fstrm_control *control = fstrm_control_init();
        fstrm_control_set_type(control, FSTRM_CONTROL_READY);
        printf("control: content type of %zu bytes: %s\n", bounds[i],
               said(fstrm_control_add_field_content_type(control, x300, bounds[i])));
        encode(control, 0);
        encode(control, FSTRM_CONTROL_FLAG_WITH_HEADER);
        fstrm_control_destroy(&control);
    }
    for (size_t i = 0; i < sizeof(seconds) / sizeof(*seconds); i++) {
        struct fstrm_control *control = fstrm_control_init();
        fstrm_control_set_type(control, FSTRM_CONTROL_ACCEPT);
        fstrm_control_add_field_content_type(control, x300, 256);
        fstrm_control_add_field_content_type(control, x300, seconds[i]);
        printf("control: content types of 256 and %zu bytes\n", seconds[i]);
        encode(control, 0);
        encode(control, FSTRM_CONTROL_FLAG_WITH_HEADER);
        fstrm_control_destroy(&control);
    }
    struct fstrm_control *many = fstrm_control_init();
    fstrm_control_set_type(many, FSTRM_CONTROL_READY);
    for (int i = 0; i < 100; i++) {
        fstrm_control_add_field_content_type(many, x300, 0);
        if (i >= 61 && i <= 64) {
            printf("control: %d empty content types\n", i + 1);
            encode(many, 0);
            encode(many, FSTRM_CONTROL_FLAG_WITH_HEADER);
        }
    }
    fstrm_control_destroy(&many);
}

struct sample {
    const char *what;
    uint32_t flags;
    size_t size;
    const char *bytes;
};

#define W(...) sizeof(__VA_ARGS__) - 1, __VA_ARGS__

static const struct sample samples[] = {
    {"nothing", 0, W("")},
    {"three bytes", 0, W("\0\0\0")},
    {"type 0", 0, W("\0\0\0\0")},
    {"ACCEPT", 0, W("\0\0\0\1")},
    {"START", 0, W("\0\0\0\2")},
    {"STOP", 0, W("\0\0\0\3")},
    {"READY", 0, W("\0\0\0\4")},
    {"FINISH", 0, W("\0\0\0\5")},
    {"type 6", 0, W("\0\0\0\6")},
    {"type 6 with a field", 0, W("\0\0\0\6\0\0\0\1\0\0\0\2aa")},
    {"START with one", 0, W("\0\0\0\2\0\0\0\1\0\0\0\2aa")},
    {"START with two", 0, W("\0\0\0\2\0\0\0\1\0\0\0\2aa\0\0\0\1\0\0\0\2bb")},
    {"READY with two", 0, W("\0\0\0\4\0\0\0\1\0\0\0\2aa\0\0\0\1\0\0\0\2bb")},
    {"READY with an empty one", 0, W("\0\0\0\4\0\0\0\1\0\0\0\0")},
    {"STOP with one", 0, W("\0\0\0\3\0\0\0\1\0\0\0\2aa")},
    {"FINISH with one", 0, W("\0\0\0\5\0\0\0\1\0\0\0\2aa")},
    {"unknown field", 0, W("\0\0\0\4\0\0\0\2\0\0\0\2aa")},
    {"field cut in its type", 0, W("\0\0\0\4\0\0")},
    {"field cut in its length", 0, W("\0\0\0\4\0\0\0\1\0\0")},
    {"field without length", 0, W("\0\0\0\4\0\0\0\1")},
    {"field cut in its content", 0, W("\0\0\0\4\0\0\0\1\0\0\0\2a")},
    {"field length all ones", 0, W("\0\0\0\4\0\0\0\1\377\377\377\377")},
    {"byte behind the last field", 0, W("\0\0\0\4\0\0\0\1\0\0\0\2aab")},
    {"header, STOP", 1, W("\0\0\0\0\0\0\0\4\0\0\0\3")},
    {"header, no escape", 1, W("\0\0\0\1\0\0\0\4\0\0\0\3")},
    {"header, length too large", 1, W("\0\0\0\0\0\0\0\5\0\0\0\3")},
    {"header, length too small", 1, W("\0\0\0\0\0\0\0\4\0\0\0\3\0")},
    {"header, length 0", 1, W("\0\0\0\0\0\0\0\0")},
    {"header cut", 1, W("\0\0\0\0\0\0\0")},
    {"header missing", 1, W("\0\0\0\3")},
    {"header not expected", 0, W("\0\0\0\0\0\0\0\4\0\0\0\3")},
    {"an unknown flag", 2, W("\0\0\0\3")},
};

static void decode(struct fstrm_control *control, const char *what, const void *bytes, size_t size,
                   uint32_t flags)
{
    fstrm_res result = fstrm_control_decode(control, bytes, size, flags);

    printf("decode %s: %s", what, said(result));
    if (result == fstrm_res_success)
        describe(control);
    else
        putchar('\n');
}

static void decode_lengths(struct fstrm_control *control)
{
    static const size_t firsts[] = {255, 256, 257};
    static const size_t payloads[] = {503, 504, 505, 511, 512, 513};
    uint8_t wire[1024];
    char what[64];

    for (size_t i = 0; i < 3; i++) {
        memset(wire, 0, sizeof(wire));
        memcpy(wire, "\0\0\0\4\0\0\0\1", 8);
        wire[10] = (uint8_t)(firsts[i] >> 8);
        wire[11] = (uint8_t)firsts[i];
        snprintf(what, sizeof(what), "a content type of %zu", firsts[i]);
        decode(control, what, wire, 12 + firsts[i], 0);
    }
    for (size_t i = 0; i < 6; i++) {
        size_t second = payloads[i] - 12 - 248 - 8;
        memset(wire, 0, sizeof(wire));
        wire[6] = (uint8_t)(payloads[i] >> 8);
        wire[7] = (uint8_t)payloads[i];
        memcpy(wire + 8, "\0\0\0\4\0\0\0\1\0\0\0\370", 12);
        memcpy(wire + 8 + 12 + 248, "\0\0\0\1", 4);
        wire[8 + 12 + 248 + 6] = (uint8_t)(second >> 8);
        wire[8 + 12 + 248 + 7] = (uint8_t)second;
        snprintf(what, sizeof(what), "a payload of %zu", payloads[i]);
        decode(control, what, wire + 8, payloads[i], 0);
        snprintf(what, sizeof(what), "a payload of %zu behind its header", payloads[i]);
        decode(control, what, wire, 8 + payloads[i], 1);
    }
}

void api_control(void)
{
    struct fstrm_control *control = fstrm_control_init();

    names();
    every_type_with_up_to_three_content_types();
    sizes();
    for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++)
        decode(control, samples[i].what, samples[i].bytes, samples[i].size, samples[i].flags);
    decode_lengths(control);
    fstrm_control_destroy(&control);
}
