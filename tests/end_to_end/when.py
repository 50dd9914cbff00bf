"""Runs a command, and something else at the moment when the ledger has learnt of something.

    when.py STATE STAGE COUNT ACTION COMMAND…

STAGE is what an entry's `stage` or `kind` says ("build", "sifted", "pair" …), COUNT how many such entries there must be, ACTION a line for
bash, in which $pid is the command's. The command is stopped (SIGSTOP) while the action is carried out, so that the
action always comes in time. Output and exit status are the command's, 128 + N where signal N ended it; 99 where the
moment never came.
"""

import glob
import os
import signal
import sqlite3
import subprocess
import sys
import time

state, stage, count, action = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]


def entries():
    found = 0
    for path in glob.glob(state + "/cupel/*/ledger.sqlite"):
        try:
            ledger = sqlite3.connect("file:" + path + "?mode=ro", uri=True)
            found += ledger.execute("SELECT count(*) FROM entries WHERE ? IN (stage, kind)", (stage,)).fetchone()[0]
            ledger.close()
        except sqlite3.OperationalError:
            pass  # being made
    return found


before = entries()
run = subprocess.Popen(sys.argv[5:], start_new_session=True)
came = False
while run.poll() is None and not came:
    came = entries() >= before + count
    time.sleep(0.001)
if came and run.poll() is None:
    os.kill(run.pid, signal.SIGSTOP)
    subprocess.run(["bash", "-c", action], env={**os.environ, "pid": str(run.pid)}, check=False)
    os.kill(run.pid, signal.SIGCONT)
status = run.wait()
sys.exit(99 if not came else status if status >= 0 else 128 - status)
