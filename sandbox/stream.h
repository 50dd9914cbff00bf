/* stdout and stderr of a run, as pipes that are drained into memory. */
#ifndef CUPEL_SANDBOX_STREAM_H
#define CUPEL_SANDBOX_STREAM_H

#include "sandbox/client.h"

/* Reading ends to the run; writing ends, the caller's, in `out`. */
WARN_UNUSED int stream_make_pipes(struct sandbox_run *run, int out[static 2], struct err *err);
/* The run is on its way: its pipes are read from now on, and what breaks ends it. */
void stream_start(struct sandbox_run *run);
/* Of a conversation: stdout waits for this. */
void stream_read_output(struct sandbox_run *run);
/* So that a burst seldom waits for its reader, as far as the user's pipes may be that large. */
void stream_widen_pipe(int fd);
/*
 * Everything inside is dead, so what is not in the pipes now never comes; the end of a stream, an event of
 * its own, need not be waited for. What a program leaves in pipes that stay is no other one's.
 */
void stream_drain(struct sandbox_run *run);

#endif
