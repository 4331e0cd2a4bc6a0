// libarchive's own declarations. Its functions are looked up when they are first called: see CArchive.c.
#pragma once

#include <archive.h>
#include <archive_entry.h>
