// Loads OpenBLAS when something is learnt from a log: no other command needs it, or the threads that it starts.

#include "include/CLapack.h"

#define LOADED_NAME "OpenBLAS"
#include "../Loading/forward.h"

const char *const sizzle_lapack_library = "libopenblas.so.0";

const char *sizzle_lapack_fault(const char *library) {
    void *handle = dlopen(library, RTLD_LAZY | RTLD_LOCAL);
    if (!handle) return dlerror();
    // A build of the library may come without LAPACK; then this one is missing like the others.
    return dlsym(handle, "dpotri_") ? NULL : dlerror();
}

FORWARD(
    sizzle_lapack_library, void, dpotrf_,
    (const char *uplo, const int *n, double *a, const int *lda, int *info, size_t uplo_length),
    (uplo, n, a, lda, info, uplo_length))
FORWARD(
    sizzle_lapack_library, void, dpotrs_,
    (const char *uplo, const int *n, const int *nrhs, const double *a, const int *lda, double *b, const int *ldb,
     int *info, size_t uplo_length),
    (uplo, n, nrhs, a, lda, b, ldb, info, uplo_length))
FORWARD(
    sizzle_lapack_library, void, dpotri_,
    (const char *uplo, const int *n, double *a, const int *lda, int *info, size_t uplo_length),
    (uplo, n, a, lda, info, uplo_length))
