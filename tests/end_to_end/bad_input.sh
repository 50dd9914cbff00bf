#!/usr/bin/env bash
# Bad input: each a clear line and the right exit status, and nothing left behind.
source "$(dirname "$0")/lib.sh"

repo=$scratch/repo
make_repository "$repo"
leftovers >"$scratch/before"
run() { "$CUPEL" run --repo "$repo" "$@"; }
patch_of "$repo" sum.c 's/ROUNDS 200000/ROUNDS 200001/' >"$scratch/same.patch"

# The command line.
expect 2 'has no option' 'an unknown option' "$CUPEL" run --nonsense
expect 2 'unknown command' 'an unknown command' "$CUPEL" rnu
expect 2 'CANDIDATE' 'no candidate' "$CUPEL" run --repo "$repo"

# The repository.
expect 2 'is in no git repository' 'no repository' "$CUPEL" run --repo "$scratch" "$scratch/same.patch"
git init -q "$scratch/empty"
expect 2 'no commit' 'a repository without commits' "$CUPEL" run --repo "$scratch/empty" "$scratch/same.patch"

# The patch.
: >"$scratch/empty.patch"
expect 2 'empty' 'an empty patch' run "$scratch/empty.patch"
printf 'Dear all,\nI made it faster.\n' >"$scratch/prose.patch"
expect 2 'this is no patch' 'a text that is no patch' run "$scratch/prose.patch"
expect 2 'no-such' 'a candidate that does not exist' run no-such
expect 2 'takes folders of patches' 'a folder' run "$scratch"
expect 2 '--dry-run makes no report' 'a report of a dry run' run --dry-run --json "$scratch/same.patch"
expect 2 'no commit, branch or tag' 'a base that is not there' "$CUPEL" check --repo "$repo" --base nonsense
sed 's/ROUNDS 200000/ROUNDS 777/' "$scratch/same.patch" >"$scratch/stale.patch"
expect 8 'DOES NOT APPLY' 'a patch against another text' run "$scratch/stale.patch"
expect 8 'sum.c' 'and it names the file' run "$scratch/stale.patch"

# The configuration.
configuration() { printf '%s' "$1" >"$scratch/config.json"; }
with_config() { "$CUPEL" run --repo "$repo" --config "$scratch/config.json" "$scratch/same.patch"; }
expect 2 'config-missing.json' 'a configuration that is not there' run --config "$scratch/config-missing.json" "$scratch/same.patch"
configuration '{"version": 1,'
expect 2 'config.json:1' 'a configuration that breaks off' with_config
configuration '{"version": 1, "biuld": [], "workloads": []}'
expect 2 '"build"' 'an unknown key names the nearest one' with_config
configuration '{"version": 1, "workloads": []}'
expect 2 '/workloads' 'no workloads' with_config
workload='{"name": "sum", "kind": "command", "run": ["./sum"], "samples": "samples/sum.jsonl", "outputs": ["out.json"]}'
configuration '{"version": 1, "workloads": ['"$workload"'], "contract": {"rules": [{"path": "/n", "ignore": true, "format": "uuid"}]}}'
expect 2 'config.json:1: /contract/rules/0: "ignore" and "format" exclude each other' 'a rule that contradicts itself' with_config
configuration '{"version": 1, "workloads": ['"$workload"'], "contract": {"rules": [{"path": "/n", "part": "out.txt", "noisy": true}]}}'
expect 2 'config.json:1: /contract/rules/0/part: is neither "stdout" nor' 'a rule for a file that nobody writes' with_config
configuration '{"version": 1, "workloads": ['"$workload"'], "policy": {"forbid_learned_noise": ["n"]}}'
expect 2 'config.json:1: /policy/forbid_learned_noise/0: must be a JSON Pointer' 'a policy that forbids noise nowhere' with_config
configuration '{"version": 2, "workloads": []}'
expect 2 '/version' 'a version from the future' with_config
configuration '{"version": 1, "workloads": [{"name": "sum", "kind": "command", "run": ["./sum"], "samples": "none.jsonl"}]}'
expect 2 'none.jsonl' 'missing samples' with_config
: >"$scratch/empty.jsonl"
configuration '{"version": 1, "workloads": [{"name": "sum", "kind": "command", "run": ["./sum"], "samples": "empty.jsonl"}]}'
expect 2 'empty.jsonl' 'empty samples' with_config
printf '{"id": "a", "args": ["1"]}\n{"id": "a", "args": ["2"]}\n' >"$scratch/twice.jsonl"
configuration '{"version": 1, "workloads": [{"name": "sum", "kind": "command", "run": ["./sum"], "samples": "twice.jsonl"}]}'
expect 2 'twice.jsonl:2' 'a sample id that comes twice' with_config
cp "$repo/cupel.json" "$repo/inside.json"
expect 2 'inside the repository' 'a --config in the checkout' run --config "$repo/inside.json" "$scratch/same.patch"
rm "$repo/inside.json"

