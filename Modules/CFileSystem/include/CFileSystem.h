// Calls of Linux that glibc declares only for GNU sources, which Swift's Glibc module is not.
#pragma once

#include <stdint.h>
#include <sys/types.h>

/// A file without a name in `folder`, open for reading and writing; -1 and errno on failure. See open(2), O_TMPFILE.
int sizzle_open_nameless(const char *folder);

/// copy_file_range(2) to the output's own position.
ssize_t sizzle_copy_range(int input, int64_t *offset, int output, size_t count);

/// syncfs(2).
int sizzle_sync_file_system(int descriptor);
