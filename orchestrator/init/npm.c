/* Node packages: package.json, its lock file, and the program that it names. */
#include "orchestrator/init/plan.h"

#include "base/cleanup.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

static const char *npm_string(const struct json_value *object, const char *key)
{
    const struct json_value *value =
        object && json_type(object) == JSON_OBJECT ? json_find(object, key) : NULL;
    size_t length;
    if (!value || json_type(value) != JSON_STRING)
        return NULL;
    const char *bytes = json_bytes(value, &length);
    return strlen(bytes) == length ? bytes : NULL;
}

static size_t npm_members(const struct json_value *root, const char *key)
{
    const struct json_value *value = json_find(root, key);
    return value && json_type(value) == JSON_OBJECT ? json_count(value) : 0;
}

/* node PATH, if the path is one that we can write down. */
static void npm_offer(const struct init_input *input, struct init_plan *plan, const char *path)
{
    if (!path)
        return;
    path += strncmp(path, "./", 2) == 0 ? 2 : 0;
    if (!init_is_plain(path))
        return;
    const char *slash = strrchr(path, '/');
    init_plan_run(plan, slash ? slash + 1 : path, "node", path, NULL);
    if (!init_has_file(input, path))
        init_list_add(&plan->notes,
                      "package.json names %s, which is not tracked: it must come out of the build.", path);
}

static void npm_read_programs(const struct init_input *input, struct init_plan *plan,
                              const struct json_value *root)
{
    const struct json_value *bin = json_find(root, "bin");
    if (bin && json_type(bin) == JSON_OBJECT && json_count(bin) > 0) {
        const char *key;
        size_t length;
        json_member(bin, 0, &key, &length);
        npm_offer(input, plan, npm_string(bin, key));
        plan->run_is_ambiguous |= json_count(bin) > 1;
    } else if (npm_string(root, "bin")) {
        npm_offer(input, plan, npm_string(root, "bin"));
    } else if (npm_string(root, "main")) {
        npm_offer(input, plan, npm_string(root, "main"));
        init_list_add(&plan->notes,
                      "package.json has no \"bin\", so \"run\" is its \"main\": a library needs a small "
                      "script that calls it with a sample's arguments.");
    } else if (init_has_file(input, "index.js")) {
        npm_offer(input, plan, "index.js");
    }
}

static void npm_read_dependencies(const struct init_input *input, struct init_plan *plan, size_t packages)
{
    bool locked = init_has_file(input, "package-lock.json") || init_has_file(input, "npm-shrinkwrap.json");
    const char *install = locked ? "ci" : "install";
    init_plan_command(plan, &plan->prepare, "npm", install, "--offline", "--no-audit", "--no-fund", NULL);
    init_list_add(
        &plan->notes,
        "package.json needs %zu packages and `prepare` has no network: `npm %s --offline` finds them only in "
        "a filled cache. Mount a copy of yours (~/.npm) by the operator's file and set npm_config_cache to "
        "it under \"environment\", or commit node_modules.",
        packages, install);
    if (!locked)
        init_list_add(&plan->notes,
                      "There is no package-lock.json: without one, two runs may get different packages.");
    if (init_has_file(input, "yarn.lock") || init_has_file(input, "pnpm-lock.yaml"))
        init_list_add(&plan->notes, "The lock file is %s; replace npm in \"prepare\" accordingly.",
                      init_has_file(input, "yarn.lock") ? "yarn's" : "pnpm's");
}

/* What package.json names is all there without a build. */
static bool npm_is_built(const struct init_input *input, const struct json_value *root)
{
    const struct json_value *bin = json_find(root, "bin");
    const char *paths[] = {npm_string(root, "main"), npm_string(root, "bin"), NULL}, *key;
    size_t known = 0, length;
    if (bin && json_type(bin) == JSON_OBJECT && json_count(bin) > 0) {
        json_member(bin, 0, &key, &length);
        paths[2] = npm_string(bin, key);
    }
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (!paths[i])
            continue;
        known++;
        if (!init_has_file(input, paths[i] + (strncmp(paths[i], "./", 2) == 0 ? 2 : 0)))
            return false;
    }
    return known > 0;
}

/* Packages that only the tests need are no reason to install: without a network that would fail at once. */
static void npm_read_scripts(const struct init_input *input, struct init_plan *plan,
                             const struct json_value *root)
{
    const struct json_value *scripts = json_find(root, "scripts");
    const char *test = npm_string(scripts, "test");
    bool vendored = init_has_folder(input, "node_modules");
    bool builds = npm_string(scripts, "build") != NULL;
    bool tests = test && !strstr(test, "no test specified");
    size_t needed = npm_members(root, "dependencies"), to_develop = npm_members(root, "devDependencies");
    if (builds && !vendored && needed == 0 && to_develop > 0 && npm_is_built(input, root)) {
        builds = false;
        init_list_add(
            &plan->notes,
            "`npm run build` needs %zu packages to develop with, and there is no network: it was left "
            "out, since what package.json names is tracked as built. A patch must touch what runs.",
            to_develop);
    }
    if (!vendored && (needed > 0 || (builds && to_develop > 0))) {
        npm_read_dependencies(input, plan, needed + to_develop);
    } else if (!vendored && tests && to_develop > 0) {
        tests = false;
        init_list_add(&plan->notes,
                      "`npm test` needs %zu packages to develop with, and there is no network: it was "
                      "left out. Commit node_modules or mount a cache, then add it to \"tests\".",
                      to_develop);
    }
    if (builds)
        init_plan_command(plan, &plan->build, "npm", "run", "build", NULL);
    if (tests)
        init_plan_command(plan, &plan->tests, "npm", "test", NULL);
}

bool init_detect_npm(const struct init_input *input, struct init_plan *plan)
{
    cleanup_free char *text = init_read_text(input, "package.json");
    cleanup_json struct json_document *document = NULL;
    struct json_error error;
    if (!text)
        return false;
    init_plan_found(plan, "npm");
    if (json_read(text, strlen(text), &(struct json_options){.max_depth = 64}, &document, &error) < 0 ||
        json_type(json_root(document)) != JSON_OBJECT) {
        init_list_add(&plan->notes,
                      "package.json can't be read as a JSON object; nothing was taken from it.");
        return true;
    }
    const struct json_value *root = json_root(document);
    npm_read_scripts(input, plan, root);
    npm_read_programs(input, plan, root);
    return true;
}
