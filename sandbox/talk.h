/* A conversation: what a run of `talks` has besides. */
#ifndef CUPEL_SANDBOX_TALK_H
#define CUPEL_SANDBOX_TALK_H

#include "sandbox/channel.h"
#include "sandbox/client.h"

/* Of a spec that talks. The reading end of its stdin in `input`, the caller's. */
WARN_UNUSED int talk_open(struct sandbox_run *run, const struct sandbox_spec *spec, int *input,
                          struct err *err);
/* Where stdout is read to: CLIENT_READ_BYTES of its own, since its owner may call us meanwhile. */
char *talk_buffer(const struct talk *talk);
/* A lane's word, with the counters among the message's descriptors. */
void talk_take_started(struct sandbox *sandbox, const struct wire_started *started,
                       struct channel_message *message);
/* Whether it is known that the program was exec'ed: stdout waits until then. */
bool talk_has_begun(const struct talk *talk);
/* Hands on what came by stdout; false when it was more than is allowed. */
WARN_UNUSED bool talk_hand_on(struct sandbox_run *run, const char *bytes, size_t count);
/* Nobody inside holds stdout any more. */
void talk_end_output(struct sandbox_run *run);
/* Closes stdin, whatever is queued; the run is over, or ends. */
void talk_hang_up(struct sandbox_run *run);
void talk_free(struct talk *talk);

#endif
