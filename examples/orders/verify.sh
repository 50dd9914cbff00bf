#!/bin/bash
# Checks the candidates with plain tools, without cupel: each applies (05 doesn't), builds, passes the tests and
# answers every sample byte for byte like the base (02 doesn't); prints what each saves of the production mix.
#
#     examples/orders/verify.sh [CANDIDATE.patch…]
#
# 07 tries to leave; outside cupel's sandbox it is only built here.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

export_tree() {
    mkdir "$1"
    cp -r "$here/Makefile" "$here/cupel.json" "$here/src" "$here/tests" "$1/"
}

build() {
    make -s -C "$1" && make -s -C "$1" test > /dev/null
}

problems=0
complain() {
    echo "  WRONG: $1"
    problems=$((problems + 1))
}

export_tree "$folder/base"
build "$folder/base"
[ $# -gt 0 ] || set -- "$here"/candidates/*.patch
for patch; do
    patch=$(realpath "$patch")
    name=$(basename "$patch" .patch)
    arm=$folder/$name
    echo "$name"
    export_tree "$arm"
    if ! (cd "$arm" && GIT_CEILING_DIRECTORIES=$folder git apply "$patch" 2> "$folder/log"); then
        echo "  does not apply: $(head -n 1 "$folder/log")"
        [[ $name == 05-* ]] || complain "it should apply"
        continue
    fi
    [[ $name != 05-* ]] || complain "it should not apply"
    build "$arm"
    if [[ $name == 07-* ]]; then
        echo "  builds; not run outside a sandbox"
        continue
    fi
    status=0
    python3 "$here/verify.py" "$here/samples/orders.jsonl" "$folder/base/build/orders" "$arm/build/orders" || status=$?
    case $name:$status in
    02-*:3) ;;
    02-*) complain "its answers should differ" ;;
    *:0) ;;
    *) complain "its answers should not differ" ;;
    esac
done
[ $problems -eq 0 ] || exit 1
