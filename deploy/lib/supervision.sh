# Starting, finding and stopping what supervise.sh keeps running.
# shellcheck shell=bash

# is_supervised NAME: whether its supervisor lives.
is_supervised() {
    [[ -e $state/supervise/$1.lock ]] || return 1
    ! flock --nonblock "$state/supervise/$1.lock" true
}

# fingerprint_of FILE…: changes when one of the files does, or the supervisor itself.
fingerprint_of() { cat -- "$@" "$root/deploy/lib/supervise.sh" | sha256sum; }

# start_supervised NAME STOP_SIGNAL COMMAND…: starts it, unless it runs with the same fingerprint,
# which comes on standard input.  One with another fingerprint is stopped first.
start_supervised() {
    local name=$1 fingerprint
    fingerprint=$(cat)
    if is_supervised "$name"; then
        [[ $(cat "$state/supervise/$name.fingerprint" 2>/dev/null) != "$fingerprint" ]] || return 0
        stop_supervised "$name"
    fi
    rm -f "$state/supervise/$name.status"
    printf '%s\n' "$fingerprint" >"$state/supervise/$name.fingerprint"
    setsid --fork "$root/deploy/lib/supervise.sh" "$@" 8>&- </dev/null >/dev/null 2>&1
    local waited=0
    until is_supervised "$name"; do
        ((++waited < 200)) || fail "The supervisor of $name did not start."
        sleep 0.01
    done
}

# stop_everything: the services, those first that call the others, and then Postgres.  Sets
# `stopped` to the names of what was running.
stop_everything() {
    local name
    stopped=()
    for name in $(printf '%s\n' "${services[@]}" | tac) postgres; do
        is_supervised "$name" || continue
        stop_supervised "$name"
        stopped+=("$name")
    done
}

# stop_supervised NAME: asks its supervisor to stop it, and waits up to 40 s, which is longer than a
# service may take to finish its calls.
stop_supervised() {
    local name=$1 waited=0
    is_supervised "$name" || return 0
    until ! is_supervised "$name"; do
        ((waited % 50 != 0)) || kill -TERM "$(cat "$state/supervise/$name.pid")" 2>/dev/null || true
        ((++waited < 800)) || fail "$name does not stop; see $state/log/$name.log."
        sleep 0.05
    done
}
