/* A report of a test's evidence, as a document and as its views. */
#ifndef CUPEL_TESTS_REPORT_BUILT_H
#define CUPEL_TESTS_REPORT_BUILT_H

#include "tests/report/case.h"

struct built {
    cJSON *document;       /* canonical tree */
    cJSON *view;           /* with digest, rank, sign_off */
    struct text canonical; /* bytes */
};

/* Takes the evidence over; built_fini() it. */
void built_make(struct evidence *evidence, struct built *built);
void built_fini(struct built *built);

/* "a/0/b" from the root; fails where there is nothing. */
const cJSON *built_at(const cJSON *root, const char *path);
/* What stands there, printed. */
void built_assert(const cJSON *root, const char *path, const char *expected);

/* A recommended candidate with something in every list. */
void built_rich_evidence(struct evidence *evidence);
/* The card, the caller's. Takes the evidence over. */
char *built_render_text(struct evidence *evidence, int width, bool color);

#endif
