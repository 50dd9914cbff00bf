"""What the contract says of two JSON documents under rules, read off docs/contract.md and nothing else.

    oracle.py SEED COUNT

prints COUNT cases, a line each: rules, before, after, and "equal" or "different", separated by tabs. Documents are small
and crowded, so that rules meet: keys that look like indices and pointers, numbers in many spellings, shuffled rows.
"""
import datetime
import json
import random
import re
import sys
import unicodedata
from decimal import Decimal, getcontext

getcontext().prec = 200
KEYS = ["id", "a", "b", "v", "*", "0", "1", "@id=1", "", "~", "/", "\u00e9"]
NUMBERS = ["0", "-0", "1", "1.0", "10e-1", "2", "0.1", "1e-1", "0.30000000000000004", "0.3", "1e400", "10e399", "-1",
           "1.04", "1.05", "1.08", "9007199254740993", "9007199254740992"]
STRINGS = ["", "a", "b", "1", "1.0", "0", "\u00e9", "e\u0301", "a\0b", "2024-01-01T00:00:00Z",
           "2024-01-01T01:00:00+01:00", "2024-01-02T00:00:00Z"]
EFFECTS = [{"ignore": True}, {"noisy": True}, {"absolute": "0.05"}, {"relative": "0.05"}, {"numeric_string": True},
           {"absolute": "0.1", "numeric_string": True}, {"multiset": True}, {"key": "id"}, {"unicode": "nfc"},
           {"total": True}, {"format": "rfc3339"}, {"noisy": True, "format": "integer"}, {"noisy": True, "total": True}]
DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")

# A value is (kind, content): "number" with its text, "string", "boolean", "null", "array" with values, or "object" with pairs.


def scalar(rng):
    kind = rng.choices(["number", "string", "boolean", "null"], [9, 7, 2, 1])[0]
    return kind, {"number": rng.choice(NUMBERS), "string": rng.choice(STRINGS), "boolean": rng.random() < .5,
                  "null": None}[kind]


def document(rng, depth):
    if depth <= 0 or rng.random() < .4:
        return scalar(rng)
    if rng.random() < .4:
        return "array", [document(rng, depth - 1) for _ in range(rng.randint(0, 4))]
    if rng.random() < .5:
        keys = rng.sample(KEYS, rng.randint(1, 2)) + (["id"] if rng.random() < .7 else [])
        return "array", [("object", [(key, document(rng, depth - 2)) for key in keys]) for _ in range(rng.randint(1, 5))]
    keys = rng.choices(KEYS, k=3) if rng.random() < .15 else rng.sample(KEYS, rng.randint(0, 4))
    return "object", [(key, document(rng, depth - 1)) for key in keys]


def changed(rng, value, rate):
    kind, content = value
    if rng.random() < rate:
        if kind in ("array", "object") and content and rng.random() < .8:
            items = list(content)
            what = rng.randrange(4)
            if what == 0:
                rng.shuffle(items)
            elif what == 1:
                items.pop(rng.randrange(len(items)))
            elif what == 2:
                items.append(rng.choice(items))
            else:
                items[rng.randrange(len(items))] = rng.choice(items)
            return kind, items
        return scalar(rng) if rng.random() < .7 else document(rng, 1)
    if kind == "array":
        return kind, [changed(rng, item, rate) for item in content]
    if kind == "object":
        return kind, [(key, changed(rng, item, rate)) for key, item in content]
    return value


def written(rng, value):
    kind, content = value
    if kind == "number":
        return content
    if kind == "array":
        return "[" + ",".join(written(rng, item) for item in content) + "]"
    if kind == "object":
        return "{" + ",".join(spelled(rng, key) + ":" + written(rng, item) for key, item in content) + "}"
    return spelled(rng, content) if kind == "string" else json.dumps(content)


def spelled(rng, string):
    return json.dumps(string, ensure_ascii=rng.random() < .5)


def paths(value, path=()):
    yield path, value
    kind, content = value
    for name, item in enumerate(content) if kind == "array" else content if kind == "object" else ():
        yield from paths(item, path + (str(name),))


def rules_for(rng, value):
    rules = []
    places = list(paths(value))
    for _ in range(rng.randint(0, 4)):
        path, (kind, _) = rng.choice(places)
        pattern = "".join("/" + ("*" if rng.random() < .4 else name.replace("~", "~0").replace("/", "~1"))
                          for name in path)
        arrays = [{"multiset": True}, {"key": "id"}]
        effect = rng.choice(arrays if kind == "array" and rng.random() < .7 else EFFECTS)
        if all(rule["path"] != pattern for rule in rules):
            rules.append({"path": pattern, **effect})
    return rules


def fits(rule, path):
    """A path is a tuple of the names that each segment goes by."""
    segments = rule["path"].split("/")[1:]
    return len(segments) == len(path) and all(
        segment == "*" or segment.replace("~1", "/").replace("~0", "~") in names
        for segment, names in zip(segments, path))


def bound(rules, path):
    """The more exact rule first; what excuses more says nothing beside it."""
    effects, held = {}, False
    exact_first = sorted((rule for rule in rules if fits(rule, path)),
                         key=lambda rule: [segment == "*" for segment in rule["path"].split("/")])
    for rule in exact_first:
        for key, effect in rule.items():
            silent = (key == "ignore" and held) or (key == "noisy" and effects.keys() & {"absolute", "relative", "unicode"})
            if key != "path" and key not in effects and not silent:
                effects[key] = effect
        held = held or "ignore" not in rule
    return effects


