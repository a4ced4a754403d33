/* What src/workload/ does with Omnivirt, done with libvirt's C API in process: the same modes, arguments and metrics.
 *
 *     lvbench MODE ARGUMENTS...
 *
 * TEMPLATE is a file in which @NAME@ (every one) and @UUID@ are replaced. */
#include "documents.h"
#include <sys/mman.h>

static const char *DEFAULT = "test:///default";

static virDomainPtr add(virConnectPtr c, const char *xml, bool create)
{
    virDomainPtr d = create ? virDomainCreateXML(c, xml, 0) : virDomainDefineXML(c, xml);
    CHECK(d, "add a domain");
    return d;
}
static virDomainPtr *add_many(virConnectPtr c, const char *template, int from, int to, bool create)
{
    virDomainPtr *all = malloc(sizeof *all * (size_t)(to - from));
    for (int i = from; i < to; i++) {
        char *xml = document(template, i);
        all[i - from] = add(c, xml, create);
        free(xml);
    }
    return all;
}

/* info SECONDS: one call after the other on one thread */
static int m_info(char **av)
{
    virConnectPtr c = open_uri(DEFAULT);
    virDomainPtr d = virDomainLookupByName(c, "test");
    CHECK(d, "look up");
    virDomainInfo info;
    uint64_t calls = 0, start = now_ns(), end = start + (uint64_t)(atof(av[0]) * 1e9), now;
    do {
        for (int i = 0; i < 256; i++) CHECK(virDomainGetInfo(d, &info) == 0, "info");
        calls += 256;
        now = now_ns();
    } while (now < end);
    emit("info", (double)(now - start) / (double)calls, "ns");
    return 0;
}

/* document TEMPLATE N: define, then dump, N times */
static int m_document(char **av)
{
    int n = atoi(av[1]);
    virConnectPtr c = open_uri(DEFAULT);
    char *xml = document(read_file(av[0]), 1);
    uint64_t *define = malloc(8 * (size_t)n), *dump = malloc(8 * (size_t)n);
    for (int i = -50; i < n; i++) {
        uint64_t t0 = now_ns();
        virDomainPtr d = add(c, xml, false);
        uint64_t t1 = now_ns();
        char *out = virDomainGetXMLDesc(d, 0);
        uint64_t t2 = now_ns();
        CHECK(out, "dump");
        if (i >= 0) { define[i] = t1 - t0; dump[i] = t2 - t1; }
        free(out);
        virDomainFree(d);
    }
    emit("define", quantile(define, (size_t)n, .5) / 1e3, "us");
    emit("dump", quantile(dump, (size_t)n, .5) / 1e3, "us");
    return 0;
}

/* scale TEMPLATE N: define N domains, then list them */
static int m_scale(char **av)
{
    char *template = read_file(av[0]);
    int n = atoi(av[1]), tenth = n / 10;
    virConnectPtr c = open_uri(DEFAULT);
    char **xml = malloc(sizeof *xml * (size_t)n);
    for (int i = 0; i < n; i++) xml[i] = document(template, i);
    virDomainPtr *keep = malloc(sizeof *keep * (size_t)n);
    uint64_t t0 = now_ns(), first = 0, last = 0;
    for (int i = 0; i < n; i++) {
        if (i == tenth) first = now_ns() - t0;
        if (i == n - tenth) last = now_ns();
        keep[i] = add(c, xml[i], false);
    }
    uint64_t end = now_ns();
    emit("define_all", (double)(end - t0) / 1e6, "ms");
    emit("define_growth", (double)(end - last) / (double)first, "x");
    uint64_t list[15];
    for (int k = 0; k < 15; k++) {
        virDomainPtr *all;
        t0 = now_ns();
        int found = virConnectListAllDomains(c, &all, 0);
        list[k] = now_ns() - t0;
        if (found < n) DIE("the list has %d domains", found);
        for (int i = 0; i < found; i++) virDomainFree(all[i]);
        free(all);
    }
    emit("list_all", quantile(list, 15, .5) / 1e6, "ms");
    return 0;
}

