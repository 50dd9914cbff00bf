#include "workloads/contract/format.h"

#include "base/decimal.h"

#include <stdint.h>
#include <string.h>

#define FORMAT_REGEX_LONGEST 4096 /* bytes; glibc's matcher can need time and memory far above linear */

const char *const format_names[] = {"rfc3339", "uuid", "integer", "decimal", "regex", NULL};

struct format_instant {
    int64_t seconds;      /* since 0000-03-01, in UTC */
    const char *fraction; /* digits behind the point, trailing zeros left out */
    size_t fraction_length;
    bool leap; /* the second 60 of its minute, which is not the first of the next one */
};

/* Exactly `width` digits at *at, as a number; -1 when there are none. */
static int format_take_digits(const char **at, const char *end, int width)
{
    int number = 0;
    if (end - *at < width)
        return -1;
    for (int i = 0; i < width; i++) {
        char byte = *(*at)++;
        if (byte < '0' || byte > '9')
            return -1;
        number = number * 10 + (byte - '0');
    }
    return number;
}

static bool format_take(const char **at, const char *end, const char *one_of)
{
    return *at < end && **at && strchr(one_of, *(*at)++);
}

static int format_days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* Days since 0000-03-01 in the proleptic Gregorian calendar. */
static int64_t format_days(int year, int month, int day)
{
    int64_t y = year - (month <= 2);
    int64_t from_march = (month + 9) % 12;
    return y * 365 + (y >= 0 ? y / 4 - y / 100 + y / 400 : -1) + (from_march * 153 + 2) / 5 + day - 1;
}

static bool format_take_date(const char **at, const char *end, int64_t *days)
{
    int year = format_take_digits(at, end, 4);
    if (year < 0 || !format_take(at, end, "-"))
        return false;
    int month = format_take_digits(at, end, 2);
    if (month < 1 || month > 12 || !format_take(at, end, "-"))
        return false;
    int day = format_take_digits(at, end, 2);
    if (day < 1 || day > format_days_in_month(year, month))
        return false;
    *days = format_days(year, month, day);
    return true;
}

static bool format_take_time(const char **at, const char *end, struct format_instant *out)
{
    int hour = format_take_digits(at, end, 2);
    if (hour < 0 || hour > 23 || !format_take(at, end, ":"))
        return false;
    int minute = format_take_digits(at, end, 2);
    if (minute < 0 || minute > 59 || !format_take(at, end, ":"))
        return false;
    int second = format_take_digits(at, end, 2);
    if (second < 0 || second > 60) /* 60: a leap second */
        return false;
    out->leap = second == 60;
    out->seconds += hour * 3600 + minute * 60 + second;
    if (*at == end || **at != '.')
        return true;
    out->fraction = ++*at;
    while (*at < end && **at >= '0' && **at <= '9')
        (*at)++;
    if (*at == out->fraction)
        return false;
    out->fraction_length = (size_t)(*at - out->fraction);
    while (out->fraction_length && out->fraction[out->fraction_length - 1] == '0')
        out->fraction_length--;
    return true;
}

/* RFC 3339, section 5.6: date-time. */
static bool format_parse_instant(struct format_instant *out, const char *bytes, size_t length)
{
    const char *at = bytes;
    const char *end = bytes + length;
    *out = (struct format_instant){.fraction = ""};
    int64_t days;
    if (!format_take_date(&at, end, &days) || !format_take(&at, end, "Tt ") ||
        !format_take_time(&at, end, out))
        return false;
    out->seconds += days * 86400;
    if (at == end)
        return false;
    char sign = *at++;
    if (sign == 'Z' || sign == 'z')
        return at == end;
    int hour = format_take_digits(&at, end, 2);
    if ((sign != '+' && sign != '-') || hour < 0 || hour > 23 || !format_take(&at, end, ":"))
        return false;
    int minute = format_take_digits(&at, end, 2);
    if (minute < 0 || minute > 59)
        return false;
    out->seconds += (sign == '+' ? -1 : 1) * (hour * 3600 + minute * 60);
    return at == end;
}

bool format_is_same_instant(const char *a, size_t a_length, const char *b, size_t b_length)
{
    struct format_instant left;
    struct format_instant right;
    return format_parse_instant(&left, a, a_length) && format_parse_instant(&right, b, b_length) &&
           left.seconds == right.seconds && left.leap == right.leap &&
           left.fraction_length == right.fraction_length &&
           !memcmp(left.fraction, right.fraction, left.fraction_length);
}

/* RFC 9562, section 4: 8-4-4-4-12 hexadecimal digits. */
static bool format_is_uuid(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? bytes[i] != '-' : !bytes[i] || !strchr("0123456789abcdefABCDEF", bytes[i]))
            return false;
    }
    return length == 36;
}

static bool format_matches_regex(const regex_t *regex, const char *bytes, size_t length)
{
    regmatch_t match = {.rm_so = 0, .rm_eo = (regoff_t)length};
    return length <= FORMAT_REGEX_LONGEST && !memchr(bytes, 0, length) &&
           regexec(regex, bytes, 1, &match, REG_STARTEND) == 0;
}

bool format_matches(enum format format, const regex_t *regex, const char *bytes, size_t length)
{
    struct format_instant instant;
    struct decimal decimal;
    switch (format) {
    case FORMAT_RFC3339:
        return format_parse_instant(&instant, bytes, length);
    case FORMAT_UUID:
        return format_is_uuid(bytes, length);
    case FORMAT_INTEGER:
        return decimal_parse(&decimal, bytes, length) && !memchr(bytes, '.', length) &&
               !memchr(bytes, 'e', length) && !memchr(bytes, 'E', length);
    case FORMAT_DECIMAL:
        return decimal_parse(&decimal, bytes, length);
    case FORMAT_REGEX:
        return format_matches_regex(regex, bytes, length);
    case FORMAT_NONE:
        break;
    }
    return true;
}
