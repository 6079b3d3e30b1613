/* Asking a filter. Invariant: the filter is not changed by it, and nothing is allocated: what changes is in
 * the thread's part and on the stack. */
#include "filter/filter.h"

#include "filter/compile.h"
#include "filter/error.h"
#include "filter/glob.h"
#include "record/times.h"

#include <stdlib.h>

/* Enough for the text of any rdata in a message, as tl_dns_rdata_print says. */
#define RDATA_TEXT_SIZE ((size_t)96 * UINT16_MAX + 2112)

struct filter_thread {
    struct filter_matcher *matcher; /* NULL: there is no regular expression */
    size_t size;
    char text[]; /* `size` bytes */
};

/* Filters ----------------------------------------------------------------------------------------------- */

struct filter *filter_new(const char *expression, bool utc, struct filter_error *ret_error)
{
    struct filter *filter = calloc(1, sizeof(*filter));
    struct filter_tree tree;

    if (!filter) {
        filter_error_memory(ret_error);
        return NULL;
    }
    filter->utc = utc;
    bool is_sound = filter_tree_init(&tree, expression, ret_error);
    if (is_sound) {
        is_sound = filter_compile(filter, &tree, ret_error);
        filter_tree_done(&tree);
    }
    if (is_sound)
        return filter;
    filter_free(filter);
    return NULL;
}

void filter_free(struct filter *filter)
{
    if (!filter)
        return;
    for (size_t i = 0; i < filter->term_count; i++) {
        free(filter->terms[i].text);
        filter_regex_free(filter->terms[i].regex);
    }
    free(filter->terms);
    for (size_t i = 0; i < filter->set_count; i++) {
        filter_set_done(&filter->sets[i].set);
        free(filter->sets[i].path);
    }
    free(filter->sets);
    free(filter);
}

bool filter_asks_about(const struct filter *filter, enum field field)
{
    for (size_t i = 0; i < filter->term_count; i++) {
        if (filter->terms[i].field == field)
            return true;
    }
    return false;
}

bool filter_has_lists(const struct filter *filter)
{
    for (size_t i = 0; i < filter->set_count; i++) {
        if (filter->sets[i].path)
            return true;
    }
    return false;
}

bool filter_reload(struct filter *filter, char *ret_text)
{
    bool are_read = true;
    char why[256];

    for (size_t i = 0; i < filter->set_count; i++) {
        struct filter_source *source = &filter->sets[i];
        struct filter_set set = {0};
        if (!source->path)
            continue;
        if (filter_list_read_again(&set, source->field, filter->utc, source->path, why)) {
            filter_set_done(&source->set);
            source->set = set;
        } else if (are_read) {
            are_read = false;
            memcpy(ret_text, why, sizeof(why));
        }
    }
    return are_read;
}

/* Threads ----------------------------------------------------------------------------------------------- */

struct filter_thread *filter_thread_new(const struct filter *filter)
{
    size_t size = filter->has_rdata ? RDATA_TEXT_SIZE : TL_DNS_NAME_TEXT_SIZE;
    struct filter_thread *thread = malloc(sizeof(*thread) + size);

    if (!thread)
        return NULL;
    thread->size = size;
    thread->matcher = filter->has_regex ? filter_matcher_new() : NULL;
    if (filter->has_regex && !thread->matcher) {
        free(thread);
        return NULL;
    }
    return thread;
}

void filter_thread_free(struct filter_thread *thread)
{
    if (thread)
        filter_matcher_free(thread->matcher);
    free(thread);
}

uint64_t filter_given_up(const struct filter_thread *thread)
{
    return thread->matcher ? filter_matcher_given_up(thread->matcher) : 0;
}

/* Asking ------------------------------------------------------------------------------------------------ */

/* The text of a value: itself, a name's without a final dot, a word. Valid until the next call. */
static struct tl_bytes text_of(const struct filter_term *term, struct filter_thread *thread,
                               struct look *look, const struct field_value *value)
{
    struct tl_builder builder = tl_builder(thread->text, thread->size);
    size_t length = 0;

    switch (term->kind) {
    case FIELD_KIND_TEXT: return value->bytes;
    case FIELD_KIND_RDATA:
        field_rdata_print(look_message(look), value->rdata, &builder);
        return tl_builder_bytes(&builder);
    case FIELD_KIND_NAME:
        if (tl_dns_name_print(value->bytes, 0, thread->text, &length, NULL) != TL_OK)
            length = 0;
        break;
    default: length = field_word_print(term->field, value->number, thread->text); break;
    }
    return tl_bytes(thread->text, length);
}

static bool holds_for(const struct filter *filter, const struct filter_term *term,
                      struct filter_thread *thread, struct look *look, const struct field_value *value)
{
    const struct filter_set *set = filter->sets ? &filter->sets[term->set].set : NULL;
    struct tl_bytes text = tl_bytes(term->text, term->text_size);

    switch (term->test) {
    case FILTER_IS_THERE: return true;
    case FILTER_RANGE: return value->number >= term->least && value->number <= term->most;
    case FILTER_PERIOD:
        return !record_time_is_before(value->time, term->from) &&
               !record_time_is_before(term->until, value->time);
    case FILTER_BITS: return (value->number & term->least) != 0;
    case FILTER_NUMBERS: return filter_set_has_number(set, value->number);
    case FILTER_ADDRESSES: return filter_ranges_have(&set->ranges, value->bytes);
    case FILTER_NAMES: return filter_names_have(&set->names, value->bytes);
    case FILTER_NAMES_ABOVE: return filter_names_have_above(&set->names, value->bytes);
    case FILTER_NAME: return filter_name_equal(value->bytes, text);
    case FILTER_NAME_ABOVE: return filter_name_under(value->bytes, text);
    default: break;
    }
    struct tl_bytes found = text_of(term, thread, look, value);
    switch (term->test) {
    case FILTER_TEXTS: return filter_set_has_text(set, found);
    case FILTER_TEXT: return tl_bytes_equal(found, text);
    case FILTER_GLOB_MATCHES: return filter_glob_matches(text, found, term->kind != FIELD_KIND_TEXT);
    case FILTER_REGEX_MATCHES: return filter_regex_matches(term->regex, thread->matcher, found);
    default: return false;
    }
}

/* Is it true of one of the field's values? */
static bool holds(const struct filter *filter, const struct filter_term *term, struct filter_thread *thread,
                  struct look *look)
{
    struct field_at at;
    struct field_value value;

    field_begin(&at);
    while (field_next(look, term->field, &at, &value)) {
        if (holds_for(filter, term, thread, look, &value))
            return true;
        if (!term->is_many)
            break;
    }
    return false;
}

bool filter_passes(const struct filter *filter, struct filter_thread *thread, struct look *look)
{
    uint32_t at = filter->start;

    while (at < FILTER_PASSES) {
        const struct filter_term *term = &filter->terms[at];
        at = holds(filter, term, thread, look) ? term->if_true : term->if_false;
    }
    return at == FILTER_PASSES;
}
