/*
 * Logarithm and exponential that give the same bits on every machine with IEEE 754 doubles: nothing but +, −,
 * ×, ÷ and scaling by powers of two, each of which the standard rounds in one way only. The C library's
 * differ in the last place between versions, and between processors with and without fused multiplication,
 * and a verdict must be recomputed to the byte. Good to 3 units in the last place. Compiled without
 * contraction.
 */
#ifndef CUPEL_WORKLOADS_MEASURE_STEADY_H
#define CUPEL_WORKLOADS_MEASURE_STEADY_H

double steady_log(double value);   /* of a finite value above 0; else NAN */
double steady_log1p(double value); /* log(1 + value), value above −1; else NAN */
double steady_exp(double value);   /* 0 below, INFINITY above what a double holds */
double steady_expm1(double value); /* exp(value) − 1 */

#endif
