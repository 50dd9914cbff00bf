/* Builds of the base with another layout: what each changes of the build. */
#include "orchestrator/settings/parts.h"

#include "base/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define VARIANTS_NAME_MAX 40 /* bytes */

static const char *const variants_keys[] = {"name", "environment", "build", NULL};

/* It names a folder and a log, and stands in sentences. */
static bool variants_is_name(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > VARIANTS_NAME_MAX || !isalnum((unsigned char)*name))
        return false;
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && !strchr("-_.", *name))
            return false;
    return true;
}

static int variants_read_name(struct layout_variant *variant, const struct json_file *file,
                              const struct json_value *row, struct err *err)
{
    const char *name;
    const struct json_value *value = json_find(row, "name");
    if (!value)
        return json_complain(file, row, err, "has no \"name\"");
    if (json_want_string(file, value, &name, err) < 0)
        return err->code;
    if (!variants_is_name(name))
        return json_complain(file, value, err,
                             "must be 1 to %d letters, digits, '-', '_' or '.', and begin with one of the "
                             "first two",
                             VARIANTS_NAME_MAX);
    variant->name = memory_copy_string(name);
    return 0;
}

static int variants_read_one(struct layout_variant *variant, const struct json_file *file,
                             const struct json_value *row, struct err *err)
{
    if (json_want_object(file, row, err) < 0 || json_check_keys(file, row, variants_keys, err) < 0 ||
        variants_read_name(variant, file, row, err) < 0 ||
        configuration_read_variables(&variant->environment, file, json_find(row, "environment"), err) < 0 ||
        configuration_read_commands(&variant->build, file, json_find(row, "build"), err) < 0)
        return err->code;
    if (!variant->environment[0] && variant->build.count == 0)
        return json_complain(file, row, err,
                             "changes nothing: it needs an \"environment\" or a \"build\" of its own");
    return 0;
}

int variants_read(struct configuration *configuration, const struct json_file *file,
                  const struct json_value *root, struct err *err)
{
    const struct json_value *value = json_find(root, "layout_variants");
    if (!value)
        return 0;
    if (json_want_array(file, value, err) < 0)
        return err->code;
    size_t count = json_count(value);
    if (count > VARIANTS_MOST)
        return json_complain(file, value, err, "has %zu variants; at most %d are possible", count,
                             VARIANTS_MOST);
    if (count > 0 && configuration->build.count == 0)
        return json_complain(file, value, err, "needs a \"build\": what isn't built has no layout to vary");
    configuration->variants = memory_zeroed((count + 1) * sizeof *configuration->variants);
    for (size_t i = 0; i < count; i++) {
        const struct json_value *row = json_element(value, i);
        struct layout_variant *variant = &configuration->variants[configuration->variant_count++];
        if (variants_read_one(variant, file, row, err) < 0)
            return err->code;
        for (size_t j = 0; j < i; j++)
            if (strcmp(configuration->variants[j].name, variant->name) == 0)
                return json_complain(file, row, err, "is the second variant named \"%s\"", variant->name);
    }
    return 0;
}

void layout_variant_fini(struct layout_variant *variant)
{
    free(variant->name);
    json_free_strings(variant->environment);
    command_list_fini(&variant->build);
}
