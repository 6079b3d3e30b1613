/* The least there is to a sender: send ENDPOINT sends ten dnstap messages, and says what became of them.
 *     cc send.c $(pkg-config --cflags --libs libtapline) -o send && ./send unix:/run/tapline.sock */
#include <tapline/dnstap.h>
#include <tapline/sender.h>

#include <stdio.h>
#include <time.h>

int main(int argc, char **argv)
{
    struct tl_sender_options options = {.endpoints = {{.address = argc > 1 ? argv[1] : NULL}}};
    struct tl_sender_statistics statistics;
    struct tl_sender *sender;
    uint8_t frame[512];

    if (tl_sender_new(&options, &sender) != TL_OK || tl_sender_start(sender) != TL_OK)
        return 1;
    for (int i = 0; i < 10; i++) {
        struct tl_dnstap message = {.type = TL_DNSTAP_TYPE_MESSAGE,
                                    .message_type = TL_DNSTAP_TOOL_QUERY,
                                    .query_time_sec = (uint64_t)time(NULL)};
        message.present = 1u << TL_DNSTAP_F_TYPE | 1u << TL_DNSTAP_F_MESSAGE |
                          1u << TL_DNSTAP_F_MESSAGE_TYPE | 1u << TL_DNSTAP_F_QUERY_TIME_SEC |
                          1u << TL_DNSTAP_F_QUERY_TIME_NSEC;
        if (tl_dnstap_encode(&message, frame, sizeof(frame)) == TL_OK)
            tl_sender_put(sender, tl_bytes(frame, tl_dnstap_size(&message)));
    }
    tl_sender_stop(sender);
    tl_sender_statistics(sender, &statistics);
    printf("submitted %llu, sent %llu\n", (unsigned long long)statistics.submitted,
           (unsigned long long)statistics.endpoints[0].sent);
    tl_sender_free(sender);
    return statistics.endpoints[0].sent == 10 ? 0 : 1;
}
