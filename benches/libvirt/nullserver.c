/* nullserver SOCKET: the least that a daemon could do. One thread waits with epoll, and answers libvirt's handshake and a
 * few calls with what was written beforehand; nothing is looked up. What it costs is the kernel, the wire and one wake-up. */
#include "bench.h"
#include <arpa/inet.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { OPEN = 1, CLOSE = 2, LOOKUP = 23, RESUME = 28, SUSPEND = 34, AUTH = 66, LIB_VERSION = 157, REGISTER = 316, LIFECYCLE = 318 };
enum { REPLY = 1, MESSAGE = 2 };
struct peer { int fd; bool registered; size_t have; uint8_t bytes[65536]; };
static struct peer *peers[4096];
static int count;

static uint32_t word(const uint8_t *at) { uint32_t value; memcpy(&value, at, 4); return ntohl(value); }
static uint8_t *put(uint8_t *at, uint32_t value) { value = htonl(value); memcpy(at, &value, 4); return at + 4; }
/* The domain `test` of the number 1. */
static uint8_t *put_domain(uint8_t *at)
{
    at = put(at, 4); memcpy(at, "test", 4); at += 4;
    memset(at, 0x42, 16); at += 16;
    return put(at, 1);
}
static size_t packet(uint8_t *out, uint32_t procedure, uint32_t type, uint32_t serial, const uint8_t *payload, size_t bytes)
{
    uint8_t *at = put(out, (uint32_t)(28 + bytes));
    at = put(at, 0x20008086); at = put(at, 1); at = put(at, procedure); at = put(at, type); at = put(at, serial); put(at, 0);
    memcpy(out + 28, payload, bytes);
    return 28 + bytes;
}
static void send_all(int fd, const uint8_t *bytes, size_t length)
{
    while (length) {
        ssize_t sent = write(fd, bytes, length);
        if (sent < 0 && errno != EINTR) return;
        if (sent > 0) { bytes += sent; length -= (size_t)sent; }
    }
}
static void answer(struct peer *peer, const uint8_t *call)
{
    uint8_t payload[256], out[512], *at = payload;
    uint32_t procedure = word(call + 12);
    switch (procedure) {
    case AUTH: at = put(at, 1); at = put(at, 0); break;
    case LIB_VERSION: at = put(at, 0); at = put(at, 9000000); break;
    case LOOKUP: at = put_domain(at); break;
    case REGISTER: peer->registered = true; at = put(at, 1); break;
    case SUSPEND: case RESUME: {
        uint8_t event[64], *end = put(event, 1);
        end = put_domain(end); end = put(end, procedure == SUSPEND ? 3 : 4); end = put(end, 0);
        size_t length = packet(out, LIFECYCLE, MESSAGE, 1, event, (size_t)(end - event));
        for (int i = 0; i < count; i++) if (peers[i]->registered) send_all(peers[i]->fd, out, length);
        break; }
    }
    send_all(peer->fd, out, packet(out, procedure, REPLY, word(call + 20), payload, (size_t)(at - payload)));
}
/* Reads what is there and answers each call that is whole; says whether the client is still there. */
static bool serve(struct peer *peer)
{
    ssize_t got = read(peer->fd, peer->bytes + peer->have, sizeof peer->bytes - peer->have);
    if (got <= 0) return false;
    peer->have += (size_t)got;
    size_t done = 0;
    while (peer->have - done >= 4 && peer->have - done >= word(peer->bytes + done)) {
        answer(peer, peer->bytes + done);
        done += word(peer->bytes + done);
    }
    memmove(peer->bytes, peer->bytes + done, peer->have - done);
    peer->have -= done;
    return true;
}
static void leave(struct peer *peer)
{
    for (int i = 0; i < count; i++) if (peers[i] == peer) peers[i] = peers[--count];
    close(peer->fd); free(peer);
}
int main(int argc, char **argv)
{
    if (argc != 2) { fprintf(stderr, "nullserver SOCKET\n"); return 2; }
    signal(SIGPIPE, SIG_IGN);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), waiter = epoll_create1(0);
    if (bind(listener, (void *)&address, sizeof address) < 0 || listen(listener, 512) < 0) { perror(argv[1]); return 1; }
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL }, ready[64];
    epoll_ctl(waiter, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int number = epoll_wait(waiter, ready, 64, -1);
        for (int i = 0; i < number; i++) {
            struct peer *peer = ready[i].data.ptr;
            if (peer) { if (!serve(peer)) leave(peer); continue; }
            peer = calloc(1, sizeof *peer); peer->fd = accept(listener, NULL, NULL);
            if (peer->fd < 0 || count == 4096) { free(peer); continue; }
            peers[count++] = peer; event.data.ptr = peer;
            epoll_ctl(waiter, EPOLL_CTL_ADD, peer->fd, &event);
        }
    }
}
