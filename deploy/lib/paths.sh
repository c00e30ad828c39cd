# Where everything lies, and on which users it runs.  Sourced first; sets variables, touches nothing
# before prepare_state.
# shellcheck shell=bash

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
readonly root
readonly services=(identity audit vault conversations)
readonly executables=(
    steward-identity steward-audit steward-vault steward-conversations rpcctl
)
readonly primary_database=steward_primary knowledge_database=steward_knowledge
# The name that every checkpoint of the audit log begins with.
readonly log_name=audit.steward.internal
readonly administrator_email=${STEWARD_ADMINISTRATOR:-administrator@steward.internal}

# Resolved, because a system user may not be able to follow a link that lies in /root.
state=${STEWARD_STATE:-$root/.steward}
[[ ! -d $state ]] || state=$(cd -- "$state" && pwd -P)
as_root=false
[[ $(id -u) -ne 0 ]] || as_root=true

# checkout_key: a short name for this checkout, for directories outside it.
checkout_key() { printf '%s' "${STEWARD_STATE:-$root}" | sha256sum | cut -c1-10; }

# user_of NAME: the system user that runs a service (or postgres).
user_of() { if $as_root; then printf 'steward-%s' "$1"; else id -un; fi; }

# prepare_state: makes .steward and settles where sockets lie.
prepare_state() {
    if $as_root && [[ ! -e $state ]] && ! reachable_by_others "$(dirname "$state")"; then
        # Services run as system users, who cannot enter a directory such as /root.
        local elsewhere link
        elsewhere=/var/lib/steward/$(checkout_key)
        install -d -m 0755 /var/lib/steward "$elsewhere"
        ln -s "$elsewhere" "$state"
        link=$state state=$elsewhere
        note "System users cannot enter $(dirname "$link"), so .steward is a link to $elsewhere."
    fi
    [[ -d $state ]] || install -d -m 0755 "$state"
    settle_runtime_directory
    install -d -m 0755 "$state/bin" "$state/etc"
    # For supervise.sh, which is a program of its own.
    export STEWARD_STATE=$state
    install -d -m 0700 "$state/log" "$state/supervise" "$state/rpcctl"
}

# reachable_by_others DIRECTORY: whether any user may enter it.
reachable_by_others() {
    setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$1"
}

# settle_runtime_directory: sets `runtime` to the directory of the sockets.
#
# A Unix socket's path holds at most 107 bytes; a service's name, and the suffix under which it
# binds before it renames, take up to 45.  A comma or a space would end the host in a connection
# string.
settle_runtime_directory() {
    runtime=$state/run
    if ((${#runtime} > 62)) || [[ $runtime == *[!A-Za-z0-9/._-]* ]]; then
        if $as_root; then
            runtime=/run/steward-$(checkout_key)
        elif [[ -d ${XDG_RUNTIME_DIR:-} && ${#XDG_RUNTIME_DIR} -lt 40 ]]; then
            runtime=$XDG_RUNTIME_DIR/steward-$(checkout_key)
        else
            runtime=/tmp/steward-$(id -u)-$(checkout_key)
        fi
        sockets_elsewhere=true
    fi
    postgres_sockets=$runtime/postgres
}
sockets_elsewhere=false

# make_runtime_directories: after users exist; owners and modes are set anew each time.
make_runtime_directories() {
    local path=$runtime
    [[ -d $path ]] || mkdir -m 0700 "$path" || fail "Cannot make $path for the sockets."
    [[ ! -L $path && $(stat -c %u "$path") == "$(id -u)" ]] ||
        fail "$path belongs to somebody else: remove it, or move this checkout to a shorter path."
    mkdir -p "$postgres_sockets"
    if $as_root; then
        # Sticky: each service makes its own socket, and none can replace another's.
        chown root:steward "$path" && chmod 1770 "$path"
        chown steward-postgres:steward "$postgres_sockets" && chmod 0750 "$postgres_sockets"
    else
        chmod 0700 "$path" "$postgres_sockets"
    fi
}

# make_users: the system users, when run by root.
make_users() {
    $as_root || return 0
    getent group steward >/dev/null || groupadd --system steward
    local name
    for name in postgres "${services[@]}"; do
        getent passwd "steward-$name" >/dev/null || useradd --system --user-group \
            --groups steward --no-create-home --home-dir /nonexistent \
            --shell /usr/sbin/nologin "steward-$name"
    done
}

# user_prefix NAME: sets the array `prefix` to what runs a command as the user of a service (or
# postgres) with nothing of the caller's environment.  KEY=VALUE words may precede the command.
user_prefix() {
    prefix=(env -i PATH=/usr/bin:/bin LANG=C.UTF-8 LC_ALL=C.UTF-8)
    ! $as_root || prefix=(
        setpriv --reuid="steward-$1" --regid="steward-$1" --init-groups --no-new-privs
        --inh-caps=-all --bounding-set=-all "${prefix[@]}"
    )
}

# as_user NAME COMMAND…: runs a command so.
as_user() {
    local prefix
    user_prefix "$1"
    shift
    "${prefix[@]}" "$@"
}

# close_inherited: closes what a long-lived process was given beside its standard streams, so that
# nobody waits for it who waits for the end of a pipe.
close_inherited() {
    local descriptor
    for descriptor in "/proc/$BASHPID/fd/"*; do
        descriptor=${descriptor##*/}
        # 255 is the script itself.
        ((descriptor <= 2 || descriptor == 255)) || eval "exec $descriptor>&-"
    done
}

# write_file PATH MODE: standard input becomes the file, in one step.
write_file() {
    local temporary
    temporary=$(mktemp "$1.XXXXXX")
    cat >"$temporary"
    chmod "$2" "$temporary"
    mv -f "$temporary" "$1"
}
