#define _GNU_SOURCE
#include "CFileSystem.h"

#include <fcntl.h>
#include <unistd.h>

int sizzle_open_nameless(const char *folder) { return open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0644); }

ssize_t sizzle_copy_range(int input, int64_t *offset, int output, size_t count) {
    return copy_file_range(input, offset, output, 0, count, 0);
}

int sizzle_sync_file_system(int descriptor) { return syncfs(descriptor); }
