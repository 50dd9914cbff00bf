#!/usr/bin/env python3
"""Writes unicode_data.c to stdout, from the Unicode data that this Python carries."""
import unicodedata

HANGUL = range(0xAC00, 0xAC00 + 11172)  # by arithmetic, in unicode.c


def rows(title, items):
    print(title)
    for start in range(0, len(items), 5):
        print("    " + " ".join(items[start:start + 5]))
    print("};")


decompositions = []
classes = []
for code in range(0x110000):
    text = unicodedata.decomposition(chr(code))
    if text and not text.startswith("<") and code not in HANGUL:
        parts = [int(part, 16) for part in text.split()] + [0]
        decompositions.append("{0x%x, {0x%x, 0x%x}}," % (code, parts[0], parts[1]))
    combining = unicodedata.combining(chr(code))
    if combining and classes and classes[-1][1:] == [code - 1, combining]:
        classes[-1][1] = code
    elif combining:
        classes.append([code, code, combining])

print("/* Unicode %s: canonical decompositions and combining classes (UnicodeData.txt, fields 5 and 3)."
      % unicodedata.unidata_version)
print(" * Written by unicode_data.py. */")
print('#include "base/unicode.h"\n')
print("/* clang-format off */")
rows("const struct unicode_decomposition unicode_decompositions[] = {", decompositions)
print("const size_t unicode_decomposition_count = sizeof unicode_decompositions / sizeof *unicode_decompositions;\n")
rows("const struct unicode_class unicode_classes[] = {", ["{0x%x, 0x%x, %d}," % tuple(row) for row in classes])
print("const size_t unicode_class_count = sizeof unicode_classes / sizeof *unicode_classes;")
