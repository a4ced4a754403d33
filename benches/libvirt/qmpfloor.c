/* The least that a guest costs: a bare QEMU whose monitor is a socket pair, asked for what it has to be asked for.
 *
 *     qmpfloor MODE NUMBERS... */
#include "bench.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

struct guest { pid_t pid; int monitor; };

static void line(int fd, char *out, size_t room)
{
    size_t n = 0;
    while (n < room - 1) {
        if (read(fd, out + n, 1) != 1) DIE("QEMU has closed its monitor");
        if (out[n++] == '\n') break;
    }
    out[n] = 0;
}
static void ask(int fd, const char *command)
{
    char text[1 << 16];
    if (write(fd, command, strlen(command)) < 0) DIE("the monitor cannot be written");
    do line(fd, text, sizeof text); while (!strstr(text, "\"return\"") && !strstr(text, "\"error\""));
    if (strstr(text, "\"error\"")) DIE("%s", text);
}
static struct guest spawn(void)
{
    int pair[2];
    char chardev[64], greeting[1 << 16];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) DIE("socketpair: %s", strerror(errno));
    snprintf(chardev, sizeof chardev, "socket,id=monitor,fd=%d", pair[1]);
    struct guest guest = { vfork(), pair[0] };
    if (!guest.pid) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, 0); dup2(null, 1); dup2(null, 2);
        fcntl(pair[1], F_SETFD, 0);
        execlp("qemu-system-x86_64", "qemu-system-x86_64", "-accel", "tcg", "-M", "pc", "-m", "16", "-nodefaults",
               "-display", "none", "-S", "-chardev", chardev, "-mon", "chardev=monitor,mode=control", (char *)NULL);
        _exit(127);
    }
    close(pair[1]);
    line(guest.monitor, greeting, sizeof greeting);
    ask(guest.monitor, "{\"execute\":\"qmp_capabilities\"}\n");
    return guest;
}
static void end(struct guest guest)
{
    kill(guest.pid, SIGTERM);
    if (waitpid(guest.pid, NULL, 0) != guest.pid) DIE("waitpid: %s", strerror(errno));
    close(guest.monitor);
}

/* cycle N: from spawning to a guest that runs, and from the signal to its end */
static int m_cycle(char **av)
{
    int n = atoi(av[0]);
    uint64_t *starts = malloc(8 * (size_t)n), *ends = malloc(8 * (size_t)n);
    for (int i = 0; i < n; i++) {
        uint64_t t0 = now_ns();
        struct guest guest = spawn();
        ask(guest.monitor, "{\"execute\":\"cont\"}\n");
        starts[i] = now_ns() - t0;
        usleep(20000);
        t0 = now_ns();
        end(guest);
        ends[i] = now_ns() - t0;
    }
    emit("start", quantile(starts, (size_t)n, .5) / 1e6, "ms");
    emit("destroy", quantile(ends, (size_t)n, .5) / 1e6, "ms");
    return 0;
}

/* starts N T: N guests, T at a time, each by a process of its own */
static int m_starts(char **av)
{
    int n = atoi(av[0]), at_once = atoi(av[1]), fds[2], hold[2];
    char byte;
    if (pipe2(fds, O_CLOEXEC) < 0 || pipe2(hold, O_CLOEXEC) < 0) DIE("pipe: %s", strerror(errno));
    uint64_t t0 = now_ns();
    for (int t = 0; t < at_once; t++) {
        if (fork()) continue;
        struct guest *all = calloc((size_t)n, sizeof *all);
        int count = 0;
        for (int i = t; i < n; i += at_once) { all[count++] = spawn(); if (write(fds[1], "x", 1) != 1) _exit(1); }
        /* Until the parent has taken the time, and closes its end. */
        close(hold[1]);
        if (read(hold[0], &byte, 1) < 0) _exit(1);
        for (int i = 0; i < count; i++) end(all[i]);
        _exit(0);
    }
    for (int i = 0; i < n; i++) if (read(fds[0], &byte, 1) != 1) DIE("a start failed");
    emit("all", (double)(now_ns() - t0) / 1e6, "ms");
    close(hold[1]);
    while (wait(NULL) > 0) {}
    return 0;
}

/* events N: from QEMU's own time of an event to its having been read */
static int m_events(char **av)
{
    int n = atoi(av[0]);
    uint64_t *times = malloc(8 * (size_t)n);
    struct guest guest = spawn();
    ask(guest.monitor, "{\"execute\":\"cont\"}\n");
    for (int i = -10; i < n; i++) {
        char text[1 << 16];
        const char *command = i & 1 ? "{\"execute\":\"cont\"}\n" : "{\"execute\":\"stop\"}\n";
        unsigned long seconds = 0, micros = 0;
        bool seen = false, answered = false;
        if (write(guest.monitor, command, strlen(command)) < 0) DIE("the monitor cannot be written");
        while (!seen || !answered) {
            line(guest.monitor, text, sizeof text);
            uint64_t now = clock_ns(CLOCK_REALTIME);
            if (strstr(text, "\"return\"")) answered = true;
            if (!strstr(text, "\"STOP\"") && !strstr(text, "\"RESUME\"")) continue;
            char *at = strstr(text, "\"seconds\": ");
            if (at) seconds = strtoul(at + 11, NULL, 10);
            at = strstr(text, "\"microseconds\": ");
            if (at) micros = strtoul(at + 16, NULL, 10);
            uint64_t then = seconds * 1000000000ull + micros * 1000ull;
            if (i >= 0) times[i] = now > then ? now - then : 0;
            seen = true;
        }
        usleep(1000);
    }
    emit("p50", quantile(times, (size_t)n, .5) / 1e3, "us");
    end(guest);
    return 0;
}

int main(int ac, char **av)
{
    static const struct { const char *name; int arguments; int (*run)(char **); } modes[] = {
        { "cycle", 1, m_cycle }, { "starts", 2, m_starts }, { "events", 1, m_events },
    };
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (ac > 1 && !strcmp(av[1], modes[i].name) && ac == modes[i].arguments + 2) return modes[i].run(av + 2);
    DIE("no such mode, or not its number of arguments; see the comments in qmpfloor.c");
}
