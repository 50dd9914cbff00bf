#include "orchestrator/signoff/challenge.h"

#include "base/cleanup.h"
#include "base/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <termios.h>

static const char *challenge_digits(const char *digest)
{
    return strncmp(digest, "sha256:", 7) == 0 ? digest + 7 : digest;
}

static volatile sig_atomic_t challenge_caught; /* signal that came while the question stood, or 0 */

static void challenge_on_signal(int number)
{
    challenge_caught = number;
}

/* A person who presses Ctrl-C ends the reading and not the program, which has files to remove. */
static char *challenge_read(FILE *terminal, char *answer, int size)
{
    struct sigaction old[2], mine = {.sa_handler = challenge_on_signal}; /* no SA_RESTART */
    challenge_caught = 0;
    sigaction(SIGINT, &mine, &old[0]);
    sigaction(SIGTERM, &mine, &old[1]);
    char *read = fgets(answer, size, terminal);
    sigaction(SIGINT, &old[0], NULL);
    sigaction(SIGTERM, &old[1], NULL);
    return challenge_caught ? NULL : read;
}

int challenge_ask(const char *report, bool approve, int *caught, struct err *err)
{
    char answer[128] = "";
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
    cleanup_file FILE *terminal = fd < 0 ? NULL : fdopen(fd, "r");
    if (!terminal)
        return err_set(
            err, ERR_INVALID,
            "there is no terminal to ask on (%s); in a script, name what you decide on: --digest %s",
            strerror(errno), report);
    tcflush(fd, TCIFLUSH); /* what was typed before the question answers nothing */
    dprintf(fd,
            "\nTo %s this report, type the first %d digits of its digest: ", approve ? "approve" : "reject",
            CHALLENGE_DIGITS);
    const char *read = challenge_read(terminal, answer, sizeof answer);
    *caught = challenge_caught;
    if (!read)
        return err_set(err, *caught ? ERR_CANCELLED : ERR_INVALID, "nothing was typed; nothing was signed");
    answer[strcspn(answer, "\r\n")] = '\0';
    const char *digits = challenge_digits(answer);
    if (strlen(digits) < CHALLENGE_DIGITS || strlen(digits) > DIGEST_HEX - 1 ||
        strncasecmp(digits, challenge_digits(report), strlen(digits)) != 0)
        return err_set(err, ERR_INVALID, "that is not how the report's digest begins; nothing was signed");
    return 0;
}

int challenge_check(const char *report, const char *given, struct err *err)
{
    const char *digits = challenge_digits(given);
    size_t length = strlen(digits);
    if (length < CHALLENGE_LEAST || strspn(digits, "0123456789abcdef") != length)
        return err_set(err, ERR_INVALID,
                       "--digest must be the report's digest, or at least its first %d digits in lower case",
                       CHALLENGE_LEAST);
    if (strncmp(challenge_digits(report), digits, length) != 0)
        return err_set(err, ERR_INVALID, "--digest is of another report: this one is %s; nothing was signed",
                       report);
    return 0;
}
