/*
 * Makes a filter program shorter without changing a single answer: loading it is the dearest step of a run's
 * set-up, and its cost grows with every instruction.
 *
 * A library tests each call number alone; here neighbours with the same answer share one leaf of a tree.
 */
#ifndef CUPEL_SANDBOX_SHORTEN_H
#define CUPEL_SANDBOX_SHORTEN_H

#include <linux/filter.h>

/*
 * Replaces the instructions of a program (seccomp(2); malloc'ed, as filter_compile() makes them) when a
 * shorter form is known; a program of another shape stays as it is.
 */
void shorten_program(struct sock_fprog *program);

#endif
