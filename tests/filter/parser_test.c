#include "filter/tree.h"

#include "proof/failing_alloc.h"
#include "proof/test.h"

#include <stdio.h>

static char text[512];
static size_t text_size;

static void put(const char *more)
{
    text_size += (size_t)snprintf(text + text_size, sizeof(text) - text_size, "%s", more);
}

static void put_node(const struct filter_tree *tree, uint32_t at)
{
    const struct filter_node *node = &tree->nodes[at];

    put(node->is_negated ? "!" : "");
    if (node->kind == FILTER_TERM) {
        put(field_describe(node->field)->name);
        put(filter_relation_name(node->relation));
        for (uint32_t i = 0; i < node->value_count; i++) {
            put(i ? "," : node->value_count > 1 ? "{" : "");
            put(tree->values[node->values + i].text);
        }
        put(node->value_count > 1 ? "}" : "");
        return;
    }
    put(node->kind == FILTER_AND ? "and(" : "or(");
    for (uint32_t child = node->first; child != FILTER_NONE; child = tree->nodes[child].next) {
        put(child == node->first ? "" : " ");
        put_node(tree, child);
    }
    put(")");
}

static const char *shape(const char *expression)
{
    struct filter_tree tree;
    struct filter_error error;

    if (!filter_tree_init(&tree, expression, &error)) {
        snprintf(text, sizeof(text), "error %zu", error.offset);
        return text;
    }
    text_size = 0;
    put_node(&tree, tree.root);
    filter_tree_done(&tree);
    return text;
}

static void not_and_or(void **state)
{
    (void)state;
    assert_string_equal(shape("id==1"), "id==1");
    assert_string_equal(shape("id==1 or id==2 and id==3"), "or(id==1 and(id==2 id==3))");
    assert_string_equal(shape("id==1 and id==2 or id==3"), "or(and(id==1 id==2) id==3)");
    assert_string_equal(shape("id==1 and id==2 and id==3"), "and(id==1 id==2 id==3)");
    assert_string_equal(shape("id==1 and (id==2 and id==3)"), "and(id==1 and(id==2 id==3))");
    assert_string_equal(shape("not id==1 and id==2"), "and(!id==1 id==2)");
    assert_string_equal(shape("not (id==1 and id==2)"), "!and(id==1 id==2)");
    assert_string_equal(shape("not not (id==1 or id==2)"), "or(id==1 id==2)");
    assert_string_equal(shape("!!!((id==1))"), "!id==1");
    assert_string_equal(shape("!(!id==1)"), "id==1");
}

static void terms(void **state)
{
    (void)state;
    assert_string_equal(shape("id != 1"), "!id!=1");
    assert_string_equal(shape("not id != 1"), "id!=1");
    assert_string_equal(shape("qname in a"), "qnameina");
    assert_string_equal(shape("qname IN (a, 'b c',\"d\")"), "qnamein{a,b c,d}");
    assert_string_equal(shape("qname in (a)"), "qnameina");
    assert_string_equal(shape("qname not in @f"), "!qnameinf");
    assert_string_equal(shape("not qname not under a"), "qnameundera");
    assert_string_equal(shape("flags has (aa,tc)"), "flagshas{aa,tc}");
    assert_string_equal(shape("has flags"), "flagshas");
    assert_string_equal(shape("has has"), "error 4");
    assert_string_equal(shape("id == in"), "id==in"); /* what a word means depends on where it stands */
    assert_string_equal(shape("id == not"), "id==not");
    assert_string_equal(shape("identity in (and, or, not)"), "identityin{and,or,not}");
    assert_string_equal(shape("id has 1 and qname under or or has id"), "or(and(idhas1 qnameunderor) idhas)");
}

static void depth_is_bounded_and_chains_are_not_deep(void **state)
{
    static char expression[65000];
    size_t size = 0;

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        expression[i] = '(';
    strcpy(expression + 100, "has id");
    memset(expression + 106, ')', 100);
    assert_string_equal(shape(expression), "idhas");
    memmove(expression + 1, expression, 206);
    strcpy(expression + 207, ")");
    assert_string_equal(shape(expression), "error 100");
    for (size = 0; size < 64000; size += 6)
        memcpy(expression + size, "! not ", 6);
    strcpy(expression + size, "has id");
    assert_string_equal(shape(expression), "idhas");
}

static void without_memory_there_is_no_tree(void **state)
{
    struct filter_tree tree;
    struct filter_error error;

    (void)state;
    for (unsigned long n = 1;; n++) {
        failing_alloc_start(n);
        bool is_parsed =
            filter_tree_init(&tree,
                             "qname in (a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t) and (id==1 or id==2) "
                             "and (id==1 or id==2) and (id==1 or id==2) and (id==1 or id==2)",
                             &error);
        bool has_failed = failing_alloc_stop();
        assert_int_equal(is_parsed, !has_failed);
        if (is_parsed)
            filter_tree_done(&tree);
        else
            assert_string_equal(error.text, "not enough memory");
        if (!has_failed)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(not_and_or),
        cmocka_unit_test(terms),
        cmocka_unit_test(depth_is_bounded_and_chains_are_not_deep),
        cmocka_unit_test(without_memory_there_is_no_tree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
