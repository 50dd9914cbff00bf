/*
 * Lines that stand for code that was left out: `...`, `// ... existing code ...`, `# rest of the file
 * unchanged`. Among added lines they are no code; among the others they can't be found in a file.
 */
#ifndef CUPEL_POLICIES_PATCH_PLACEHOLDER_H
#define CUPEL_POLICIES_PATCH_PLACEHOLDER_H

#include "policies/patch.h"

/*
 * Does this line of a file of that name stand for left-out code? Prose files have no such lines, and where a
 * bare `...` is code (Python) or a mark (YAML) it is none.
 */
bool patch_is_placeholder(const char *path, const char *bytes, size_t length);

/* ERR_INVALID naming the first added line of that sort that the same hunk does not also remove. */
WARN_UNUSED int patch_check_placeholders(const struct patch *patch, const char *name, struct err *err);

#endif
