/* blast FILE FRAMES SOCKET: sends the data frames of a Frame Streams file, over and over, to a collector, as
 * fast as it takes them, and prints how long that took. Invariant: exactly FRAMES whole frames go out, and
 * the clock stops when the collector has answered STOP with FINISH, so that it has had them all. */
#include "sending.h"

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    struct tl_sender_end end;
    uint64_t count, rest_count;

    if (argc != 4)
        errx(2, "usage: blast FILE FRAMES SOCKET");
    uint64_t total = strtoull(argv[2], NULL, 10);
    struct tl_bytes file = map_file(argv[1]);
    struct tl_bytes all = data_frames(file, total, &count);
    struct tl_bytes rest = total % count ? data_frames(file, total % count, &rest_count) : tl_bytes(NULL, 0);
    int fd = start_sending(argv[3], &end);

    double start = seconds();
    for (uint64_t pass = 0; pass < total / count; pass++)
        send_all(fd, all);
    send_all(fd, rest);
    stop_sending(fd, &end);
    printf("%.6f %" PRIu64 "\n", seconds() - start, total / count * all.size + rest.size);
    return 0;
}
