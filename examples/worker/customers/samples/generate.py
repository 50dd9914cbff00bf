# Makes top.jsonl, the same bytes every time: shops of three sizes, and a few requests without a limit.
import json
import random

random.seed(20260315)
for number in range(60):
    size = (80, 160, 320)[number % 3]
    orders = [[f"c{random.randrange(size // 4)}", random.randrange(0, 20000)] for _ in range(size)]
    request = {"id": number, "orders": orders, "limit": 0 if number % 10 == 9 else 5}
    print(json.dumps({"id": f"shop-{number}", "stratum": ("small", "medium", "large")[number % 3],
                      "request": request}, separators=(",", ":")))