/* lookups TEMPLATE FEW MANY: look-ups among few running domains, then among many */
enum { BY_ID, BY_NAME, BY_UUID };
static double look_up(virConnectPtr c, virDomainPtr *domains, int n, int by)
{
    enum { MOST_BATCHES = 100000, BATCH = 50 };
    static uint64_t times[MOST_BATCHES];
    int b = 0;
    for (uint64_t end = now_ns() + 400000000ull; b < MOST_BATCHES && now_ns() < end; b++) {
        int id[BATCH];
        const char *name[BATCH];
        unsigned char uuid[BATCH][VIR_UUID_BUFLEN];
        for (int k = 0; k < BATCH; k++) {
            virDomainPtr d = domains[(long)(b * BATCH + k) * 7919 % n];
            id[k] = (int)virDomainGetID(d);
            name[k] = virDomainGetName(d);
            virDomainGetUUID(d, uuid[k]);
        }
        uint64_t t0 = now_ns();
        for (int k = 0; k < BATCH; k++) {
            virDomainPtr d = by == BY_ID ? virDomainLookupByID(c, id[k])
                : by == BY_NAME ? virDomainLookupByName(c, name[k]) : virDomainLookupByUUID(c, uuid[k]);
            CHECK(d, "look up");
            virDomainFree(d);
        }
        times[b] = (now_ns() - t0) / BATCH;
    }
    return quantile(times, (size_t)b, .5);
}
static int m_lookups(char **av)
{
    static const char *names[] = { "id", "name", "uuid" };
    char *template = read_file(av[0]), metric[64];
    int counts[] = { atoi(av[1]), atoi(av[2]) }, have = 0;
    double found[2][3];
    virConnectPtr c = open_uri(DEFAULT);
    virDomainPtr *domains = malloc(sizeof *domains * (size_t)counts[1]);
    for (int k = 0; k < 2; k++) {
        virDomainPtr *more = add_many(c, template, have, counts[k], true);
        memcpy(domains + have, more, sizeof *more * (size_t)(counts[k] - have));
        have = counts[k];
        for (int by = 0; by < 3; by++) found[k][by] = look_up(c, domains, have, by);
    }
    for (int by = 0; by < 3; by++) {
        sprintf(metric, "lookup_%s", names[by]);
        emit(metric, found[1][by], "ns");
        sprintf(metric, "lookup_%s_growth", names[by]);
        emit(metric, found[1][by] / found[0][by], "x");
    }
    return 0;
}

/* memory TEMPLATE N: what N defined domains take */
static int m_memory(char **av)
{
    char *template = read_file(av[0]);
    int n = atoi(av[1]);
    virConnectPtr c = open_uri(DEFAULT);
    long before = status_kib("VmRSS");
    for (int i = 0; i < n; i++) {
        char *xml = document(template, i);
        virDomainFree(add(c, xml, false));
        free(xml);
    }
    emit("per_domain", (double)(status_kib("VmRSS") - before) / n, "KiB");
    emit("peak", (double)status_kib("VmHWM"), "KiB");
    return 0;
}

/* open URI N: open and close */
static int m_open(char **av)
{
    int n = atoi(av[1]);
    uint64_t *times = malloc(8 * (size_t)n);
    for (int i = 0; i < n; i++) {
        uint64_t t0 = now_ns();
        virConnectPtr c = open_uri(av[0]);
        times[i] = now_ns() - t0;
        virConnectClose(c);
    }
    emit("open", quantile(times, (size_t)n, .5) / 1e6, "ms");
    return 0;
}

