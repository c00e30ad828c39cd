#!/usr/bin/env bash
# supervise.sh NAME STOP_SIGNAL COMMAND…
#
# Keeps one program running as its system user: starts it again when it ends, waiting longer each
# time that it ended soon.  On SIGTERM it sends the program STOP_SIGNAL, waits for it, and ends.  It
# holds a lock on .steward/supervise/NAME.lock as long as it lives, so there is never a second one,
# and a stale process id is never believed.
#
#   STEWARD_LONGEST_RESTART_DELAY   milliseconds it waits at the most (10000)
set -uo pipefail
# shellcheck source=paths.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/paths.sh"

readonly name=$1 stop_signal=$2
shift 2
readonly directory=$state/supervise log=$state/log/$name.log
readonly largest_log=$((16 * 1024 * 1024))
readonly shortest_delay=200 longest_delay=${STEWARD_LONGEST_RESTART_DELAY:-10000} stable_after=10

close_inherited
exec 9<>"$directory/$name.lock" </dev/null >>"$log" 2>&1
# A moment's wait, because somebody who looks whether it is held takes it for that moment.
flock --timeout 5 9 || exit 0
printf '%s\n' $$ >"$directory/$name.pid"
cd / || exit 1
umask 0077
hard_limit=$(ulimit -H -n)
[[ $hard_limit != unlimited && $hard_limit -lt 65536 ]] || hard_limit=65536
ulimit -S -n "$hard_limit"
# No memory is written to disk when a program ends badly; the vault locks what it holds.
ulimit -c 0
ulimit -l 65536 2>/dev/null || ulimit -S -l "$(ulimit -H -l)"

tell() { printf '%s supervise: %s\n' "$(date --utc +%Y-%m-%dT%H:%M:%S.%3NZ)" "$*"; }

# begin_log: keeps one old log beside the one that grows.
begin_log() {
    (($(stat -c %s "$log") > largest_log)) || return 0
    mv -f "$log" "$log.1" && exec >>"$log" 2>&1
}

stopping=false child='' delay=$shortest_delay
stop() {
    stopping=true
    [[ -z $child ]] || kill -s "$stop_signal" "$child" 2>/dev/null
}
trap stop TERM
trap '' HUP INT

# wait_for_child: until it is gone, however often a signal interrupts the wait.
wait_for_child() {
    status=0
    while kill -0 "$child" 2>/dev/null; do
        wait "$child"
        status=$?
    done
    child=''
}

user_prefix "$name"
while ! $stopping; do
    begin_log
    began=$SECONDS
    "${prefix[@]}" "$@" 9>&- &
    child=$!
    printf '%s\n' "$child" >"$directory/$name.child"
    ! $stopping || stop
    wait_for_child
    printf '%s\n' "$status" >"$directory/$name.status"
    ! $stopping || break
    ((SECONDS - began < stable_after)) || delay=$shortest_delay
    tell "$name ended with status $status; starting it again in $delay ms"
    sleep "$((delay / 1000)).$(printf '%03d' $((delay % 1000)))" 9>&- &
    child=$!
    wait_for_child
    delay=$((delay * 2 < longest_delay ? delay * 2 : longest_delay))
done
tell "$name stopped"
rm -f "$directory/$name.pid" "$directory/$name.child"
