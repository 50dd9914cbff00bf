#include "orchestrator/cli/table.h"

#define CLI_EVERYWHERE  ((CLI_IN(CLI_COMMAND_COUNT)) - 1)
#define CLI_SIGN_OFF    (CLI_IN(CLI_COMMAND_SIGN) | CLI_IN(CLI_COMMAND_GATE) | CLI_IN(CLI_COMMAND_APPLY))
#define CLI_NOT(option) (UINT64_C(1) << (option))

static const char *const formats[] = {"text", "markdown", "json", NULL};
static const char *const metrics[] = {"cpu", "wall", NULL};
static const char *const readings[] = {"auto", "json", "jsonl", "text", "bytes", NULL};
static const char *const shells[] = {"bash", "zsh", "fish", NULL};
static const char *const command_names[] = {
    "run",     "batch",      "check", "compare", "diff",  "init",      "list",   "show",
    "recheck", "reproduce",  "sign",  "gate",    "apply", "calibrate", "doctor", "selftest",
    "gc",      "completion", "man",   "version", "help",  NULL};

static const struct cli_wording patch_wordings[] = {
    {CLI_IN(CLI_COMMAND_RUN),
     "the candidate is this patch file (- for standard input), whatever else has its name"},
    {0, NULL}};
static const struct cli_wording repo_wordings[] = {
    {CLI_IN(CLI_COMMAND_GC), "only the caches of this git repository (default: of all)"}, {0, NULL}};
static const struct cli_wording base_wordings[] = {
    {CLI_IN(CLI_COMMAND_BATCH),
     "what patches stand on (default: HEAD) and branches are compared with (default: their merge base)"},
    {CLI_IN(CLI_COMMAND_CHECK), "the commit that is tried (default: HEAD)"},
    {0, NULL}};
static const struct cli_wording timeout_wordings[] = {
    {CLI_IN(CLI_COMMAND_BATCH), "an end for each evaluation as a whole"},
    {CLI_IN(CLI_COMMAND_COMPARE), "an end for each run of a command (300)"},
    {CLI_IN(CLI_COMMAND_REPRODUCE), "an end for all of it"},
    {0, NULL}};
static const struct cli_wording time_budget_wordings[] = {
    {CLI_IN(CLI_COMMAND_CALIBRATE), "how long it may take (60)"}, {0, NULL}};
static const struct cli_wording input_wordings[] = {
    {CLI_IN(CLI_COMMAND_REPRODUCE), "a sample file of one line, instead of the report's input"}, {0, NULL}};
static const struct cli_wording dry_run_wordings[] = {
    {CLI_IN(CLI_COMMAND_GC), "free nothing: say what would be freed"}, {0, NULL}};

