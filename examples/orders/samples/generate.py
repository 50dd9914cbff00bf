#!/usr/bin/env python3
"""Makes data/*.tsv, orders.jsonl and its manifest: the same bytes every time.

The shape follows what an order service sees in production: most shops are small and a few are large,
most requests name one or two filters, many send a filter empty or 0 to say "no filter", and pages are small.
Large shops are drawn more often than they ask, so that each stratum has enough samples; `weight` puts the
production shares back.
"""
import datetime
import hashlib
import json
import pathlib
import random

HERE = pathlib.Path(__file__).resolve().parent
SEED = 20260314
# stratum: orders a shop, samples to draw, share of the requests in production
STRATA = {
    "small": {"shops": [120, 200, 300, 400, 500, 600, 700, 850], "samples": 760, "share": 0.66},
    "medium": {"shops": [1100, 1400, 1800, 2300], "samples": 320, "share": 0.29},
    "large": {"shops": [4000, 7000], "samples": 120, "share": 0.05},
}
POPULATION = 1_843_200  # requests in the captured week
STATUSES = ["open"] * 3 + ["paid"] * 5 + ["shipped"] * 9 + ["cancelled"] * 2 + ["returned"]


def shop_customers(random_source, orders):
    """Customers' numbers, the loyal ones more often."""
    known = [random_source.randrange(1000, 99999) for _ in range(max(8, orders // 12))]
    return [known[min(int(random_source.paretovariate(0.7)) - 1, len(known) - 1)] for _ in range(orders)]


def order_line(random_source, number, placed, customer, status):
    items = ",".join(
        f"{random_source.choice('ABCDEFGHJK')}{random_source.randrange(100, 999)}"
        f"*{random_source.choice([1, 1, 1, 2, 2, 3, 6])}@{int(random_source.lognormvariate(7.2, 0.9)) + 5}"
        for _ in range(min(int(random_source.paretovariate(1.6)), 9)))
    return f"{number}\t{placed:%Y-%m-%dT%H:%M:%SZ}\t{customer}\t{status}\t{items}"


def write_shop(random_source, name, orders):
    """One export, in the order of its partitions; about 6 % of the orders come again with a later status."""
    placed = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    step = 70 * 86400 / orders
    number = random_source.randrange(100_000, 900_000)
    groups, customers = [], shop_customers(random_source, orders)
    for customer in customers:
        placed += datetime.timedelta(seconds=int(random_source.expovariate(1 / step)) + 1)
        number += random_source.choice([1, 1, 1, 2, 3, 7])
        late = placed - datetime.timedelta(seconds=random_source.choice([0, 0, 0, 30, 3600]))
        lines = [order_line(random_source, number, late, customer, random_source.choice(STATUSES))]
        if random_source.random() < 0.06:
            fields = lines[0].split("\t")
            fields[3] = random_source.choice(STATUSES)
            lines.append("\t".join(fields))
        if random_source.random() < 0.001:
            lines.append("truncated line")
        groups.append(lines)
    random_source.shuffle(groups)
    lines = [f"# {name}"] + [line for group in groups for line in group]
    (HERE / "data" / f"{name}.tsv").write_text("\n".join(lines) + "\n")
    return customers


def filter_value(random_source, name, customers):
    """A value as clients send it: empty and 0 mean "no filter"."""
    kind = random_source.random()
    if name == "--status":
        if kind < 0.2:
            return ""
        return "lost" if kind > 0.99 else random_source.choice(STATUSES)
    if name == "--customer":
        return "0" if kind < 0.12 else "" if kind < 0.2 else str(random_source.choice(customers))
    if name == "--min-total":
        return "0" if kind < 0.3 else "" if kind < 0.35 else random_source.choice(["5", "20", "49.90", "100"])
    return "" if kind < 0.2 else f"2026-0{random_source.choice([1, 2, 3])}-{random_source.randrange(1, 29):02}T00:00:00Z"


def request_args(random_source, customers):
    summary = random_source.random() < 0.12
    args = ["summary" if summary else "list"]
    for name, chance in (("--status", 0.3), ("--customer", 0.4), ("--min-total", 0.25), ("--since", 0.12)):
        if random_source.random() < chance:
            args += [name, filter_value(random_source, name, customers)]
    if not summary and random_source.random() < 0.35:
        args += ["--sort", random_source.choice(["newest", "oldest", "oldest", "total", ""])]
    page = random_source.random()
    if page < 0.5:
        args += ["--limit", random_source.choice(["10", "20", "20", "50", "100", "0", ""])]
    if not summary and page < 0.15:
        args += ["--offset", random_source.choice(["0", "20", "40", "100000"])]
    return args


def main():
    random_source = random.Random(SEED)
    (HERE / "data").mkdir(exist_ok=True)
    samples, strata = [], {}
    for stratum, plan in STRATA.items():
        shops = []
        for orders in plan["shops"]:
            name = f"{stratum}-{orders}"
            shops.append((name, write_shop(random_source, name, orders)))
        for _ in range(plan["samples"]):
            name, customers = random_source.choice(shops)
            sample = {"args": request_args(random_source, customers)}
            if random_source.random() < 0.08:
                sample["stdin_file"] = f"data/{name}.tsv"
            else:
                sample["args"] += ["--data", f"${{samples}}/data/{name}.tsv"]
            sample |= {"stratum": stratum, "weight": round(plan["share"] / plan["samples"] * 1000, 6)}
            samples.append(sample)
        strata[stratum] = {"population": round(POPULATION * plan["share"]), "samples": plan["samples"]}
    random_source.shuffle(samples)
    start = datetime.datetime(2026, 3, 9, tzinfo=datetime.timezone.utc)
    times = sorted(random_source.randrange(7 * 86400) for _ in samples)
    text = ""
    for number, (sample, second) in enumerate(zip(samples, times), 1):
        at = f"{start + datetime.timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}"
        text += json.dumps({"id": f"q{number:04}", "at": at} | sample) + "\n"
    (HERE / "orders.jsonl").write_text(text)
    manifest = {
        "source": "generated by samples/generate.py, shaped like an order service's request log",
        "window": {"from": "2026-03-09T00:00:00Z", "to": "2026-03-16T00:00:00Z"},
        "population": POPULATION,
        "strata": strata,
        "scrubbed": ["customer numbers are made up"],
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
    }
    (HERE / "orders.jsonl.manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()
