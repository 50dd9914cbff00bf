#include "orchestrator/report/number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_DIGITS 17 /* enough for every double to survive a round trip */

struct decimal {
    char digits[NUMBER_DIGITS + 1]; /* without a point, no trailing zeros */
    int length;                     /* digits */
    int point;                      /* value = 0.digits × 10^point */
};

static double decimal_value(const struct decimal *decimal)
{
    char literal[NUMBER_DIGITS + 16];
    snprintf(literal, sizeof literal, "0.%se%d", decimal->digits, decimal->point);
    return strtod(literal, NULL);
}

static void decimal_trim(struct decimal *decimal)
{
    while (decimal->length > 1 && decimal->digits[decimal->length - 1] == '0')
        decimal->digits[--decimal->length] = '\0';
}

/* The nearest decimal of that many digits; glibc rounds correctly. */
static void decimal_round(struct decimal *decimal, double value, int digits)
{
    char scientific[NUMBER_DIGITS + 16];
    snprintf(scientific, sizeof scientific, "%.*e", digits - 1, value);
    const char *exponent = strchr(scientific, 'e');
    decimal->length = 0;
    for (const char *at = scientific; at < exponent; at++)
        if (*at >= '0' && *at <= '9')
            decimal->digits[decimal->length++] = *at;
    decimal->digits[decimal->length] = '\0';
    decimal->point = atoi(exponent + 1) + 1;
}

/* One unit more in the last place. */
static void decimal_step(struct decimal *decimal)
{
    int at = decimal->length - 1;
    for (; at >= 0 && decimal->digits[at] == '9'; at--)
        decimal->digits[at] = '0';
    if (at >= 0) {
        decimal->digits[at]++;
        return;
    }
    decimal->digits[0] = '1';
    decimal->point++;
}

/*
 * The decimal of that many digits that reads back as `value`; false where there is none. Below a power of two
 * the doubles lie twice as close as above, so the nearest decimal may miss where its upper neighbour still
 * reads back.
 */
static bool decimal_reads_back(struct decimal *decimal, double value, int digits)
{
    decimal_round(decimal, value, digits);
    if (decimal_value(decimal) == value)
        return true;
    decimal_step(decimal);
    return decimal_value(decimal) == value;
}

/*
 * Fewest digits. A decimal of up to 15 digits survives the way through a normal double (C17, 5.2.4.2.2,
 * DBL_DIG): where such a one reads back, it is the nearest of 15 digits without its trailing zeros. Else by
 * halving: what reads back with some digits is a decimal of more digits, too, so that one at least as near is
 * found with every greater number of them.
 */
static void decimal_shortest(struct decimal *decimal, double value)
{
    bool normal = fabs(value) >= DBL_MIN;
    int least = normal ? DBL_DIG + 1 : 1;
    int most = NUMBER_DIGITS;
    if (normal && decimal_reads_back(decimal, value, DBL_DIG)) {
        decimal_trim(decimal);
        return;
    }
    while (least < most) {
        int middle = (least + most) / 2;
        if (decimal_reads_back(decimal, value, middle))
            most = middle;
        else
            least = middle + 1;
    }
    decimal_reads_back(decimal, value, least);
    decimal_trim(decimal);
}

static int number_zeros(char *out, int count)
{
    memset(out, '0', (size_t)count);
    return count;
}

static void number_lay_out(const struct decimal *decimal, char *out)
{
    const char *digits = decimal->digits;
    int length = decimal->length;
    int point = decimal->point;
    if (point > 21 || point <= -6) {
        sprintf(out, "%c%s%se%+d", digits[0], length > 1 ? "." : "", digits + 1, point - 1);
    } else if (point <= 0) {
        out += sprintf(out, "0.");
        out += number_zeros(out, -point);
        strcpy(out, digits);
    } else if (point >= length) {
        out += sprintf(out, "%s", digits);
        out[number_zeros(out, point - length)] = '\0';
    } else {
        sprintf(out, "%.*s.%s", point, digits, digits + point);
    }
}

bool number_format(double value, char out[static NUMBER_MAX])
{
    struct decimal decimal;
    if (!isfinite(value))
        return false;
    if (value == 0) {
        strcpy(out, "0"); /* minus zero too */
        return true;
    }
    if (value < 0)
        *out++ = '-';
    decimal_shortest(&decimal, fabs(value));
    number_lay_out(&decimal, out);
    return true;
}
