/* What src/workload/qemu.rs does with Omnivirt, done with libvirt's C API through a daemon: the same modes, arguments and
 * metrics.
 *
 *     QEMU_URI=... DAEMON_PID=... lvqemu MODE TEMPLATE NUMBERS... */
#include "documents.h"
#include <libvirt/libvirt-qemu.h>

static virConnectPtr open_daemon(void)
{
    const char *uri = getenv("QEMU_URI");
    if (!uri) DIE("QEMU_URI is not set");
    return open_uri(uri);
}
static virDomainPtr create(virConnectPtr c, const char *template, int number, bool paused)
{
    char *xml = document(template, number);
    virDomainPtr d = virDomainCreateXML(c, xml, paused ? VIR_DOMAIN_START_PAUSED : 0);
    CHECK(d, "create");
    free(xml);
    return d;
}
static void destroy(virDomainPtr d) { CHECK(virDomainDestroy(d) == 0, "destroy"); }

static int m_cycle(const char *template, char **av)
{
    int n = atoi(av[0]);
    uint64_t *starts = malloc(8 * (size_t)n), *ends = malloc(8 * (size_t)n);
    virConnectPtr c = open_daemon();
    /* The first asks QEMU what it can do. */
    destroy(create(c, template, 1, false));
    for (int i = 0; i < n; i++) {
        uint64_t t0 = now_ns();
        virDomainPtr d = create(c, template, 0, false);
        starts[i] = now_ns() - t0;
        usleep(20000);
        t0 = now_ns();
        destroy(d);
        ends[i] = now_ns() - t0;
    }
    emit("start", quantile(starts, (size_t)n, .5) / 1e6, "ms");
    emit("destroy", quantile(ends, (size_t)n, .5) / 1e6, "ms");
    return 0;
}

/* Many guests, so many at a time. */
static struct { virConnectPtr c; const char *template; int first, count; virDomainPtr *all; atomic_int next; } job;
static void *creator(void *opaque)
{
    (void)opaque;
    for (int i; (i = atomic_fetch_add(&job.next, 1)) < job.count;)
        job.all[i] = create(job.c, job.template, job.first + i, true);
    return NULL;
}
static virDomainPtr *create_all(virConnectPtr c, const char *template, int first, int count, int at_once)
{
    pthread_t threads[64];
    job.c = c; job.template = template; job.first = first; job.count = count;
    job.all = calloc((size_t)count, sizeof *job.all);
    atomic_store(&job.next, 0);
    for (int i = 0; i < at_once; i++) pthread_create(&threads[i], NULL, creator, NULL);
    for (int i = 0; i < at_once; i++) pthread_join(threads[i], NULL);
    return job.all;
}
static void destroy_all(virDomainPtr *all, int count) { for (int i = 0; i < count; i++) destroy(all[i]); }

static int m_starts(const char *template, char **av)
{
    int n = atoi(av[0]);
    virConnectPtr c = open_daemon();
    destroy(create(c, template, n, true));
    uint64_t t0 = now_ns();
    virDomainPtr *all = create_all(c, template, 0, n, atoi(av[1]));
    emit("all", (double)(now_ns() - t0) / 1e6, "ms");
    destroy_all(all, n);
    return 0;
}

static double daemon_kib(void)
{
    char path[64], line[256];
    long value = -1;
    snprintf(path, sizeof path, "/proc/%s/status", getenv("DAEMON_PID") ? getenv("DAEMON_PID") : "none");
    FILE *f = fopen(path, "r");
    if (!f) DIE("%s: the daemon's memory cannot be read", path);
    while (fgets(line, sizeof line, f)) if (sscanf(line, "VmRSS: %ld", &value) == 1) break;
    fclose(f);
    return (double)value;
}
static int m_memory(const char *template, char **av)
{
    int n = atoi(av[0]);
    virConnectPtr c = open_daemon();
    virDomainPtr *first = create_all(c, template, n, 2, 2);
    double before = daemon_kib();
    virDomainPtr *all = create_all(c, template, 0, n, 4);
    usleep(300000);
    emit("per_guest", (daemon_kib() - before) / n, "KiB");
    destroy_all(first, 2);
    destroy_all(all, n);
    return 0;
}

