#!/bin/sh
# A few answers that must not change; run as `make test`.
set -eu
orders=$1
data=$(mktemp)
trap 'rm -f "$data"' EXIT
printf '%s\n' \
    '7	2026-03-01T10:00:00Z	3	open	A1*2@150' \
    '8	2026-03-02T10:00:00Z	4	paid	B2*1@999,A1*1@150' \
    'not an order' \
    '7	2026-03-01T10:00:00Z	3	shipped	A1*2@150' > "$data"

expect() {
    wanted=$1
    shift
    got=$("$orders" "$@" --data "$data" | tr -d ' \n')
    case $got in
    *"$wanted"*) ;;
    *) echo "orders $*: expected $wanted, got $got" >&2; exit 1 ;;
    esac
}

expect '"matched":2,"skipped":1,"orders":[{"id":8,' list
expect '"status":"shipped","items":1,"total":3.00}]' list --sort oldest --offset 0 --customer 3
expect '"matched":1,' list --status paid
expect '"matched":2,' list --status ''
expect '"matched":1,' list --min-total 11.49
expect '"orders":[]' list --offset 5
expect '"customers":2,"top":[{"customer":4,"orders":1,"spent":11.49}]' summary --limit 1
if "$orders" list --limit x < "$data" 2> /dev/null; then
    echo "a bad limit was accepted" >&2
    exit 1
fi
echo "all tests passed"
