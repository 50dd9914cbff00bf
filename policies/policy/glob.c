#include "policies/policy.h"

#include <string.h>

/* A place to come back to when a guess about how much a wildcard takes was wrong. */
struct glob_retry {
    const char *glob;    /* behind the wildcard; NULL: none yet */
    const char *path;    /* where the wildcard's share ends so far */
    bool whole_segments; /* the double star with a slash takes whole segments */
};

/* Lets the single star take one byte more; it can't take a slash. */
static bool glob_retry_star(struct glob_retry *star, const char **glob, const char **path)
{
    if (!star->glob || *star->path == '/' || *star->path == '\0')
        return false;
    *path = ++star->path;
    *glob = star->glob;
    return true;
}

static bool glob_retry_stars(struct glob_retry *stars, const char **glob, const char **path)
{
    if (!stars->glob || *stars->path == '\0')
        return false;
    if (stars->whole_segments) {
        const char *slash = strchr(stars->path, '/');
        if (!slash)
            return false;
        stars->path = slash;
    }
    *path = ++stars->path;
    *glob = stars->glob;
    return true;
}

/*
 * Only the latest star and the latest double star are ever tried again: an earlier one that takes more leaves
 * less for the same rest. So the time is at most cubic in the lengths, never exponential.
 */
bool policy_glob_matches(const char *glob, const char *path)
{
    struct glob_retry star = {0}, stars = {0};
    const char *start = glob;
    while (*path) {
        if (*glob == '\0' && glob > start && glob[-1] == '/')
            return true;
        if (glob[0] == '*' && glob[1] == '*') {
            bool whole = glob[2] == '/' && (glob == start || glob[-1] == '/');
            glob += 2 + whole;
            stars = (struct glob_retry){glob, path, whole};
            star.glob = NULL;
        } else if (*glob == '*') {
            star = (struct glob_retry){++glob, path, false};
        } else if (*glob != '\0' && (*glob == *path || (*glob == '?' && *path != '/'))) {
            glob++;
            path++;
        } else if (!glob_retry_star(&star, &glob, &path)) {
            star.glob = NULL;
            if (!glob_retry_stars(&stars, &glob, &path))
                return false;
        }
    }
    while (*glob == '*')
        glob++;
    return *glob == '\0';
}
