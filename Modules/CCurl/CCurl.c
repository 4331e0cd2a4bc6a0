// Loads libcurl when a library is read over HTTP: no other command needs it, or the libraries that it pulls in.

// The macros that hold options against their types would be in the way of looking the functions up.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_easy_getinfo

#define LOADED_NAME "libcurl"
#include "../Loading/forward.h"
#include "include/CCurl.h"

static const char *const CURL_LIBRARY = "libcurl.so.4";

FORWARD(CURL_LIBRARY, CURLcode, curl_global_init, (long flags), (flags))
FORWARD(CURL_LIBRARY, CURL *, curl_easy_init, (void), ())
FORWARD(CURL_LIBRARY, void, curl_easy_reset, (CURL *handle), (handle))
FORWARD(CURL_LIBRARY, CURLcode, curl_easy_perform, (CURL *handle), (handle))
FORWARD(CURL_LIBRARY, void, curl_easy_cleanup, (CURL *handle), (handle))
FORWARD(CURL_LIBRARY, const char *, curl_easy_strerror, (CURLcode code), (code))

sizzle_curl *sizzle_curl_new(void) {
    // Safe from any thread since libcurl 7.84, and nothing at all after the first time.
    return curl_global_init(CURL_GLOBAL_ALL) == CURLE_OK ? (sizzle_curl *)curl_easy_init() : NULL;
}

void sizzle_curl_free(sizzle_curl *handle) { curl_easy_cleanup((CURL *)handle); }

const char *sizzle_curl_words(int code) { return curl_easy_strerror((CURLcode)code); }

int sizzle_curl_get(
    sizzle_curl *handle, const char *address, const char *range, sizzle_curl_sink body, sizzle_curl_sink header, void *context,
    long *status) {
    CURLcode (*set)(CURL *, CURLoption, ...) = (CURLcode(*)(CURL *, CURLoption, ...))address_of(CURL_LIBRARY, "curl_easy_setopt");
    CURLcode (*get)(CURL *, CURLINFO, ...) = (CURLcode(*)(CURL *, CURLINFO, ...))address_of(CURL_LIBRARY, "curl_easy_getinfo");
    CURL *curl = (CURL *)handle;
    curl_easy_reset(curl);
    set(curl, CURLOPT_URL, address);
    set(curl, CURLOPT_RANGE, range);
    set(curl, CURLOPT_WRITEFUNCTION, body);
    set(curl, CURLOPT_WRITEDATA, context);
    set(curl, CURLOPT_HEADERFUNCTION, header);
    set(curl, CURLOPT_HEADERDATA, context);
    set(curl, CURLOPT_FOLLOWLOCATION, 1L);
    set(curl, CURLOPT_MAXREDIRS, 5L);
    // A redirect must not lead to a file or to another protocol.
    set(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    set(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    set(curl, CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL);
    set(curl, CURLOPT_USERAGENT, "sizzle");
    set(curl, CURLOPT_NOSIGNAL, 1L);
    set(curl, CURLOPT_CONNECTTIMEOUT, 10L);
    // Whoever sends nothing for half a minute is gone.
    set(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(curl, CURLOPT_LOW_SPEED_TIME, 30L);
    CURLcode code = curl_easy_perform(curl);
    *status = 0;
    get(curl, CURLINFO_RESPONSE_CODE, status);
    return (int)code;
}
