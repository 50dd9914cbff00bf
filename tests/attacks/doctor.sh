#!/bin/sh
# `cupel doctor` on a machine whose user namespaces are limited to none: the cause by its stable name, the command that
# mends it, and an exit status for scripts. The limit is that of a user namespace made here, never the machine's.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export XDG_STATE_HOME="$folder/state"
unshare --user --map-root-user --mount true 2> /dev/null || {
    echo "skipped: no user namespaces here"
    exit 77
}

inside() {
    status=0
    unshare --user --map-root-user --mount sh -c "$1" > "$folder/out" 2>&1 || status=$?
}

expect() {
    grep -qF -- "$1" "$folder/out" || {
        echo "not said: $1"
        cat "$folder/out"
        exit 1
    }
}

inside "$CUPEL doctor --json"
[ $status -eq 0 ] || [ $status -eq 7 ]
expect '"cause":	""'
if grep -qF userns-limit-zero "$folder/out"; then
    echo "a limit of none without one"
    exit 1
fi

inside "echo 0 > /proc/sys/user/max_user_namespaces && $CUPEL doctor --json"
[ $status -eq 7 ]
expect '"cause":	"userns-limit-zero"'
expect '"cause":	"row-above"'
expect '"isolation":	"reduced"'

inside "echo 0 > /proc/sys/user/max_user_namespaces && $CUPEL doctor"
[ $status -eq 7 ]
expect '`sudo sysctl user.max_user_namespaces=10000`'
expect 'A required layer is missing: nothing is evaluated until it is there.'