/* ---- events ---- */
static void *event_loop(void *unused)
{
    (void)unused;
    for (;;) CHECK(virEventRunDefaultImpl() == 0, "event loop");
    return NULL;
}
static void start_event_loop(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, event_loop, NULL);
}
static atomic_ulong delivered;
static int count(virConnectPtr c, virDomainPtr d, int event, int detail, void *opaque)
{
    (void)c; (void)d; (void)event; (void)detail; (void)opaque;
    atomic_fetch_add_explicit(&delivered, 1, memory_order_relaxed);
    return 0;
}
static void wait_delivered(unsigned long wanted)
{
    unsigned long before = atomic_load(&delivered);
    uint64_t since = now_ns();
    while (atomic_load(&delivered) < wanted) {
        usleep(50);
        if (atomic_load(&delivered) != before) { before = atomic_load(&delivered); since = now_ns(); }
        else if (now_ns() - since > 5000000000ull) DIE("%lu of %lu callbacks came", before, wanted);
    }
}
/* libvirt 9.0.0 refuses the same function twice on one connection without a domain to filter by, whatever the opaque:
 * so each registration is given a function of its own, which jumps to the one that counts. */
static void *own_function(int i, void *target)
{
    static uint8_t *code;
    if (!code) {
        code = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (code == MAP_FAILED) DIE("mmap: %s", strerror(errno));
    }
    if (i >= (1 << 20) / 16) DIE("too many registrations");
    uint8_t *p = code + 16 * i;
#if defined(__x86_64__)
    p[0] = 0x48; p[1] = 0xb8; memcpy(p + 2, &target, 8); p[10] = 0xff; p[11] = 0xe0; /* movabs $target,%rax; jmp *%rax */
#elif defined(__aarch64__)
    uint32_t jump[2] = { 0x58000050, 0xd61f0200 }; /* ldr x16, #8; br x16 */
    memcpy(p, jump, 8); memcpy(p + 8, &target, 8); __builtin___clear_cache((char *)p, (char *)p + 16);
#else
#error "write a jump for this CPU"
#endif
    return p;
}
static int register_for(virConnectPtr c, virDomainPtr d, void *function)
{
    int id = virConnectDomainEventRegisterAny(c, d, VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(function), NULL, NULL);
    CHECK(id >= 0, "register");
    return id;
}
static void suspend_and_resume(virDomainPtr d) { CHECK(virDomainSuspend(d) == 0 && virDomainResume(d) == 0, "suspend and resume"); }
static virConnectPtr open_with_events(virDomainPtr *test)
{
    virEventRegisterDefaultImpl();
    virConnectPtr c = open_uri(DEFAULT);
    *test = virDomainLookupByName(c, "test");
    CHECK(*test, "look up");
    return c;
}

/* deliveries CALLBACKS PAIRS: every event goes to every callback */
static int m_deliveries(char **av)
{
    int callbacks = atoi(av[0]), pairs = atoi(av[1]);
    virDomainPtr test;
    virConnectPtr c = open_with_events(&test);
    start_event_loop();
    for (int i = 0; i < callbacks; i++) register_for(c, NULL, own_function(i, count));
    for (int i = 0; i < 20; i++) suspend_and_resume(test);
    wait_delivered(40ul * (unsigned)callbacks);
    uint64_t t0 = now_ns(), cpu0 = cpu_ns();
    for (int i = 0; i < pairs; i++) suspend_and_resume(test);
    unsigned long n = 2ul * (unsigned)pairs * (unsigned)callbacks;
    wait_delivered(40ul * (unsigned)callbacks + n);
    emit("callbacks_per_s", (double)n / ((double)(now_ns() - t0) / 1e9), "1/s");
    emit("cpu_per_event", (double)(cpu_ns() - cpu0) / (2.0 * pairs) / 1e3, "us");
    return 0;
}

/* others TEMPLATE REGISTRATIONS PAIRS: CPU an event that one registration gets, without and with others for other domains */
static double cpu_per_event(virDomainPtr test, int pairs)
{
    unsigned long warm = atomic_load(&delivered) + 200;
    for (int i = 0; i < 100; i++) suspend_and_resume(test);
    wait_delivered(warm);
    uint64_t cpu0 = cpu_ns();
    for (int i = 0; i < pairs; i++) suspend_and_resume(test);
    wait_delivered(warm + 2ul * (unsigned)pairs);
    return (double)(cpu_ns() - cpu0) / (2.0 * pairs) / 1e3;
}
static int m_others(char **av)
{
    int n = atoi(av[1]), pairs = atoi(av[2]);
    virDomainPtr test;
    virConnectPtr c = open_with_events(&test);
    virDomainPtr *others = add_many(c, read_file(av[0]), 0, n, false);
    start_event_loop();
    register_for(c, test, count);
    double one = cpu_per_event(test, pairs);
    for (int i = 0; i < n; i++) register_for(c, others[i], count);
    double many = cpu_per_event(test, pairs);
    emit("cpu_one", one, "us");
    emit("cpu_many", many, "us");
    emit("growth", many / one, "x");
    return 0;
}

