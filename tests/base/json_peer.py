"""Reads cases (four bytes of length, then the bytes) and writes what Python's json says of each, a line a case.

"-" where it refuses, else the value: numbers as they were written, strings and keys as the hexadecimal digits of their
UTF-8, members in their order, twice where they stand there twice.
"""
import json
import struct
import sys


class Members(list):
    pass


class Number(str):
    pass


def refuse(word):
    raise ValueError(word)


def hexadecimal(string):
    return '"' + string.encode("utf-8", "surrogatepass").hex() + '"'


def write(value):
    if isinstance(value, Members):
        return "{" + ",".join(hexadecimal(key) + ":" + write(each) for key, each in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(write(each) for each in value) + "]"
    if isinstance(value, Number):
        return "#" + value
    if isinstance(value, str):
        return hexadecimal(value)
    return {None: "null", True: "true", False: "false"}[value]


def answer(case):
    try:
        text = case.decode("utf-8")
    except UnicodeDecodeError:
        return "?"
    try:
        return write(json.loads(text, parse_int=Number, parse_float=Number, parse_constant=refuse, object_pairs_hook=Members))
    except ValueError:
        return "-"


with open(sys.argv[1], "rb") as file:
    while head := file.read(4):
        print(answer(file.read(struct.unpack("<I", head)[0])))