const struct cli_option_row cli_option_rows[CLI_OPTION_COUNT] = {
    [CLI_OPTION_PATCH] =
        {
            .name = "patch",
            .kind = CLI_KIND_FILE,
            .value = "FILE",
            .commands = CLI_IN(CLI_COMMAND_RUN) | CLI_IN(CLI_COMMAND_GATE) | CLI_IN(CLI_COMMAND_APPLY) |
                        CLI_IN(CLI_COMMAND_REPRODUCE),
            .excludes = CLI_NOT(CLI_OPTION_COMMIT),
            .sentence = "the candidate's patch, where it is not kept here",
            .wordings = patch_wordings,
        },
    [CLI_OPTION_COMMIT] =
        {
            .name = "commit",
            .kind = CLI_KIND_TEXT,
            .value = "REVISION",
            .commands = CLI_IN(CLI_COMMAND_RUN),
            .excludes = CLI_NOT(CLI_OPTION_PATCH),
            .sentence = "the candidate is this commit, branch or range, whatever else has its name",
        },
    [CLI_OPTION_REPO] =
        {
            .name = "repo",
            .kind = CLI_KIND_FOLDER,
            .value = "DIR",
            .commands = CLI_IN(CLI_COMMAND_RUN) | CLI_IN(CLI_COMMAND_BATCH) | CLI_IN(CLI_COMMAND_CHECK) |
                        CLI_IN(CLI_COMMAND_INIT) | CLI_IN(CLI_COMMAND_LIST) | CLI_IN(CLI_COMMAND_SHOW) |
                        CLI_IN(CLI_COMMAND_REPRODUCE) | CLI_IN(CLI_COMMAND_GC) | CLI_SIGN_OFF,
            .sentence = "the git repository, bare or not (default: the one around the current folder)",
            .wordings = repo_wordings,
        },
    [CLI_OPTION_BASE] =
        {
            .name = "base",
            .kind = CLI_KIND_TEXT,
            .value = "REVISION",
            .commands = CLI_IN(CLI_COMMAND_RUN) | CLI_IN(CLI_COMMAND_BATCH) | CLI_IN(CLI_COMMAND_CHECK),
            .sentence = "what the candidate is compared with (default: HEAD for a patch, the parent of a "
                        "commit, the merge base of a branch)",
            .wordings = base_wordings,
        },
    [CLI_OPTION_CONFIG] =
        {
            .name = "config",
            .kind = CLI_KIND_FILE,
            .value = "FILE",
            .commands = CLI_IN(CLI_COMMAND_RUN) | CLI_IN(CLI_COMMAND_BATCH) | CLI_IN(CLI_COMMAND_CHECK) |
                        CLI_IN(CLI_COMMAND_LIST) | CLI_IN(CLI_COMMAND_SHOW) | CLI_IN(CLI_COMMAND_REPRODUCE) |
                        CLI_SIGN_OFF,
            .sentence = "a configuration outside of the repository, instead of the base's cupel.json",
        },
    [CLI_OPTION_WORKLOAD] =
        {
            .name = "workload",
            .kind = CLI_KIND_TEXT,
            .value = "NAME",
            .repeatable = true,
            .commands = CLI_IN(CLI_COMMAND_RUN) | CLI_IN(CLI_COMMAND_BATCH),
            .sentence = "only this workload; may be given several times",
        },
    [CLI_OPTION_TIMEOUT] =
        {
            .name = "timeout",
            .kind = CLI_KIND_SECONDS,
            .value = "SECONDS",
            .commands = CLI_IN(CLI_COMMAND_RUN) | CLI_IN(CLI_COMMAND_BATCH) | CLI_IN(CLI_COMMAND_COMPARE) |
                        CLI_IN(CLI_COMMAND_REPRODUCE),
            .sentence = "an end for the whole evaluation; of --attribute, for each",
            .wordings = timeout_wordings,
        },
    [CLI_OPTION_TIME_BUDGET] =
        {
            .name = "time-budget",
            .kind = CLI_KIND_SECONDS,
            .value = "SECONDS",
            .commands = CLI_IN(CLI_COMMAND_COMPARE) | CLI_IN(CLI_COMMAND_CALIBRATE),
            .sentence = "how long pairs may be run until they decide (45, more where runs are long)",
            .wordings = time_budget_wordings,
        },
    [CLI_OPTION_THRESHOLD] =
        {
            .name = "threshold",
            .kind = CLI_KIND_PERCENT,
            .value = "PERCENT",
            .commands = CLI_IN(CLI_COMMAND_COMPARE),
            .sentence = "the difference that counts (10)",
        },
    [CLI_OPTION_METRIC] =
        {
            .name = "metric",
            .kind = CLI_KIND_CHOICE,
            .value = "METRIC",
            .choices = metrics,
            .commands = CLI_IN(CLI_COMMAND_COMPARE),
            .sentence = "what decides: cpu or wall time (cpu where both compute, else wall)",
        },
    [CLI_OPTION_INPUT] =
        {
            .name = "input",
            .kind = CLI_KIND_FILE,
            .value = "FILE",
            .commands = CLI_IN(CLI_COMMAND_COMPARE) | CLI_IN(CLI_COMMAND_REPRODUCE),
            .sentence = "standard input of both commands (empty without it)",
            .wordings = input_wordings,
        },
    [CLI_OPTION_MOUNT] =
        {
            .name = "mount",
            .kind = CLI_KIND_FILE,
            .value = "DIR",
            .repeatable = true,
            .commands = CLI_IN(CLI_COMMAND_COMPARE),
            .sentence =
                "also show this folder or file, read-only and at its own path; may be given several times",
        },
    [CLI_OPTION_DRY_RUN] =
        {
            .name = "dry-run",
            .letter = 'n',
            .kind = CLI_KIND_FLAG,
            .commands = CLI_IN(CLI_COMMAND_RUN) | CLI_IN(CLI_COMMAND_GC),
            .excludes = CLI_NOT(CLI_OPTION_ATTRIBUTE),
            .sentence = "stop after the screen: say whether it applies and may be tried",
            .wordings = dry_run_wordings,
        },
    [CLI_OPTION_OLDER_THAN] =
        {
            .name = "older-than",
            .kind = CLI_KIND_DAYS,
            .value = "DAYS",
            .commands = CLI_IN(CLI_COMMAND_GC),
            .sentence = "only what was last changed before so many days",
        },
    [CLI_OPTION_ATTRIBUTE] =
        {
            .name = "attribute",
            .kind = CLI_KIND_FLAG,
            .commands = CLI_IN(CLI_COMMAND_RUN),
            .excludes = CLI_NOT(CLI_OPTION_DRY_RUN),
            .sentence = "then evaluate its commits or hunks alone and together: which carry the gain",
        },
    [CLI_OPTION_FAIL_ON] =
        {
            .name = "fail-on",
            .kind = CLI_KIND_VERDICTS,
            .value = "VERDICT,...",
            .commands = CLI_IN(CLI_COMMAND_RUN),
            .sentence = "exit 8 for these verdicts and 0 for every other one",
        },
    [CLI_OPTION_FORMAT] =
        {
            .name = "format",
            .kind = CLI_KIND_CHOICE,
            .value = "FORMAT",
            .choices = formats,
            .commands = CLI_IN(CLI_COMMAND_RUN) | CLI_IN(CLI_COMMAND_BATCH) | CLI_IN(CLI_COMMAND_SHOW),
            .excludes = CLI_NOT(CLI_OPTION_JSON),
            .sentence = "how the report is shown: text (default), markdown or json",
        },
    [CLI_OPTION_REPORT] =
        {
            .name = "report",
            .kind = CLI_KIND_FILE,
            .value = "FILE",
            .commands = CLI_SIGN_OFF,
            .sentence = "this report, as run prints it in JSON, instead of one that is kept here",
        },
    [CLI_OPTION_KEY] =
        {
            .name = "key",
            .kind = CLI_KIND_FILE,
            .value = "FILE",
            .commands = CLI_IN(CLI_COMMAND_SIGN),
            .sentence = "your SSH key, or its public half where an agent has the other (default: git's "
                        "user.signingkey, then ~/.ssh)",
        },
    [CLI_OPTION_SIGNER] =
        {
            .name = "signer",
            .kind = CLI_KIND_TEXT,
            .value = "MAIL",
            .commands = CLI_IN(CLI_COMMAND_SIGN) | CLI_IN(CLI_COMMAND_APPLY),
            .sentence = "your address (default: git's user.email)",
        },
    [CLI_OPTION_DIGEST] =
        {
            .name = "digest",
            .kind = CLI_KIND_TEXT,
            .value = "HEX",
            .commands = CLI_IN(CLI_COMMAND_SIGN),
            .sentence = "the report's digest, or 16 digits of it, instead of answering at a terminal",
        },
    [CLI_OPTION_REJECT] =
        {
            .name = "reject",
            .kind = CLI_KIND_FLAG,
            .commands = CLI_IN(CLI_COMMAND_SIGN),
            .sentence = "reject instead of approve; needs --reason",
        },
    [CLI_OPTION_REASON] =
        {
            .name = "reason",
            .kind = CLI_KIND_TEXT,
            .value = "TEXT",
            .commands = CLI_IN(CLI_COMMAND_SIGN),
            .sentence = "why, as part of what is signed",
        },
    [CLI_OPTION_OUT] =
        {
            .name = "out",
            .kind = CLI_KIND_FILE,
            .value = "FILE",
            .commands = CLI_IN(CLI_COMMAND_SIGN),
            .sentence = "also write the signed decision to this file, to be carried elsewhere",
        },
    [CLI_OPTION_PUSH] =
        {
            .name = "push",
            .kind = CLI_KIND_FLAG,
            .commands = CLI_IN(CLI_COMMAND_SIGN),
            .sentence = "also push the decision's ref, and nothing else, to the branch's remote",
        },
    [CLI_OPTION_DECISION] =
        {
            .name = "decision",
            .kind = CLI_KIND_FILE,
            .value = "FILE",
            .repeatable = true,
            .commands = CLI_IN(CLI_COMMAND_GATE) | CLI_IN(CLI_COMMAND_APPLY),
            .sentence = "a file that sign wrote with its decision; may be given several times",
        },
    [CLI_OPTION_HEAD] =
        {
            .name = "head",
            .kind = CLI_KIND_TEXT,
            .value = "REVISION",
            .commands = CLI_IN(CLI_COMMAND_GATE) | CLI_IN(CLI_COMMAND_APPLY),
            .sentence = "what is to be merged now: must be what was evaluated",
        },
    [CLI_OPTION_BRANCH] =
        {
            .name = "branch",
            .kind = CLI_KIND_TEXT,
            .value = "NAME",
            .commands = CLI_IN(CLI_COMMAND_APPLY),
            .sentence = "the branch to make (default: cupel/ID)",
        },
    [CLI_OPTION_CHECKPOINT] =
        {
            .name = "checkpoint",
            .kind = CLI_KIND_FLAG,
            .commands = CLI_IN(CLI_COMMAND_LIST),
            .excludes = CLI_NOT(CLI_OPTION_JSON) | CLI_NOT(CLI_OPTION_AGAINST),
            .sentence =
                "verify the ledger and print a line that says how far it has come, to be kept elsewhere",
        },
    [CLI_OPTION_AGAINST] =
        {
            .name = "against",
            .kind = CLI_KIND_FILE,
            .value = "FILE",
            .commands = CLI_IN(CLI_COMMAND_LIST),
            .excludes = CLI_NOT(CLI_OPTION_JSON) | CLI_NOT(CLI_OPTION_CHECKPOINT),
            .sentence = "verify that the ledger still holds all that this checkpoint saw",
        },
    [CLI_OPTION_AS] =
        {
            .name = "as",
            .kind = CLI_KIND_CHOICE,
            .value = "KIND",
            .choices = readings,
            .commands = CLI_IN(CLI_COMMAND_DIFF),
            .sentence = "how both are read: json, jsonl, text or bytes (auto: as BEFORE looks)",
        },
    [CLI_OPTION_RULES] =
        {
            .name = "rules",
            .kind = CLI_KIND_FILE,
            .value = "FILE",
            .commands = CLI_IN(CLI_COMMAND_DIFF),
            .sentence = "the contract's rules: an array of them, or an object with one as its rules",
        },
    [CLI_OPTION_JSON] =
        {
            .name = "json",
            .kind = CLI_KIND_FLAG,
            .commands = CLI_IN(CLI_COMMAND_COMPARE) | CLI_IN(CLI_COMMAND_DIFF) | CLI_IN(CLI_COMMAND_RECHECK) |
                        CLI_IN(CLI_COMMAND_RUN) | CLI_IN(CLI_COMMAND_BATCH) | CLI_IN(CLI_COMMAND_CHECK) |
                        CLI_IN(CLI_COMMAND_LIST) | CLI_IN(CLI_COMMAND_SHOW) | CLI_IN(CLI_COMMAND_GATE) |
                        CLI_IN(CLI_COMMAND_APPLY) | CLI_IN(CLI_COMMAND_CALIBRATE) |
                        CLI_IN(CLI_COMMAND_DOCTOR) | CLI_IN(CLI_COMMAND_SELFTEST) | CLI_IN(CLI_COMMAND_GC) |
                        CLI_IN(CLI_COMMAND_REPRODUCE),
            .excludes = CLI_NOT(CLI_OPTION_FORMAT),
            .sentence = "the result as JSON on standard output",
        },
    [CLI_OPTION_FORCE] =
        {
            .name = "force",
            .kind = CLI_KIND_FLAG,
            .commands = CLI_IN(CLI_COMMAND_INIT),
            .excludes = CLI_NOT(CLI_OPTION_STDOUT),
            .sentence = "replace a cupel.json that is there",
        },
    [CLI_OPTION_STDOUT] =
        {
            .name = "stdout",
            .kind = CLI_KIND_FLAG,
            .commands = CLI_IN(CLI_COMMAND_INIT),
            .excludes = CLI_NOT(CLI_OPTION_FORCE),
            .sentence = "print the configuration instead of writing it",
        },
    [CLI_OPTION_QUIET] =
        {
            .name = "quiet",
            .letter = 'q',
            .kind = CLI_KIND_FLAG,
            .commands = CLI_IN(CLI_COMMAND_CALIBRATE) | CLI_IN(CLI_COMMAND_RUN) | CLI_IN(CLI_COMMAND_BATCH) |
                        CLI_IN(CLI_COMMAND_CHECK) | CLI_IN(CLI_COMMAND_COMPARE) |
                        CLI_IN(CLI_COMMAND_REPRODUCE),
            .sentence = "no progress on standard error",
        },
    [CLI_OPTION_RESUME] =
        {
            .name = "resume",
            .kind = CLI_KIND_FLAG,
            .commands = CLI_IN(CLI_COMMAND_BATCH),
            .excludes = CLI_NOT(CLI_OPTION_BASE) | CLI_NOT(CLI_OPTION_CONFIG) | CLI_NOT(CLI_OPTION_WORKLOAD) |
                        CLI_NOT(CLI_OPTION_TIMEOUT) | CLI_NOT(CLI_OPTION_COMBINE),
            .sentence = "go on with a batch that was interrupted: the one with this ID, or the newest",
        },
    [CLI_OPTION_COMBINE] =
        {
            .name = "combine",
            .kind = CLI_KIND_FLAG,
            .commands = CLI_IN(CLI_COMMAND_BATCH),
            .sentence = "evaluate what is recommended together, too, as one more candidate",
        },
    [CLI_OPTION_HELP] =
        {
            .name = "help",
            .letter = 'h',
            .kind = CLI_KIND_FLAG,
            .commands = CLI_EVERYWHERE,
            .sentence = "explain the command",
        },
};

