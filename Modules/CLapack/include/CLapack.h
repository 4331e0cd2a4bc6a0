// LAPACK, as far as symmetric positive definite systems go: factor, solve, invert.
//
// There is no header that all of its builds share, so the prototypes stand here: reference LAPACK 3.x in double
// precision. The matrix is square, a column after the other, and only the triangle that `uplo` names is read or
// written. Fortran passes all by address, and the length of a text after all other arguments.
#pragma once

#include <stddef.h>

// Why the library cannot be used, in words, or NULL when it can. Ask first: without it the functions below end the
// process.
const char *sizzle_lapack_fault(const char *library);
extern const char *const sizzle_lapack_library;

// A = U'U or LL'. `info` is 0, or the order of the first minor that is not positive.
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t uplo_length);
// Solves AX = B with the factor of dpotrf_, in the place of B.
void dpotrs_(
    const char *uplo, const int *n, const int *nrhs, const double *a, const int *lda, double *b, const int *ldb,
    int *info, size_t uplo_length);
// The inverse of A from the factor of dpotrf_, in its place.
void dpotri_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t uplo_length);
