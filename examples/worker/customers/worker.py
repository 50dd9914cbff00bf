# A worker in Python: a line of JSON in, a line of JSON out. Put your own function in place of top().
import json
import sys

from top import top

for line in sys.stdin:
    request = json.loads(line)
    answer = {"id": request["id"], "top": top(request["orders"], request["limit"])}
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
