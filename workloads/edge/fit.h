/*
 * Which values are near what a place holds: of a number other numbers, of text its spaces and its case. They
 * are tried before values of another kind, which most programs refuse in both arms. Pure.
 */
#ifndef CUPEL_WORKLOADS_EDGE_FIT_H
#define CUPEL_WORKLOADS_EDGE_FIT_H

#include "workloads/edge/places.h"
#include "workloads/edge/values.h"

enum edge_kind { EDGE_NUMBER, EDGE_DATE, EDGE_TEXT, EDGE_WORD, EDGE_ARRAY, EDGE_OBJECT };

struct edge_fit {
    enum edge_kind kind;
    bool quoted; /* a string of JSON, whatever it spells */
};

/* Of what the place holds in that text. */
struct edge_fit edge_fit_of(const struct edge_place *place, const char *text);
bool edge_fit_is_near(struct edge_fit fit, const struct edge_value *value);

/*
 * The values for strings of JSON, which are often what a query string or a command line says: those of
 * fields, and those of parameters in quotes. The caller's: edge_list_fini().
 */
struct edge_list edge_fit_strings(const struct edge_values *values);

#endif
