/* The least code that could do the same: what the machine itself costs, with nothing around it.
 *
 *     floor info SECONDS                a look-up by UUID, two locks, a copy, the clock
 *     floor list N                      handles for N domains
 *     floor lookups N                   a look-up by number and by UUID among N, and a handle
 *     floor document FILE N             libxml2: parse, and serialise
 *     floor deliveries CALLBACKS EVENTS events through a queue to another thread, then plain calls
 *     floor latency N                   an event through an eventfd to a thread that sleeps in poll */
#include "bench.h"
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <poll.h>
#include <sys/eventfd.h>

struct info { uint8_t state; uint64_t max_memory, memory, cpu_time; uint16_t vcpus; };
struct domain { uint8_t uuid[16]; char name[24]; int id; pthread_mutex_t lock; struct info info; struct domain *next; };
struct handle { char *name; int id; uint8_t uuid[16]; };

static struct domain *domains, **buckets;
static size_t mask;
static pthread_mutex_t host = PTHREAD_MUTEX_INITIALIZER;

static uint64_t hash(const uint8_t *uuid)
{
    uint64_t a, b;
    memcpy(&a, uuid, 8);
    memcpy(&b, uuid + 8, 8);
    a ^= b * 0x9E3779B97F4A7C15ull;
    a ^= a >> 29;
    a *= 0xBF58476D1CE4E5B9ull;
    return a ^ (a >> 32);
}
static void make_domains(int n)
{
    for (mask = 16; mask < (size_t)n * 2; mask *= 2) {}
    domains = calloc((size_t)n, sizeof *domains);
    buckets = calloc(mask--, sizeof *buckets);
    for (int i = 0; i < n; i++) {
        struct domain *d = &domains[i];
        snprintf(d->name, sizeof d->name, "dom-%06d", i);
        uint64_t half = hash((uint8_t *)d->name);
        memcpy(d->uuid, &half, 8);
        memcpy(d->uuid + 8, &i, 4);
        pthread_mutex_init(&d->lock, NULL);
        d->id = i;
        d->info.state = 1;
        struct domain **bucket = &buckets[hash(d->uuid) & mask];
        d->next = *bucket;
        *bucket = d;
    }
}
static struct domain *find(const uint8_t *uuid)
{
    struct domain *d = buckets[hash(uuid) & mask];
    while (d && memcmp(d->uuid, uuid, 16)) d = d->next;
    return d;
}
static struct handle *handle_of(struct domain *d)
{
    struct handle *h = malloc(sizeof *h);
    h->name = strdup(d->name);
    h->id = d->id;
    memcpy(h->uuid, d->uuid, 16);
    return h;
}
static void free_handle(struct handle *h) { free(h->name); free(h); }

static int m_info(char **av)
{
    make_domains(1);
    uint64_t calls = 0, start = now_ns(), end = start + (uint64_t)(atof(av[0]) * 1e9), now;
    volatile uint64_t sink = 0;
    do {
        for (int i = 0; i < 256; i++) {
            pthread_mutex_lock(&host);
            struct domain *d = find(domains[0].uuid);
            pthread_mutex_lock(&d->lock);
            pthread_mutex_unlock(&host);
            struct info copy = d->info;
            copy.cpu_time = clock_ns(CLOCK_REALTIME);
            pthread_mutex_unlock(&d->lock);
            sink += copy.cpu_time + copy.state;
        }
        calls += 256;
        now = now_ns();
    } while (now < end);
    emit("info", (double)(now - start) / (double)calls, "ns");
    return 0;
}
static int m_list(char **av)
{
    int n = atoi(av[0]);
    make_domains(n);
    uint64_t times[31];
    for (int k = 0; k < 31; k++) {
        uint64_t t0 = now_ns();
        struct handle **all = malloc(sizeof *all * (size_t)n);
        for (int i = 0; i < n; i++) all[i] = handle_of(&domains[i]);
        times[k] = now_ns() - t0;
        for (int i = 0; i < n; i++) free_handle(all[i]);
        free(all);
    }
    emit("list_all", quantile(times, 31, .5) / 1e6, "ms");
    return 0;
}
static int m_lookups(char **av)
{
    int n = atoi(av[0]);
    make_domains(n);
    const int calls = 2000000;
    for (int by_uuid = 0; by_uuid < 2; by_uuid++) {
        uint64_t t0 = now_ns();
        for (int i = 0; i < calls; i++) {
            struct domain *wanted = &domains[(long)i * 7919 % n];
            pthread_mutex_lock(&host);
            struct domain *d = by_uuid ? find(wanted->uuid) : wanted;
            pthread_mutex_unlock(&host);
            struct handle *volatile h = handle_of(d);
            free_handle(h);
        }
        emit(by_uuid ? "lookup_uuid" : "lookup_id", (double)(now_ns() - t0) / calls, "ns");
    }
    return 0;
}
static int m_document(char **av)
{
    static char text[1 << 20];
    FILE *f = fopen(av[0], "r");
    if (!f) DIE("%s: %s", av[0], strerror(errno));
    size_t length = fread(text, 1, sizeof text, f);
    fclose(f);
    int n = atoi(av[1]);
    uint64_t *parse = malloc(8 * (size_t)n), *dump = malloc(8 * (size_t)n);
    for (int i = 0; i < n; i++) {
        uint64_t t0 = now_ns();
        xmlDocPtr tree = xmlReadMemory(text, (int)length, "document", NULL, XML_PARSE_NONET);
        uint64_t t1 = now_ns();
        xmlChar *out;
        int out_length;
        xmlDocDumpFormatMemory(tree, &out, &out_length, 1);
        uint64_t t2 = now_ns();
        parse[i] = t1 - t0;
        dump[i] = t2 - t1;
        xmlFree(out);
        xmlFreeDoc(tree);
    }
    double parsed = quantile(parse, (size_t)n, .5) / 1e3;
    emit("define", parsed, "us");
    emit("parse", parsed, "us");
    emit("dump", quantile(dump, (size_t)n, .5) / 1e3, "us");
    return 0;
}

