// Preloaded into a process: lets one call of the system fail. FAIL_AT is its number, from 1, among the calls below; FAIL_WITH an errno.
// FAIL_LOG gets a line when it has failed.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_int calls;

static int fails(const char *name) {
    static int at = -1, code, (*opens)(const char *, int, ...);
    if (at < 0) {
        const char *number = getenv("FAIL_AT"), *with = getenv("FAIL_WITH");
        code = with ? atoi(with) : EIO;
        at = number ? atoi(number) : 0;
    }
    if (at == 0 || atomic_fetch_add(&calls, 1) + 1 != at) return 0;
    const char *log = getenv("FAIL_LOG");
    if (!opens) *(void **)&opens = dlsym(RTLD_NEXT, "open");
    int file = log ? opens(log, O_WRONLY | O_CREAT | O_APPEND, 0644) : -1;
    if (file >= 0) {
        // By the raw call: write() is one of ours.
        char line[80];
        int size = snprintf(line, sizeof line, "%s\n", name);
        ssize_t (*writes)(int, const void *, size_t) = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
        if (writes(file, line, (size_t)size) < 0) perror("failing_calls");
        close(file);
    }
    errno = code;
    return 1;
}

#define FAILING(type, name, parameters, arguments)                            \
    type name parameters {                                                    \
        static type(*next) parameters;                                        \
        if (!next) *(void **)&next = dlsym(RTLD_NEXT, #name);                 \
        return fails(#name) ? (type)-1 : next arguments;                      \
    }

FAILING(ssize_t, pwrite64, (int file, const void *bytes, size_t count, off64_t at), (file, bytes, count, at))
FAILING(ssize_t, pwrite, (int file, const void *bytes, size_t count, off_t at), (file, bytes, count, at))
FAILING(int, fsync, (int file), (file))
FAILING(int, syncfs, (int file), (file))
FAILING(int, rename, (const char *from, const char *to), (from, to))
FAILING(int, linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags))
FAILING(int, mkdir, (const char *path, mode_t mode), (path, mode))
FAILING(int, unlinkat, (int folder, const char *path, int flags), (folder, path, flags))
FAILING(int, rmdir, (const char *path), (path))
