/* Numbers as ECMAScript writes them, which RFC 8785 section 3.2.2.3 asks for. Pure. */
#ifndef CUPEL_ORCHESTRATOR_REPORT_NUMBER_H
#define CUPEL_ORCHESTRATOR_REPORT_NUMBER_H

#include <stdbool.h>

#define NUMBER_MAX 32 /* bytes of the longest, the terminating NUL included */

/*
 * The shortest decimal that reads back as `value`, laid out by Number::toString (ECMA-262, 2015,
 * section 7.1.12.1): plain up to 21 integer digits and from 1e-6, else with an exponent. False for what JSON
 * can't express.
 */
bool number_format(double value, char out[static NUMBER_MAX]);

#endif