/* register N: N registrations for everything */
static int m_register(char **av)
{
    int n = atoi(av[0]), tenth = n / 10;
    virDomainPtr test;
    virConnectPtr c = open_with_events(&test);
    start_event_loop();
    uint64_t t0 = now_ns(), first = 0, last = 0;
    for (int i = 0; i < n; i++) {
        if (i == tenth) first = now_ns() - t0;
        if (i == n - tenth) last = now_ns();
        register_for(c, NULL, own_function(i, count));
    }
    uint64_t end = now_ns();
    emit("register_all", (double)(end - t0) / 1e6, "ms");
    emit("register_growth", (double)(end - last) / (double)first, "x");
    return 0;
}

/* latency N: from the call to the callback, with the caller blocked until it has come */
static sem_t seen;
static _Atomic uint64_t seen_at;
static int stamp(virConnectPtr c, virDomainPtr d, int event, int detail, void *opaque)
{
    (void)c; (void)d; (void)event; (void)detail; (void)opaque;
    atomic_store(&seen_at, now_ns());
    sem_post(&seen);
    return 0;
}
static int m_latency(char **av)
{
    int n = atoi(av[0]);
    uint64_t *times = malloc(8 * (size_t)n);
    virDomainPtr test;
    virConnectPtr c = open_with_events(&test);
    sem_init(&seen, 0, 0);
    start_event_loop();
    register_for(c, NULL, stamp);
    for (int i = -20; i < n; i++) {
        uint64_t t0 = now_ns();
        CHECK((i & 1 ? virDomainResume(test) : virDomainSuspend(test)) == 0, "suspend or resume");
        while (sem_wait(&seen) < 0) {}
        if (i >= 0) times[i] = atomic_load(&seen_at) - t0;
        usleep(100);
    }
    emit("p50", quantile(times, (size_t)n, .5) / 1e3, "us");
    emit("p99", quantile(times, (size_t)n, .99) / 1e3, "us");
    return 0;
}

/* backlog EVENTS: what waits for a reader that never reads */
static int m_backlog(char **av)
{
    int events = atoi(av[0]);
    virDomainPtr test;
    virConnectPtr c = open_with_events(&test);
    register_for(c, NULL, count);
    for (int i = 0; i < 1000; i++) suspend_and_resume(test);
    long before = status_kib("VmRSS");
    for (int i = 0; i < events / 2; i++) suspend_and_resume(test);
    emit("growth", (double)(status_kib("VmRSS") - before), "KiB");
    return 0;
}

int main(int ac, char **av)
{
    static const struct { const char *name; int arguments; int (*run)(char **); } modes[] = {
        { "info", 1, m_info }, { "document", 2, m_document }, { "scale", 2, m_scale }, { "lookups", 3, m_lookups },
        { "memory", 2, m_memory }, { "open", 2, m_open }, { "deliveries", 2, m_deliveries }, { "others", 3, m_others },
        { "register", 1, m_register }, { "latency", 1, m_latency }, { "backlog", 1, m_backlog },
    };
    virSetErrorFunc(NULL, quiet);
    if (virInitialize() < 0) DIE("libvirt does not start");
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (ac > 1 && !strcmp(av[1], modes[i].name) && ac == modes[i].arguments + 2)
            _exit(modes[i].run(av + 2)); /* not exit: the event loop's thread may be polling */
    DIE("no such mode, or not its number of arguments; see the comments in lvbench.c");
}
