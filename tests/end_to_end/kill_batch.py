"""Runs a batch and kills it whenever the ledger has learnt of one more stage, until it comes to its end by itself.

    kill_batch.py STATE CUPEL REPOSITORY SOURCE

Prints the last process's standard output, and on standard error how often it was killed. Ends with its exit status; 1
where the ledger has a stage of a candidate twice, or the batch was killed fewer than ten times.
"""

import glob
import sqlite3
import subprocess
import sys
import time

state, cupel, repository, source = sys.argv[1:5]


def stages():
    rows = []
    for path in glob.glob(state + "/cupel/*/ledger.sqlite"):
        try:
            ledger = sqlite3.connect("file:" + path + "?mode=ro", uri=True)
            rows += ledger.execute("SELECT batch, candidate, stage FROM entries WHERE kind = 'stage'").fetchall()
            ledger.close()
        except sqlite3.OperationalError:
            pass  # being made
    return rows


kills = 0
known = 0
arguments = [source]
while True:
    run = subprocess.Popen([cupel, "batch", "--repo", repository, "--json", *arguments], stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE)
    while run.poll() is None and len(stages()) <= known:
        time.sleep(0.001)
    if run.poll() is None and kills < 100:
        run.kill()
    out, err = run.communicate()
    if run.returncode != -9:
        break
    kills += 1
    known = len(stages())
    arguments = ["--resume"] if known else [source]

sys.stdout.write(out.decode())
sys.stderr.write(err.decode())
sys.stderr.write(f"killed {kills} times, then status {run.returncode}\n")
rows = stages()
twice = sorted({row for row in rows if rows.count(row) > 1})
for row in twice:
    sys.stderr.write("twice: " + " ".join(row) + "\n")
sys.exit(run.returncode if kills >= 10 and not twice else 1)
