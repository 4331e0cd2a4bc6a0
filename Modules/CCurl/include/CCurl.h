// libcurl, as far as a library that lies behind HTTP is read: ranges of bytes, one after another on a handle.
//
// `curl_easy_setopt` has no types that Swift could call, so the one request that is needed stands here in C.
#pragma once

#include <stddef.h>

typedef struct sizzle_curl sizzle_curl;

// Gets bytes of an answer; less than size * count ends the transfer.
typedef size_t (*sizzle_curl_sink)(char *bytes, size_t size, size_t count, void *context);

// A handle, which keeps its connections; NULL without memory.
sizzle_curl *sizzle_curl_new(void);
void sizzle_curl_free(sizzle_curl *handle);

// Asks for a range ("0-99") of what lies at an address and gives header lines and body to the sinks. Follows redirects.
// Returns 0, or libcurl's number of what went wrong; `status` is HTTP's, 0 without an answer.
int sizzle_curl_get(
    sizzle_curl *handle, const char *address, const char *range, sizzle_curl_sink body, sizzle_curl_sink header, void *context,
    long *status);

// What a number means.
const char *sizzle_curl_words(int code);
