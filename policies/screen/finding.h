/* What the rooms of the screen share: adding a finding to the result. */
#ifndef CUPEL_POLICIES_SCREEN_FINDING_H
#define CUPEL_POLICIES_SCREEN_FINDING_H

#include "policies/screen.h"

struct screen {
    const struct screen_input *input; /* borrowed */
    const struct policy *policy;      /* borrowed */
    struct screen_result *result;     /* being filled */
    size_t refusal_capacity, remark_capacity;
};

/*
 * A reason to refuse; a remark where the policy only reports and it is not unsafe. `rule` and the formatted
 * sentence are copied.
 */
void screen_find(struct screen *screen, const char *path, uint32_t line, bool unsafe, const char *rule,
                 const char *format, ...) __attribute__((format(printf, 6, 7)));

/* The rules of policies/screen/imports_rule.c and dependencies.c, for one file. */
void screen_check_imports(struct screen *screen, const struct screen_file *file);
void screen_check_dependencies(struct screen *screen, const struct screen_file *file);

#endif
