// Functions of a shared library that is loaded when the first of them is called, and not when the process starts.
//
// LOADED_NAME is what people know the library by. Each FORWARD has the library's own prototype (the compiler holds it against the
// headers), looks up its namesake once, and passes the call on.
#pragma once

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

// The address of a function. Without it nothing can go on: the process ends like any command that lacks what it needs.
static void *address_of(const char *library, const char *name) {
    void *handle = dlopen(library, RTLD_LAZY | RTLD_LOCAL);
    void *address = handle ? dlsym(handle, name) : NULL;
    if (!address) {
        fprintf(stderr, "error: %s of " LOADED_NAME " cannot be used: %s; install it\n", library, dlerror());
        exit(69);
    }
    return address;
}

// Several threads may look a function up at once: all find the same address.
#define FORWARD(LIBRARY, type, name, parameters, arguments)                                  \
    __attribute__((visibility("hidden"))) type name parameters {                              \
        static _Atomic(void *) known;                                                         \
        void *address = atomic_load_explicit(&known, memory_order_acquire);                   \
        if (!address) {                                                                       \
            address = address_of(LIBRARY, #name);                                             \
            atomic_store_explicit(&known, address, memory_order_release);                     \
        }                                                                                     \
        return ((__typeof__(name) *)address)arguments;                                        \
    }
