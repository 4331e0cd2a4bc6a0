// Loads libarchive when an edition is packed or unpacked: no other command needs it, or the libraries that it pulls in.

#include "include/CArchive.h"

#define LOADED_NAME "libarchive"
#include "../Loading/forward.h"

static const char *const ARCHIVE = "libarchive.so.13";

FORWARD(ARCHIVE, struct archive *, archive_write_new, (void), ())
FORWARD(ARCHIVE, int, archive_write_set_format_pax_restricted, (struct archive *archive), (archive))
FORWARD(ARCHIVE, int, archive_write_set_bytes_in_last_block, (struct archive *archive, int bytes), (archive, bytes))
FORWARD(ARCHIVE, int, archive_write_open_filename, (struct archive *archive, const char *file), (archive, file))
FORWARD(ARCHIVE, int, archive_write_header, (struct archive *archive, struct archive_entry *entry), (archive, entry))
FORWARD(ARCHIVE, la_ssize_t, archive_write_data, (struct archive *archive, const void *data, size_t size), (archive, data, size))
FORWARD(ARCHIVE, int, archive_write_close, (struct archive *archive), (archive))
FORWARD(ARCHIVE, int, archive_write_free, (struct archive *archive), (archive))

FORWARD(ARCHIVE, struct archive *, archive_read_new, (void), ())
FORWARD(ARCHIVE, int, archive_read_support_format_tar, (struct archive *archive), (archive))
FORWARD(ARCHIVE, int, archive_read_open_filename, (struct archive *archive, const char *file, size_t block), (archive, file, block))
FORWARD(ARCHIVE, int, archive_read_next_header, (struct archive *archive, struct archive_entry **entry), (archive, entry))
FORWARD(ARCHIVE, la_ssize_t, archive_read_data, (struct archive *archive, void *data, size_t size), (archive, data, size))
FORWARD(ARCHIVE, int, archive_read_free, (struct archive *archive), (archive))

FORWARD(ARCHIVE, struct archive_entry *, archive_entry_new, (void), ())
FORWARD(ARCHIVE, void, archive_entry_free, (struct archive_entry *entry), (entry))
FORWARD(ARCHIVE, void, archive_entry_set_pathname, (struct archive_entry *entry, const char *name), (entry, name))
FORWARD(ARCHIVE, void, archive_entry_set_size, (struct archive_entry *entry, la_int64_t size), (entry, size))
FORWARD(ARCHIVE, void, archive_entry_set_filetype, (struct archive_entry *entry, unsigned int type), (entry, type))
FORWARD(ARCHIVE, void, archive_entry_set_perm, (struct archive_entry *entry, __LA_MODE_T mode), (entry, mode))
FORWARD(ARCHIVE, const char *, archive_entry_pathname, (struct archive_entry *entry), (entry))
FORWARD(ARCHIVE, const char *, archive_entry_hardlink, (struct archive_entry *entry), (entry))
FORWARD(ARCHIVE, __LA_MODE_T, archive_entry_filetype, (struct archive_entry *entry), (entry))
FORWARD(ARCHIVE, int, archive_entry_sparse_count, (struct archive_entry *entry), (entry))
FORWARD(ARCHIVE, const char *, archive_error_string, (struct archive *archive), (archive))
