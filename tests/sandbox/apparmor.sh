#!/bin/sh
# The profile goes where AppArmor reads it, or below another prefix, and names the program that is installed there.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cmake --install "$BUILD" --component apparmor --prefix "$folder/local" > /dev/null
grep -q "^profile cupel-sandbox $folder/local/libexec/cupel/cupel-sandbox flags=(unconfined) {$" \
    "$folder/local/etc/apparmor.d/cupel-sandbox"
grep -q '^  userns,$' "$folder/local/etc/apparmor.d/cupel-sandbox"

DESTDIR=$folder/package cmake --install "$BUILD" --component apparmor --prefix /usr > /dev/null
grep -q '^profile cupel-sandbox /usr/libexec/cupel/cupel-sandbox ' "$folder/package/etc/apparmor.d/cupel-sandbox"

# Syntax, where there is a parser that knows the rule.
if command -v apparmor_parser > /dev/null && [ -e /etc/apparmor.d/abi/4.0 ]; then
    apparmor_parser --skip-kernel-load --skip-cache "$folder/package/etc/apparmor.d/cupel-sandbox"
fi
