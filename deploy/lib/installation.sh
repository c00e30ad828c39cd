#!/usr/bin/env bash
# installation.sh COMMAND: installations for tests, each with a Postgres and services of its own,
# made by the same steps as deploy/up.
#
#   start OWNER        makes and starts one, and sees to it that remove-after OWNER runs
#   remove-after OWNER waits until the process OWNER is gone, then does what stop does
#   stop               stops and removes it
#   start-one NAME     starts a service, or postgres, that stop-one stopped
#   stop-one NAME      stops one
#   user-of NAME       prints the words that run a command as the service's user
#
#   STEWARD_STATE         its directory, to be made
#   STEWARD_BINARIES      where the executables lie
#   STEWARD_POSTGRES_BIN  where postgres and psql lie
set -euo pipefail

lib=$(dirname -- "${BASH_SOURCE[0]}")
for part in say paths postgres databases supervision services people; do
    # shellcheck source=/dev/null
    source "$lib/$part.sh"
done

: "${STEWARD_STATE:?is not set}"
postgres_programs=${STEWARD_POSTGRES_BIN:?is not set}
settle_runtime_directory

install_executables() {
    local name
    for name in "${executables[@]}"; do
        ln "${STEWARD_BINARIES:?is not set}/$name" "$state/bin/$name" 2>/dev/null ||
            cp "$STEWARD_BINARIES/$name" "$state/bin/$name"
    done
}

start() {
    exec 8>"$state.lock"
    prepare_state
    make_users
    make_runtime_directories
    install_executables
    make_cluster
    start_postgres
    make_databases
    for service in "${services[@]}"; do write_settings "$service"; done
    make_credentials
    migrate_schemas
    make_administrator
    start_services
}

stop() {
    stop_everything
    rm -rf "$state" "$state.lock" "$runtime"
}

case ${1:-} in
start)
    setsid --fork "$0" remove-after "$2" </dev/null >/dev/null 2>&1
    start
    ;;
remove-after)
    close_inherited
    while kill -0 "$2" 2>/dev/null; do sleep 0.5; done
    stop
    ;;
stop) stop ;;
start-one)
    [[ $2 == postgres ]] || start_services
    [[ $2 != postgres ]] || start_postgres
    ;;
stop-one) stop_supervised "$2" ;;
user-of)
    user_prefix "$2"
    printf '%s\n' "${prefix[@]}"
    ;;
*) fail "installation.sh has no command ${1:-}." ;;
esac
