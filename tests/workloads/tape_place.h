/* A temporary folder with room for one tape, and what is recorded there, for the tests of tapes. */
#ifndef CUPEL_TESTS_WORKLOADS_TAPE_PLACE_H
#define CUPEL_TESTS_WORKLOADS_TAPE_PLACE_H

#include "base/digest.h"
#include "base/text.h"
#include "workloads/tape/tape.h"

extern char tape_path[64]; /* where the tape is, once the place was made */

/* cmocka's set-up and tear-down of a group: 0, or -1 where the folder can't be made or removed. */
int tape_place_make(void **state);
int tape_place_remove(void **state);
/* The file's bytes; text_fini() them. */
struct text tape_place_read(void);
/* Writes the file anew; the digest is that of the bytes. */
struct digest tape_place_write(const void *bytes, size_t length);

/* Every field is something else than nothing; answer_fini() it. */
struct answer tape_place_answer(int status);
/* Base 7: one, base 8: two, candidate 7: one again; a sample takes 0.25 s. */
struct digest tape_place_record_three(void);
/* How many answers of the base there are left. */
size_t tape_place_take_base(struct tape *tape);

#endif