def decimal(value):
    kind, content = value
    return Decimal(content) if kind in ("number", "string") and DECIMAL.fullmatch(content) else None


def instant(text):
    try:
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) if INSTANT.fullmatch(text) else None
    except ValueError:
        return None


def has_format(value, name):
    kind, content = value
    if kind not in ("number", "string"):
        return False
    return re.fullmatch(r"-?(0|[1-9][0-9]*)", content) if name == "integer" else instant(content) is not None


def excused(before, after, effects):
    """Two different scalars that may stand for each other."""
    old, new = decimal(before), decimal(after)
    numbers = old is not None and new is not None and (
        "numeric_string" in effects or before[0] == after[0] == "number")
    if "total" in effects and old and new is not None and new == 0:
        return False
    texts = before[0] == after[0] == "string"
    instants = [instant(value[1]) if value[0] == "string" else None for value in (before, after)]
    fine = ("noisy" in effects
            or numbers and "absolute" in effects and abs(new - old) <= Decimal(effects["absolute"])
            or numbers and "relative" in effects and abs(new - old) <= Decimal(effects["relative"]) * abs(old)
            or numbers and "numeric_string" in effects and old == new
            or texts and "unicode" in effects
            and unicodedata.normalize("NFC", before[1]) == unicodedata.normalize("NFC", after[1])
            or effects.get("format") == "rfc3339" and instants[0] and instants[0] == instants[1])
    return bool(fine) and ("format" not in effects or bool(has_format(after, effects["format"])))


def scalars_equal(before, after, effects):
    if before[0] != after[0]:
        return ("numeric_string" in effects and decimal(before) is not None and decimal(after) is not None
                and excused(before, after, effects))
    if before[0] == "number" and Decimal(before[1]) == Decimal(after[1]) or before == after:
        return True
    return excused(before, after, effects)


def objects_equal(before, after, rules, path):
    sides = [{}, {}]
    for side, members in zip(sides, (before, after)):
        for key, value in members:
            side.setdefault(key, []).append(value)
    for key in sides[0].keys() | sides[1].keys():
        below = path + ((key,),)
        old, new = sides[0].get(key, []), sides[1].get(key, [])
        if len(old) != len(new):
            if "ignore" not in bound(rules, below):
                return False
        elif not all(equal(x, y, rules, below) for x, y in zip(old, new)):
            return False
    return True


def ids_of(array, key):
    ids = []
    for kind, content in array:
        found = [value for name, value in content if name == key] if kind == "object" else []
        if not found or found[-1][0] not in ("number", "string"):
            return None
        ids.append(found[-1])
    return ids


def keyed_equal(before, after, ids, key, rules, path):
    groups = [{}, {}]
    for group, side in zip(groups, ids):
        for index, (kind, content) in enumerate(side):
            group.setdefault((kind, Decimal(content) if kind == "number" else content), []).append(index)
    for name in groups[0].keys() | groups[1].keys():
        old, new = groups[0].get(name, []), groups[1].get(name, [])
        if old and new and len(old) != len(new):
            return False
        for index in () if old and new else old + new:
            side = ids[0] if old else ids[1]
            if "ignore" not in bound(rules, path + ((str(index), f"@{key}={side[index][1]}"),)):
                return False
        for x, y in zip(old, new):
            if not equal(before[x], after[y], rules, path + ((str(x), f"@{key}={ids[0][x][1]}"),)):
                return False
    return True


def multisets_equal(before, after, rules, path):
    """Whether some pairing makes all equal: augmenting paths."""
    fitting = [[equal(x, y, rules, path + ((str(i),),)) for y in after] for i, x in enumerate(before)]
    owner = [None] * len(after)

    def place(i, seen):
        for j in range(len(after)):
            if fitting[i][j] and j not in seen:
                seen.add(j)
                if owner[j] is None or place(owner[j], seen):
                    owner[j] = i
                    return True
        return False

    return all(place(i, set()) for i in range(len(before)))


def arrays_equal(before, after, rules, path, effects):
    if not after and any(kind != "null" for kind, _ in before):
        return False
    if "key" in effects:
        ids = [ids_of(side, effects["key"]) for side in (before, after)]
        if None not in ids:
            return keyed_equal(before, after, ids, effects["key"], rules, path)
    if len(before) != len(after):
        return False
    if "multiset" in effects:
        return multisets_equal(before, after, rules, path)
    return all(equal(x, y, rules, path + ((str(i),),)) for i, (x, y) in enumerate(zip(before, after)))


def equal(before, after, rules, path=()):
    effects = bound(rules, path)
    if "ignore" in effects:
        return True
    if before[0] != after[0] or before[0] not in ("array", "object"):
        return scalars_equal(before, after, effects)
    if before[0] == "object":
        return objects_equal(before[1], after[1], rules, path)
    return arrays_equal(before[1], after[1], rules, path, effects)


def main():
    rng = random.Random(int(sys.argv[1]))
    for _ in range(int(sys.argv[2])):
        before = document(rng, 4)
        after = changed(rng, before, rng.choice([0, .05, .1, .2]))
        rules = rules_for(rng, before)
        print(json.dumps(rules), written(rng, before), written(rng, after),
              "equal" if equal(before, after, rules) else "different", sep="\t")


main()
