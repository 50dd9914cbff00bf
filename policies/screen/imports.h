/*
 * Which modules a source file imports, for C and C++, Python, JavaScript and TypeScript, Go, Rust and Java.
 * Used on the patch's files and, by the repository, on the base's.
 */
#ifndef CUPEL_POLICIES_SCREEN_IMPORTS_H
#define CUPEL_POLICIES_SCREEN_IMPORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "c", "python", "javascript", "go", "rust", "java"; NULL for a path that is none of these. */
const char *imports_language(const char *path);

struct import {
    const char *module; /* as below; borrowed, NUL-terminated */
    uint32_t line;      /* 1-based */
    bool declared;      /* not imported but made here: a Rust `mod` */
    bool local;         /* written as a file of one's own: #include "x.h" */
};

/*
 * Calls `each` for every import. Modules are named: C "sys/stat.h"; Python "os.path" (relative ones are left
 * out); JavaScript the package "lodash", "@scope/name", without "node:" (relative ones are left out); Go the
 * path "net/http"; Rust the crate "serde", or "std::net"; Java the package "java.util".
 */
typedef void (*imports_cb)(const struct import *import, void *data);
void imports_scan(const char *language, const char *bytes, size_t length, imports_cb each, void *data);

/* Is the module part of the language's standard library and without power over network, processes or code? */
bool imports_is_harmless(const char *language, const char *module);

/*
 * The supplier of a module: "numpy" of "numpy.linalg". NULL where the parts differ too much to stand for each
 * other, as in Python's urllib, and where there are no parts. Owned.
 */
char *imports_supplier(const char *language, const char *module);

#endif
