#include "policies/policy/sign_off.h"

#define SIGN_OFF_MAX_PEOPLE 10
#define SIGN_OFF_MAX_DAYS   366

static const char *const sign_off_keys[] = {"signatures", "expires_days", "exclude_author",
                                            "signers",    "bots",         NULL};

static int sign_off_read_count(uint32_t *field, int64_t most, const struct json_file *file,
                               const struct json_value *value, struct err *err)
{
    int64_t count;
    int code = value ? json_want_integer(file, value, 1, most, &count, err) : 0;
    if (code == 0 && value)
        *field = (uint32_t)count;
    return code;
}

static int sign_off_read_globs(char ***field, const struct json_file *file, const struct json_value *value,
                               struct err *err)
{
    char **read = NULL;
    size_t count;
    int code = value ? json_want_strings(file, value, &read, &count, err) : 0;
    if (code == 0 && value) {
        json_free_strings(*field);
        *field = read;
    }
    return code;
}

int policy_read_sign_off(struct policy_sign_off *sign_off, const struct json_file *file,
                         const struct json_value *object, struct err *err)
{
    if (!object)
        return 0;
    if (json_want_object(file, object, err) < 0 || json_check_keys(file, object, sign_off_keys, err) < 0 ||
        sign_off_read_count(&sign_off->signatures, SIGN_OFF_MAX_PEOPLE, file, json_find(object, "signatures"),
                            err) < 0 ||
        sign_off_read_count(&sign_off->expires_days, SIGN_OFF_MAX_DAYS, file,
                            json_find(object, "expires_days"), err) < 0 ||
        sign_off_read_globs(&sign_off->signers, file, json_find(object, "signers"), err) < 0 ||
        sign_off_read_globs(&sign_off->bots, file, json_find(object, "bots"), err) < 0)
        return err->code;
    const struct json_value *author = json_find(object, "exclude_author");
    return author ? json_want_bool(file, author, &sign_off->exclude_author, err) : 0;
}

void policy_sign_off_fini(struct policy_sign_off *sign_off)
{
    json_free_strings(sign_off->signers);
    json_free_strings(sign_off->bots);
    *sign_off = (struct policy_sign_off){0};
}
