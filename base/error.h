/*
 * Errors of our own making: what happened, where, and what to do.
 *
 * Three kinds of trouble never mix. An infrastructure or input error is a `struct err`. A candidate's
 * failure is evidence, a normal value. A bug is an assertion.
 *
 * Functions that can fail return 0 or a negative `enum err_code` and take `struct err *` last. They leave
 * it untouched on success. Module boundaries add their own words in front with err_wrap(), so a message
 * reads from the outside in: "build candidate: spawn cc: no such file or directory".
 */
#ifndef CUPEL_BASE_ERROR_H
#define CUPEL_BASE_ERROR_H

#define ERR_MESSAGE_MAX 2048 /* bytes kept of a message, the terminating NUL included */

#define WARN_UNUSED __attribute__((warn_unused_result))

enum err_code {
    ERR_INVALID = -1,     /* the user's input is at fault: usage, configuration, samples; exit status 2 */
    ERR_NOT_FOUND = -2,   /* a named thing does not exist; exit status 2 */
    ERR_SYSTEM = -3,      /* the kernel or a library refused us; exit status 1, worth a retry */
    ERR_LIMIT = -4,       /* an input is larger or deeper than we take; exit status 2 */
    ERR_UNAVAILABLE = -5, /* a required layer of the sandbox is missing; exit status 7 */
    ERR_CANCELLED = -6,   /* we were told to stop */
};

struct err {
    int code;                      /* an enum err_code, or 0 when nothing happened */
    char message[ERR_MESSAGE_MAX]; /* one line for a person, without a final newline */
};

/* Sets code and message. Returns `code`, so that `return err_set(...)` reads well. */
int err_set(struct err *err, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Like err_set() with ERR_SYSTEM, and appends ": " and strerror(errno_value);
 * a full disk or quota says what to do, too. */
int err_set_errno(struct err *err, int errno_value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts the formatted words and ": " before the message that is there. Returns err->code. */
int err_wrap(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
