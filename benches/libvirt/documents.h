/* What the programs that call libvirt share: errors, opening, documents made of a template. */
#ifndef DOCUMENTS_H
#define DOCUMENTS_H
#include "bench.h"
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

static void quiet(void *opaque, virErrorPtr error) { (void)opaque; (void)error; }
#define CHECK(condition, what) do { if (!(condition)) DIE("%s: %s", what, virGetLastErrorMessage()); } while (0)

static virConnectPtr open_uri(const char *uri)
{
    virConnectPtr c = virConnectOpen(uri);
    CHECK(c, "open");
    return c;
}

static char *read_file(const char *path)
{
    FILE *f = fopen(path, "r");
    if (!f) DIE("%s: %s", path, strerror(errno));
    char *text = calloc(1, 1 << 20);
    fread(text, 1, (1 << 20) - 1, f);
    fclose(f);
    return text;
}
static void uuid_text(int i, char *out) { sprintf(out, "%08x-1111-4222-8333-%012x", 0xabc00000u + (unsigned)i, i); }
static char *document(const char *template, int i)
{
    char *out = malloc(strlen(template) * 2 + 256), *to = out;
    for (const char *at = template; *at;) {
        if (!strncmp(at, "@NAME@", 6)) { to += sprintf(to, "dom-%06d", i); at += 6; }
        else if (!strncmp(at, "@UUID@", 6)) { uuid_text(i, to); to += 36; at += 6; }
        else *to++ = *at++;
    }
    *to = 0;
    return out;
}
#endif
