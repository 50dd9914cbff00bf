"""Takes the last entries out of a ledger, as if its cupel had been killed before it wrote them.

    ledger_tail.py STATE STAGE|VERDICT

Removes everything behind the last entry whose stage (or, for "verdict", kind) is that, and this too.
"""

import glob
import sqlite3
import sys

state, what = sys.argv[1:3]
(path,) = glob.glob(state + "/cupel/*/ledger.sqlite")
ledger = sqlite3.connect(path, isolation_level=None)
triggers = ledger.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
(last,) = ledger.execute("SELECT max(seq) FROM entries WHERE stage = ? OR kind = ?", (what, what)).fetchone()
ledger.execute("BEGIN")
for name, _ in triggers:
    ledger.execute(f"DROP TRIGGER {name}")
ledger.execute("DELETE FROM entries WHERE seq >= ?", (last,))
for _, sql in triggers:
    ledger.execute(sql)
ledger.execute("COMMIT")
ledger.close()
