/* The two addresses of a peer, in a folder and at a port of the test's own: for
 * cmocka_unit_test_setup_teardown. */
#ifndef SENDER_ADDRESSES_H
#define SENDER_ADDRESSES_H

#include "sender/peer.h"

static struct test_folder folder;
static char unix_address[160], tcp_address[64];

static int set_up(void **state)
{
    (void)state;
    watchdog();
    folder = test_folder_new();
    snprintf(unix_address, sizeof(unix_address), "unix:%s/sock", folder.path);
    strcpy(tcp_address, "tcp:127.0.0.1:0");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_folder_free(&folder);
    return 0;
}

#endif
