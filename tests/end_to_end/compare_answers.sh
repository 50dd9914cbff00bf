#!/usr/bin/env bash
# cupel compare beside whatever else runs: what it says of answers and command lines, and what commands can reach.
source "$(dirname "$0")/compare_lib.sh"

# Answers.
expect 8 'The answers differ: in stdout at line 1 (value), A has "x\n" and B "y\n".' 'another answer' compare --time-budget 1 './work 10 x' './work 10 y'
expect 8 'The answers differ' 'another exit status' compare --time-budget 1 true false
expect 8 'exit status 0 of A, exit status 2 of B, and B says "' 'what the failing one says' compare --time-budget 1 'ls .' 'ls nowhere'
grep -q 'Nothing was timed.' "$scratch/out" || fail 'and nothing is timed' "$scratch/out"
expect 8 'killed by SIGSEGV of B' 'a crash' compare --time-budget 1 'true' 'sh -c "kill -SEGV \$\$"'
compare --time-budget 1 false false >"$scratch/said" 2>&1
expect 0 'Both fail, with exit status 1: what is compared is how fast they do.' 'both fail alike' cat "$scratch/said"
compare --time-budget 1 'date +%N' 'date +%N' >"$scratch/said" 2>&1
expect 0 'the same but for values that change from run to run by themselves' 'a clock is no difference' cat "$scratch/said"
compare --time-budget 1 'seq 1' 'sh -c "od -An -N4 -tu4 /dev/urandom"' >"$scratch/said" 2>&1
expect 0 "The answers differ, and B's change from run to run" 'random answers of one' cat "$scratch/said"
expect 2 'nothing to compare: A timed out after' 'neither ends' compare --timeout 0.3 'sleep 5' 'sleep 6'
expect 8 ' s of B.' 'one does not end' compare --time-budget 1 --timeout 0.5 'true' 'sleep 6'

# Command lines.
expect 2 "A: a ' has no end" 'an open quote' compare "ls 'x" ls
expect 2 'B: is no command' 'no command' compare ls ' '
expect 2 'there is no program nosuchprogram' 'no program' compare nosuchprogram ls
expect 2 'can'"'"'t be run: ' 'no program for the shell' compare 'x=1 nosuchprogram' 'ls'
expect 2 'but a file of that name: ./work' 'a program of the folder' compare 'work 1' ls
expect 2 'may not be run; chmod +x' 'not executable' compare ./work.c ls
expect 2 './nowhere: No such file' 'no file' compare ./nowhere ls
compare --time-budget 1 'echo a | cat' 'echo a' >"$scratch/said" 2>&1
expect 0 '(by /bin/sh)' 'a pipe is run by the shell' cat "$scratch/said"
checks=$((checks + 1))
[ "$(grep -c '(by /bin/sh)' "$scratch/said")" = 2 ] || fail 'the other one too' "$scratch/said"

# What is inside: the folder, what is mounted, and nothing that was written.
printf 'input\n' >data/in
expect 8 'and B "input\n"' 'stdin of both' compare --time-budget 1 --input data/in 'seq 1' cat
expect 8 'A has 2 bytes: 1\n and B nothing.' 'stdin is empty otherwise' compare --time-budget 1 'seq 1' cat
expect 2 '--input nowhere: No such file' 'no input' compare --input nowhere cat cat
expect 2 'is no file that both commands could read anew' 'a pipe is no input' compare --input /dev/null cat cat
compare --time-budget 1 'sh -c "test ! -e new && echo ok > new && cat new"' 'sh -c "test ! -e new && echo ok > new && cat new"' >"$scratch/said" 2>&1
expect 0 'the same bytes; exit status 0' 'each run finds the folder as it was' cat "$scratch/said"
checks=$((checks + 1))
[ ! -e new ] || fail 'what commands write vanishes'
compare --time-budget 1 'seq 1' 'grep -c : /proc/net/dev' >"$scratch/said" 2>&1
expect 0 'the same bytes' 'the only network is a loopback of its own' cat "$scratch/said"
mkdir -p "$scratch/elsewhere/bin"
cp work "$scratch/elsewhere/bin/tool"
expect 2 "--mount $scratch/elsewhere shows that, read-only" 'a program elsewhere' compare "$scratch/elsewhere/bin/tool 1" ls
expect 2 "--mount $scratch/elsewhere shows that, read-only" 'found in PATH' env PATH="$scratch/elsewhere/bin:$PATH" "$CUPEL" compare -q 'tool 1' ls
expect 8 'The answers differ' 'with the mount' compare --time-budget 1 --mount "$scratch/elsewhere" "$scratch/elsewhere/bin/tool 1 a" 'tool 1 b'
printf '#!%s\n' "$scratch/elsewhere/bin/tool" >script
chmod +x script
expect 2 'script is a script for' 'an interpreter elsewhere' compare ./script ls
expect 2 "which is /work inside; name it ./work" 'a path of the folder' compare "$folder/work 1" ls
compare --time-budget 1 "ls $scratch/elsewhere" ls >"$scratch/said" 2>&1
expect 0 "A names $scratch/elsewhere, which the sandbox doesn't show; --mount" 'an argument elsewhere is told' cat "$scratch/said"
expect 2 "--mount / can't be: it would show the whole machine" 'no mount of all' compare --mount / ls ls
expect 2 "holds your whole home folder" 'no mount of home' compare --mount "$HOME" ls ls
expect 2 "holds cupel's own state" 'no mount of the state' compare --mount "$XDG_STATE_HOME" ls ls
in_folder() { (cd "$1" && shift && "$CUPEL" compare -q "$@"); }
expect 2 'holds your whole home folder' 'home is no folder to compare in' in_folder "$HOME" ls ls
expect 2 'would show the whole machine' 'nor is the root' in_folder / ls ls
if [ "$(id -u)" = 0 ]; then
    printf 'secret\n' >private/file
    chmod 600 private/file
    expect 2 "the sandbox's user can't read it: root started cupel" 'root owns what the sandbox may not read' compare 'cat private/file' ls
    chmod 644 private/file
    chmod 700 private
    expect 2 "others have no right to $folder/private (mode 0700)" 'and the folder' compare 'cat private/file' ls
    chmod 755 private
fi

# Text from commands and their output is data.
hostile=$(printf 'printf "\\033]0;owned\\a\\342\\200\\256" # \033[31m')
compare --time-budget 1 "$hostile" 'printf x' >"$scratch/out" 2>&1
checks=$((checks + 1))
if LC_ALL=C grep -q "$(printf '\033\\|\a\\|\342\200\256')" "$scratch/out"; then fail 'escapes reach the terminal' "$scratch/out"; fi

# As an ordinary user, in a folder that nobody else can read.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    mkdir -p "$scratch/user/folder"
    cp work "$scratch/user/folder/"
    chmod 755 "$scratch"
    chown -R nobody "$scratch/user"
    chmod 700 "$scratch/user/folder"
    as_nobody() {
        (cd "$scratch/user/folder" && setpriv --reuid=nobody --regid=nogroup --clear-groups \
            env HOME=/nonexistent XDG_STATE_HOME="$scratch/user/state" XDG_CONFIG_HOME="$scratch/user/config" "$CUPEL" compare -q "$@")
    }
    as_nobody true false >"$scratch/out" 2>&1
    status=$?
    if [ "$status" = 7 ]; then
        echo 'skipped: an ordinary user gets no sandbox here'
    else
        expect 8 'exit status 0 of A, exit status 1 of B' 'an ordinary user' as_nobody true false
    fi
fi
finish