# A base that can't be held to its own answers where noise may not be learned; elsewhere it teaches it. What proves
# nothing is no ground for a verdict.
make_repository "$scratch/noisy"
sed -i 's/^int main/#include <time.h>\n&/; s/printf("{/if (n == 1)\n        return 139;\n    struct timespec at;\n    clock_gettime(CLOCK_REALTIME, \&at);\n    printf("{\\"at\\": %ld, /; s/\\n", n, sum/\\n", at.tv_nsec, n, sum/' "$scratch/noisy/sum.c"
commit "$scratch/noisy" 'Print the clock'
workload='{"name": "sum", "kind": "command", "run": ["./sum"], "samples": "samples/sum.jsonl", "block_s": 0.02}'
check_with() { configuration "$1"; "$CUPEL" check --repo "$scratch/noisy" --quiet --config "$scratch/config.json"; }
expect 2 'differ: value of stdout at /at' 'noise where none may be learned' check_with \
    '{"version": 1, "build": [["make"]], "workloads": ['"$workload"'], "policy": {"forbid_learned_noise": ["/at"]}}'
check_with '{"version": 1, "build": [["make"]], "workloads": ['"$workload"'], "contract": {"rules": [{"path": "/none", "noisy": true}]}}' \
    >"$scratch/checked" 2>&1
for words in 'noisy: stdout /at' 'not compared: 1 crashed' 'rule that matched nothing: noisy at /none'; do
    expect 0 "$words" "check says: $words" cat "$scratch/checked"
done

# An uncommitted configuration names both ways out.
make_repository "$scratch/uncommitted"
git -C "$scratch/uncommitted" rm -q --cached cupel.json
git -C "$scratch/uncommitted" commit -qm 'Without configuration'
expect 2 'commit it' 'an uncommitted configuration' "$CUPEL" run --repo "$scratch/uncommitted" "$scratch/same.patch"
expect 2 '--config' 'and the other way out' "$CUPEL" run --repo "$scratch/uncommitted" "$scratch/same.patch"

# A store that lacks objects, a submodule, an LFS pointer.
git clone -q --no-local "$repo" "$scratch/partial" 2>/dev/null
blob=$(git -C "$scratch/partial" rev-parse HEAD:sum.c)
git -C "$scratch/partial" unpack-objects -q < <(cat "$scratch"/partial/.git/objects/pack/*.pack) 2>/dev/null
mkdir -p "$scratch/packs" && mv "$scratch"/partial/.git/objects/pack/* "$scratch/packs/" 2>/dev/null
git -C "$scratch/partial" unpack-objects -q <"$(ls "$scratch"/packs/*.pack)"
rm -f "$scratch/partial/.git/objects/${blob:0:2}/${blob:2}"
expect 2 'sum.c' 'a partial object store' "$CUPEL" run --repo "$scratch/partial" "$scratch/same.patch"
make_repository "$scratch/submodule"
git -C "$scratch/submodule" update-index --add --cacheinfo 160000,"$(git -C "$repo" rev-parse HEAD)",lib
git -C "$scratch/submodule" commit -qm 'Add a submodule'
expect 2 'submodule' 'a submodule' "$CUPEL" run --repo "$scratch/submodule" "$scratch/same.patch"
make_repository "$scratch/lfs"
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%064d\nsize 12\n' 0 >"$scratch/lfs/model.bin"
commit "$scratch/lfs" 'Add a pointer'
expect 2 'LFS' 'an LFS pointer' "$CUPEL" run --repo "$scratch/lfs" "$scratch/same.patch"

# A pointer that the patch brings is the patch's fault, and has a report.
git -C "$scratch/lfs" diff HEAD~1 HEAD >"$scratch/pointer.patch"
expect 8 'Git LFS pointer' 'a patch that adds an LFS pointer' "$CUPEL" run --repo "$repo" "$scratch/pointer.patch"

expect_clean 'nothing is left behind'
finish
