/* Parts of cupel.json that several keys share; configuration.h is what others include. */
#ifndef CUPEL_ORCHESTRATOR_SETTINGS_PARTS_H
#define CUPEL_ORCHESTRATOR_SETTINGS_PARTS_H

#include "orchestrator/settings/configuration.h"

/* A list of commands; `value` may be NULL: none. The list is the caller's, also after a failure. */
WARN_UNUSED int configuration_read_commands(struct command_list *list, const struct json_file *file,
                                            const struct json_value *value, struct err *err);
/* An object of variables as NAME=value, NULL-terminated and the caller's likewise; never NULL on success. */
WARN_UNUSED int configuration_read_variables(char ***out, const struct json_file *file,
                                             const struct json_value *value, struct err *err);

/* "layout_variants" of the root, into the configuration, whose `build` was read before. */
WARN_UNUSED int variants_read(struct configuration *configuration, const struct json_file *file,
                              const struct json_value *root, struct err *err);

void command_list_fini(struct command_list *list);
void layout_variant_fini(struct layout_variant *variant);

#endif
