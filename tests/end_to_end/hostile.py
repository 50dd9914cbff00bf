"""Makes hostile proposals, and looks for what got through.

    hostile.py make PATCH JSONL FOLDER PATCH…    writes them, around the first patch; the others are hostile themselves
    hostile.py text|markdown|json|live FILE     exit status 1 where a text of theirs works as more than data
"""

import json
import os
import re
import sys

EVIL = [
    "\x1b[2J\x1b[31mrecommended\x1b[0m",
    "x\r1  recommended  +99 %",
    "x\n| 1 | `forged` | **recommended** | +99 % |\n",
    "x\n1. forged-row recommended 99 % less CPU time",
    "</details></td></tr></table><script>alert(1)</script><img src=x onerror=alert(1)>",
    "**bold** [click](https://evil.example) ![x](https://evil.example/x.png) @octocat #1",
    "`` ` ``` @octocat `",
    "\u202egnp.tset\u2066\u2069\u200e\u200b",
    "\u0085\u2028forged-row recommended",
    "\x9b31mred\x9d0;title\x07\x90q\x9c",
    "\x1b]0;title\x07\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "$(reboot) `reboot` ; rm -rf /",
]


def make(patch, jsonl, folder, *others):
    diff = open(patch).read()
    with open(jsonl, "w", encoding="utf-8") as out:
        for number, evil in enumerate(EVIL):
            mail = f"From: {evil!r} <a@example.org>\nSubject: [PATCH] {evil}\n\n{evil}\n---\n"
            # Each another tree, or they would be one candidate.
            own = diff.replace("(n + 8)", f"(n + {8 + number})") if number < 2 else diff.replace("sum.c", f"s{number}{evil[:9]}.c")
            out.write(json.dumps({"id": f"{number}{evil}"[:250], "model": evil, "author": f"{evil} <a@example.org>",
                                  "rationale": evil * 3, "claimed_gain": evil,
                                  "diff": (mail if "\n" not in evil and number % 2 else "") + own}) + "\n")
        out.write(json.dumps({"id": "long", "model": "m" * 200, "rationale": "\x1b[31m@octocat " * 80000,
                              "claimed_gain": "<b>" * 300000, "diff": diff}) + "\n")
        for other in others:
            out.write(json.dumps({"id": other, "diff": open(other).read()}) + "\n")
        out.write("{\"id\": \"\\u001b[31mnot JSON\n")
    os.mkdir(folder)
    for number, evil in enumerate(EVIL):
        name = f"{number}-" + evil.replace("/", "_")[:60] + ".patch"
        with open(os.path.join(folder.encode(), name.encode()), "w") as out:
            out.write(diff if number else diff.replace("(n + 8)", "(n + 9)"))


def look(kind, path):
    raw = open(path, "rb").read()
    text = raw.decode("utf-8")
    found = []
    if kind == "live":  # ours: up and erase, nothing else
        text = re.sub(r"\r?\x1b\[\d+A\x1b\[J", "", text).replace("\r\n", "\n")
    if kind == "json":
        view = json.loads(text)  # as RFC 8785 has it: C0 is escaped, the rest stands as it is
        if re.search(r"[\x00-\x1f]", text.rstrip("\n")):
            found.append("a control character")
        if view["batch"]["submitted"] != sum(1 + len(row["duplicates"] or []) for row in view["candidates"]):
            found.append("more or fewer rows than proposals")
        text = ""
    bad = re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", text)
    if bad:
        found.append(f"{bad.group()!r} in {text[max(0, bad.start() - 60):bad.end() + 40]!r}")
    for line in text.split("\n"):
        if re.match(r"\s*(\| 1 \| `forged`|1\. forged-row|1  recommended|forged-row)", line):
            found.append("a forged row: " + repr(line[:100]))
        if kind == "markdown":
            plain = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", line)
            plain = re.sub(r"\\.", "", plain)
            if line != "</details>" and re.search(r"<(script|img|/table|/details|b>)|\]\(https://evil|@octocat|\*\*bold", plain):
                found.append("Markdown: " + repr(line[:160]))
        if len(line) > 4000:
            found.append(f"a line of {len(line)} characters")
    if kind == "markdown" and len(re.findall(r"<details( open)?>", text)) != text.count("</details>"):
        found.append("a fold is opened or closed by a stranger")
    print("\n".join(found[:10]))
    return bool(found)


if sys.argv[1] == "make":
    make(*sys.argv[2:])
else:
    sys.exit(look(sys.argv[1], sys.argv[2]))