/* events N: from QEMU's own time of an event to the callback */
static sem_t called, told;
static uint64_t called_at, told_at;
static int on_lifecycle(virConnectPtr c, virDomainPtr d, int event, int detail, void *opaque)
{
    (void)c; (void)d; (void)detail; (void)opaque;
    if (event == VIR_DOMAIN_EVENT_SUSPENDED || event == VIR_DOMAIN_EVENT_RESUMED) {
        called_at = clock_ns(CLOCK_REALTIME);
        sem_post(&called);
    }
    return 0;
}
static void on_monitor(virConnectPtr c, virDomainPtr d, const char *event, long long seconds, unsigned micros,
                       const char *details, void *opaque)
{
    (void)c; (void)d; (void)details; (void)opaque;
    if (strcmp(event, "STOP") && strcmp(event, "RESUME")) return;
    told_at = (uint64_t)seconds * 1000000000ull + micros * 1000ull;
    sem_post(&told);
}
static void *event_loop(void *opaque)
{
    (void)opaque;
    for (;;) CHECK(virEventRunDefaultImpl() == 0, "the event loop");
    return NULL;
}
static int m_events(const char *template, char **av)
{
    int n = atoi(av[0]);
    uint64_t *times = malloc(8 * (size_t)n);
    pthread_t thread;
    sem_init(&called, 0, 0);
    sem_init(&told, 0, 0);
    virEventRegisterDefaultImpl();
    pthread_create(&thread, NULL, event_loop, NULL);
    virConnectPtr c = open_daemon();
    virDomainPtr d = create(c, template, 0, false);
    CHECK(virConnectDomainEventRegisterAny(c, d, VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), NULL, NULL) >= 0, "register");
    CHECK(virConnectDomainQemuMonitorEventRegister(c, d, NULL, on_monitor, NULL, NULL, 0) >= 0, "register");
    for (int i = -10; i < n; i++) {
        CHECK((i & 1 ? virDomainResume(d) : virDomainSuspend(d)) == 0, "suspend or resume");
        while (sem_wait(&called) < 0) {}
        while (sem_wait(&told) < 0) {}
        if (i >= 0) times[i] = called_at > told_at ? called_at - told_at : 0;
        usleep(1000);
    }
    emit("p50", quantile(times, (size_t)n, .5) / 1e3, "us");
    destroy(d);
    return 0;
}

/* bystander N: calls on one guest while N others are destroyed, each on a connection of its own */
static atomic_int left;
static void *destroyer(void *d) { destroy(d); atomic_fetch_sub(&left, 1); return NULL; }
static void calls(virDomainPtr d, int most, double *info, double *pair)
{
    size_t n = 0, room = 200000;
    uint64_t *infos = malloc(8 * room), *pairs = malloc(8 * room);
    virDomainInfo i;
    while (n < room && (most ? n < (size_t)most : atomic_load(&left) > 0)) {
        uint64_t t0 = now_ns();
        CHECK(virDomainGetInfo(d, &i) == 0, "info");
        uint64_t t1 = now_ns();
        CHECK(virDomainSuspend(d) == 0 && virDomainResume(d) == 0, "suspend or resume");
        infos[n] = t1 - t0;
        pairs[n++] = now_ns() - t1;
    }
    *info = quantile(infos, n, .5) / 1e3;
    *pair = quantile(pairs, n, .5) / 1e3;
}
static int m_bystander(const char *template, char **av)
{
    int n = atoi(av[0]);
    double info, pair, info_during, pair_during;
    virConnectPtr c = open_daemon();
    virDomainPtr d = create(c, template, n, false), *others = create_all(c, template, 0, n, 4);
    pthread_t thread;
    usleep(500000);
    calls(d, 500, &info, &pair);
    atomic_store(&left, n);
    for (int i = 0; i < n; i++) {
        virDomainPtr other = virDomainLookupByName(open_daemon(), virDomainGetName(others[i]));
        pthread_create(&thread, NULL, destroyer, other);
    }
    calls(d, 0, &info_during, &pair_during);
    emit("info_idle", info, "us");
    emit("info_during", info_during, "us");
    emit("info_growth", info_during / info, "x");
    emit("monitor_idle", pair, "us");
    emit("monitor_during", pair_during, "us");
    emit("monitor_growth", pair_during / pair, "x");
    destroy(d);
    return 0;
}

/* From nothing to the host's capabilities. Whether the daemon has a cache of them, its caller knows, and says. */
static int m_capabilities(const char *template, char **av)
{
    (void)template;
    uint64_t t0 = now_ns();
    virConnectPtr c = open_daemon();
    CHECK(virConnectGetCapabilities(c), "capabilities");
    emit(atoi(av[0]) ? "warm" : "cold", (double)(now_ns() - t0) / 1e6, "ms");
    return 0;
}

int main(int ac, char **av)
{
    static const struct { const char *name; int numbers; int (*run)(const char *, char **); } modes[] = {
        { "cycle", 1, m_cycle }, { "starts", 2, m_starts }, { "memory", 1, m_memory }, { "events", 1, m_events },
        { "bystander", 1, m_bystander }, { "capabilities", 1, m_capabilities },
    };
    virSetErrorFunc(NULL, quiet);
    if (virInitialize() < 0) DIE("libvirt does not start");
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (ac > 2 && !strcmp(av[1], modes[i].name) && ac == modes[i].numbers + 3)
            _exit(modes[i].run(read_file(av[2]), av + 3)); /* not exit: the event loop's thread may be polling */
    DIE("no such mode, or not its number of arguments; see the head of lvqemu.c");
}