/* ---- a queue and a thread ---- */
struct event { uint64_t time; uint8_t uuid[16]; char name[24]; };
typedef void (*callback)(struct event *);
static int descriptor, callbacks;
static callback *registered;
static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static struct event *queue;
static size_t queued, capacity;
static atomic_ulong delivered;
static sem_t seen;
static _Atomic uint64_t seen_at;

static void count(struct event *e) { (void)e; atomic_fetch_add_explicit(&delivered, 1, memory_order_relaxed); }
static void stamp(struct event *e) { (void)e; atomic_store(&seen_at, now_ns()); sem_post(&seen); }
static void *deliver(void *unused)
{
    (void)unused;
    struct pollfd waiting = { descriptor, POLLIN, 0 };
    struct event *spare = NULL;
    size_t spare_capacity = 0;
    for (;;) {
        uint64_t rung;
        poll(&waiting, 1, -1);
        if (read(descriptor, &rung, 8) < 0) continue;
        pthread_mutex_lock(&queue_lock);
        struct event *batch = queue;
        size_t n = queued, batch_capacity = capacity;
        queue = spare;
        capacity = spare_capacity;
        queued = 0;
        pthread_mutex_unlock(&queue_lock);
        for (size_t i = 0; i < n; i++)
            for (int k = 0; k < callbacks; k++) registered[k](&batch[i]);
        spare = batch;
        spare_capacity = batch_capacity;
    }
    return NULL;
}
static void start(int n, callback function)
{
    callbacks = n;
    registered = malloc(sizeof *registered * (size_t)n);
    for (int i = 0; i < n; i++) registered[i] = function;
    descriptor = eventfd(0, 0);
    sem_init(&seen, 0, 0);
    pthread_t thread;
    pthread_create(&thread, NULL, deliver, NULL);
}
static void push(void)
{
    pthread_mutex_lock(&queue_lock);
    if (queued == capacity) {
        capacity = capacity ? capacity * 2 : 256;
        queue = realloc(queue, capacity * sizeof *queue);
    }
    queue[queued] = (struct event){ .time = 0, .uuid = { 1 }, .name = "test" };
    bool ring = queued++ == 0;
    pthread_mutex_unlock(&queue_lock);
    uint64_t one = 1;
    if (ring && write(descriptor, &one, 8) < 0) DIE("eventfd: %s", strerror(errno));
}
static int m_deliveries(char **av)
{
    int n = atoi(av[0]), events = atoi(av[1]);
    unsigned long all = (unsigned long)n * (unsigned long)events;
    start(n, count);
    uint64_t t0 = now_ns();
    for (int i = 0; i < events; i++) push();
    while (atomic_load(&delivered) < all) usleep(20);
    emit("callbacks_per_s", (double)all / ((double)(now_ns() - t0) / 1e9), "1/s");
    return 0;
}
static int m_latency(char **av)
{
    int n = atoi(av[0]);
    uint64_t *times = malloc(8 * (size_t)n);
    start(1, stamp);
    for (int i = -20; i < n; i++) {
        uint64_t t0 = now_ns();
        push();
        while (sem_wait(&seen) < 0) {}
        if (i >= 0) times[i] = atomic_load(&seen_at) - t0;
        usleep(100);
    }
    emit("p50", quantile(times, (size_t)n, .5) / 1e3, "us");
    emit("p99", quantile(times, (size_t)n, .99) / 1e3, "us");
    return 0;
}

int main(int ac, char **av)
{
    static const struct { const char *name; int arguments; int (*run)(char **); } modes[] = {
        { "info", 1, m_info }, { "list", 1, m_list }, { "lookups", 1, m_lookups }, { "document", 2, m_document },
        { "deliveries", 2, m_deliveries }, { "latency", 1, m_latency },
    };
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (ac > 1 && !strcmp(av[1], modes[i].name) && ac == modes[i].arguments + 2) _exit(modes[i].run(av + 2));
    DIE("no such mode, or not its number of arguments; see the head of floor.c");
}