const struct cli_command_row cli_command_rows[CLI_COMMAND_COUNT] = {
    [CLI_COMMAND_RUN] =
        {
            .name = "run",
            .positional = "CANDIDATE",
            .most = 1,
            .sentence = "evaluate one candidate and report",
            .description = "CANDIDATE is a patch file, - for a patch on standard input, a "
                           "commit, a branch, or a range A..B. It is "
                           "applied to an isolated worktree, built and run beside its base in a "
                           "sandbox, held to the base's answers, "
                           "and measured. The report goes to standard output and is kept. "
                           "Nothing is applied to the repository.",
        },
    [CLI_COMMAND_BATCH] =
        {
            .name = "batch",
            .positional = "SOURCE...",
            .most = 1000,
            .sentence = "evaluate many candidates and rank them",
            .description = "SOURCE is a folder of patches, a patch, a JSONL file of proposed diffs (fields "
                           "id, diff, author, "
                           "model, rationale, claimed_gain; or instance_id, model_patch, "
                           "model_name_or_path), - for the same "
                           "on standard input, a branch, a pattern of branches such as 'ai-*', or a range "
                           "A..B, each of whose "
                           "commits is a candidate. Candidates that give the same tree are evaluated once. "
                           "What is interrupted "
                           "or killed goes on with --resume, without repeating a stage that was finished. "
                           "Exits 1 on any error, "
                           "else 0 if any is recommended, else 4 if any is inconclusive, else 3.",
        },
    [CLI_COMMAND_CHECK] =
        {
            .name = "check",
            .positional = "",
            .sentence = "try the configuration on the base alone",
            .description = "Builds and runs the base, looks at its answers and its noise, and ends with how "
                           "long a verdict "
                           "takes here, or with what to fix.",
        },
    [CLI_COMMAND_COMPARE] =
        {
            .name = "compare",
            .positional = "A B",
            .least = 2,
            .most = 2,
            .sentence = "is one of two commands faster? No repository, no configuration",
            .description =
                "A and B are command lines, each in one argument, as in cupel compare 'sort -u words' "
                "'sort words | uniq'. They run in turns in the sandbox: the current folder is /work there, "
                "what they write vanishes, and there is no network. Words are split without a shell; where "
                "either has a pipe, a redirection, a variable or the like, /bin/sh runs both. First their "
                "answers are compared, then pairs of runs decide, until a difference of --threshold is "
                "proven or ruled out. Exits 0 when B is faster by that and answers alike, 3 when it is not, "
                "4 when that stays open, 8 when the answers differ or A is faster.",
        },
    [CLI_COMMAND_DIFF] =
        {
            .name = "diff",
            .positional = "BEFORE AFTER",
            .least = 2,
            .most = 2,
            .sentence = "compare two answers field by field, as the contract does",
            .description =
                "BEFORE and AFTER are files, - for standard input: JSON, JSON lines, text or bytes, as "
                "BEFORE looks. JSON is compared as values, exactly: numbers as decimals, duplicate keys, "
                "order of "
                "arrays, not of keys. Each difference has a class, a JSON Pointer, before and after; what a "
                "rule hides is told, and which rules match nothing. Exits 0 when they are the same, equal or "
                "tolerated, 1 when they differ, 2 when they could not be compared.",
        },
    [CLI_COMMAND_INIT] =
        {
            .name = "init",
            .positional = "",
            .sentence = "write a commented cupel.json for this repository",
            .description =
                "Looks at the files that git tracks and proposes how to build, test and run what is there.",
        },
    [CLI_COMMAND_LIST] =
        {
            .name = "list",
            .positional = "",
            .sentence = "show the evaluations of this repository, newest first",
            .description = "Batches first, then one line a report: its ID, when it was made, its verdict, "
                           "and the candidate.",
        },
    [CLI_COMMAND_SHOW] =
        {
            .name = "show",
            .positional = "ID",
            .least = 1,
            .most = 1,
            .sentence = "show one report again",
            .description =
                "ID is what run and list print; its first four digits are enough where they name one report.",
        },
    [CLI_COMMAND_RECHECK] =
        {
            .name = "recheck",
            .positional = "FILE",
            .least = 1,
            .most = 1,
            .sentence = "recompute a report's verdicts from its raw data",
            .description =
                "FILE is a stored report, or what run, show, batch and compare print with --json; - is "
                "standard input. Outcomes, sizes, strata, family and verdict are drawn again from the pairs "
                "and counts in it, under the policy in it; each value that the report says otherwise is "
                "named. Exits 0 when everything follows, 8 when not. That the pairs are what the clock said, "
                "no report can prove.",
        },
    [CLI_COMMAND_REPRODUCE] =
        {
            .name = "reproduce",
            .positional = "ID FINDING",
            .least = 2,
            .most = 2,
            .sentence = "ask one finding of a report again, in sandboxes",
            .description = "Builds base and candidate of the report ID again, asks both the smallest input "
                           "that was found to show the finding (or its first sample, or --input), and shows "
                           "each difference with its "
                           "class, place, before and after. FINDING is its number in the report, or its "
                           "class and place, as in emptied:/items. Exits 0 when the same class of difference "
                           "is there at the same place, 8 when not.",
        },
    [CLI_COMMAND_SIGN] =
        {
            .name = "sign",
            .positional = "ID",
            .most = 1,
            .sentence = "decide on a report, signed with your own SSH key",
            .description =
                "Shows the report, asks for the first eight digits of its digest, and signs your approval "
                "(or --reject). Who may sign stands in .cupel/allowed_signers at the tip of the trusted "
                "branch. Whoever wrote the patch doesn't count. The decision is kept in the ledger and as a "
                "ref; --push and --out carry it elsewhere. Only a recommended report can be approved.",
        },
    [CLI_COMMAND_GATE] =
        {
            .name = "gate",
            .positional = "ID",
            .most = 1,
            .sentence = "check that a report is approved and that the approval still holds",
            .description =
                "Exits 0 when it is and does, 5 when signatures are missing, 6 when an approval is stale or "
                "invalid and says what changed, 8 when it must not be merged. Changes nothing.",
        },
    [CLI_COMMAND_APPLY] =
        {
            .name = "apply",
            .positional = "ID",
            .most = 1,
            .sentence = "make the commit that an approval allows, on a new branch",
            .description = "Refuses without a valid, fresh approval, as gate does. The commit names report "
                           "and signers. Checkout, index, HEAD and other branches stay as they are, and "
                           "nothing is pushed.",
        },
    [CLI_COMMAND_CALIBRATE] =
        {
            .name = "calibrate",
            .positional = "",
            .sentence = "measure this machine's noise, and what gain it can show",
            .description =
                "Times two small programs against themselves in real sandboxes, on each set of CPUs that may "
                "be measured on, for a minute. Says how much of a gain can be shown, which CPUs to measure "
                "on, and what makes the machine noisy with the command that mends it; changes nothing. The "
                "result is kept for all repositories, and reports show it. Needs no repository.",
        },
    [CLI_COMMAND_DOCTOR] =
        {
            .name = "doctor",
            .positional = "",
            .sentence = "show each layer of isolation, present or how to get it",
            .description =
                "Changes nothing. Exits 7 when a layer is missing without which nothing is evaluated.",
        },
    [CLI_COMMAND_SELFTEST] =
        {
            .name = "selftest",
            .positional = "",
            .sentence = "attack the sandbox of this machine and show which layer held",
            .description =
                "Makes every attempt of the attack corpus, and its benign twin, in both profiles of "
                "real sandboxes, in a mount namespace of its own. Shows what is not held, or open "
                "as docs/threat-model.md says, and a table by layer. Exits 7 when one is not held. "
                "Takes half a minute.",
        },
    [CLI_COMMAND_GC] =
        {
            .name = "gc",
            .positional = "",
            .sentence = "free caches: what can be made again",
            .description =
                "Removes exported trees, builds that batches keep, working folders of dead evaluations and "
                "temporary leftovers, of all repositories or of --repo. Reports, ledgers, patches and logs "
                "stay, and a repository that a cupel is working on is left alone.",
        },
    [CLI_COMMAND_COMPLETION] =
        {
            .name = "completion",
            .positional = "SHELL",
            .choices = shells,
            .least = 1,
            .most = 1,
            .sentence = "print completions for bash, zsh or fish",
            .description = "For bash: cupel completion bash > /etc/bash_completion.d/cupel",
        },
    [CLI_COMMAND_MAN] =
        {
            .name = "man",
            .positional = "",
            .sentence = "print the manual page",
            .description = "To read it: cupel man | man -l -",
        },
    [CLI_COMMAND_VERSION] =
        {
            .name = "version",
            .positional = "",
            .sentence = "print the version",
            .description = "cupel --version does the same.",
        },
    [CLI_COMMAND_HELP] =
        {
            .name = "help",
            .positional = "COMMAND",
            .choices = command_names,
            .most = 1,
            .sentence = "explain a command",
            .description = "Without COMMAND: what there is.",
        },
};

const struct cli_status_row cli_status_rows[] = {
    {0, "recommended; or the command did what it should"},
    {1, "infrastructure error: worth a retry, no verdict; diff: they differ"},
    {2, "usage or configuration: what to change; diff: not compared"},
    {3, "nothing to gain: not-worth-it, no-effect"},
    {4, "inconclusive, guardrail-unproven"},
    {5, "awaiting sign-off (gate, apply)"},
    {6, "the sign-off is stale or invalid (gate, apply, sign)"},
    {7, "the sandbox can't be had; cupel doctor says what is missing"},
    {8, "must not merge: every other verdict; recheck, reproduce: not so"},
};
const size_t cli_status_count = sizeof cli_status_rows / sizeof *cli_status_rows;

bool cli_takes(enum cli_command command, enum cli_option option)
{
    return (cli_option_rows[option].commands & CLI_IN(command)) != 0;
}

const char *cli_sentence(enum cli_command command, enum cli_option option)
{
    const struct cli_option_row *row = &cli_option_rows[option];
    for (const struct cli_wording *wording = row->wordings; wording && wording->commands; wording++)
        if (wording->commands & CLI_IN(command))
            return wording->sentence;
    return row->sentence;
}
