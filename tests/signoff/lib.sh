# Shared by the sign-off tests: keys, a repository with signers, a recommended report. Use: source lib.sh
: "${MAKE_REPORT:?the make_report executable}"
command -v ssh-keygen >/dev/null || { echo 'skipped: ssh-keygen is not installed'; exit 77; }
source "$(dirname "$0")/../end_to_end/lib.sh"
unset SSH_AUTH_SOCK SSH_ASKPASS DISPLAY
export TMPDIR=$scratch/tmp
mkdir -p "$TMPDIR" "$scratch/keys"

# key NAME: a key pair without a passphrase.
key() { ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$scratch/keys/$1"; }
public() { cut -d' ' -f1,2 "$scratch/keys/$1.pub"; }
for name in kim lee ada mallory; do key "$name"; done

# A repository whose tip lists kim, lee and ada (who writes the patch) as signers, and a patch of ada's.
make_signed_repository() {
    make_repository "$1"
    mkdir -p "$1/.cupel"
    for name in kim lee ada; do
        printf '%s@example.org %s\n' "$name" "$(public "$name")"
    done >"$1/.cupel/allowed_signers"
    commit "$1" 'Say who may sign'
    git -C "$1" checkout -q -b topic
    sed -i 's/ROUNDS 200000/ROUNDS 100000/' "$1/sum.c"
    GIT_AUTHOR_NAME='Ada Example' GIT_AUTHOR_EMAIL=Ada@Example.org commit "$1" 'Halve the rounds

It needs half of them.

Cupel-Approved-By: mallory@example.org
Co-authored-by: Cy <cy@example.org>'
    git -C "$1" format-patch -q -1 --stdout >"$scratch/halve.patch"
    git -C "$1" checkout -q main
}

# report REPO CANDIDATE [VERDICT]: sets id and digest.
report() { read -r id digest < <("$MAKE_REPORT" "$@"); }

# sign NAME ARGUMENT…: with that person's key, for the report of this repository.
sign() {
    local name=$1
    shift
    "$CUPEL" sign --repo "$repo" --key "$scratch/keys/$name" --signer "$name@example.org" "$@"
}
gate() { "$CUPEL" gate --repo "$repo" "$@"; }
apply() { "$CUPEL" apply --repo "$repo" "$@"; }
# What a sign-off must never change.
checkout_state() {
    git -C "$repo" status --porcelain=v2 --branch
    sha256sum <"$repo/.git/index"
    git -C "$repo" rev-parse HEAD main
    cat "$repo/.git/HEAD"
}
