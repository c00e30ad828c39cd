# What the scripts print: one line a step, and where to look when one fails.
# shellcheck shell=bash

if [[ -t 1 ]]; then
    readonly bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
else
    readonly bold='' dim='' red='' green='' plain=''
fi

# say TEXT: a line of its own.
say() { printf '%s\n' "$*"; }

# heading TEXT: begins a part of the output.
heading() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

# done_with TEXT [DETAIL]: a step that is finished.
done_with() { printf '%s✓%s %s%s\n' "$green" "$plain" "$1" "${2:+ $dim$2$plain}"; }

# note TEXT: something the operator should know.
note() { printf '%s!%s %s\n' "$bold" "$plain" "$*"; }

# fail TEXT…: says what went wrong, one line an argument, and ends the script.
fail() {
    printf '%s✗%s %s\n' "$red" "$plain" "$1" >&2
    shift
    [[ $# -eq 0 ]] || printf '  %s\n' "$@" >&2
    exit 1
}

# fail_with_log TEXT FILE: the same, with the end of a log.
fail_with_log() {
    printf '%s✗%s %s\n' "$red" "$plain" "$1" >&2
    printf '  the end of %s:\n' "$2" >&2
    tail -n 20 "$2" 2>/dev/null | sed 's/^/    /' >&2
    exit 1
}

# seconds_since MILLISECONDS: time gone by since a value of `milliseconds`, as "1.2 s".
seconds_since() {
    local gone=$(($(milliseconds) - $1))
    printf '%d.%d s' $((gone / 1000)) $((gone % 1000 / 100))
}

# milliseconds: the time now, for differences.
milliseconds() { date +%s%3N; }
