# The services: their settings, credentials, migrations and processes.
# shellcheck shell=bash

# program_of SERVICE: its executable.
program_of() { printf '%s' "$state/bin/steward-$1"; }

# write_settings SERVICE: the file that the service reads when it starts.  A key that an operator
# set in .steward/etc/SERVICE.local.conf takes the place of ours.
write_settings() {
    local name=$1 own=$state/etc/$1.local.conf
    [[ -e $own ]] || own=/dev/null
    {
        say "# Written by deploy/up."
        say "STEWARD_RUNTIME_DIRECTORY=$runtime"
        say "STEWARD_DATABASE=$(connection "$(database_of "$name")" "steward_$name")"
        say "STEWARD_CREDENTIALS_DIRECTORY=$state/credentials/$name"
        say "STEWARD_LOG_FORMAT=text"
        [[ $name != audit ]] || say "STEWARD_AUDIT_STATE_DIRECTORY=$state/audit"
        if [[ $name == vault ]]; then
            say "STEWARD_VAULT_STATE_DIRECTORY=$state/vault"
            say "STEWARD_VAULT_BACKUP_DIRECTORY=$state/vault-mirror"
        fi
    } | awk -F ' *= *' 'FILENAME != "-" { own[$1] = 1; print } FILENAME == "-" && !own[$1]' \
        "$own" - | write_file "$state/etc/$name.conf" 0644
}

# as_owner SERVICE COMMAND…: runs a command of the service with the owner's database credential.
as_owner() {
    local name=$1
    shift
    env -i PATH=/usr/bin:/bin LANG=C.UTF-8 HOME=/ \
        STEWARD_OWNER_DATABASE="$(connection "$(database_of "$name")" "steward_${name}_migrate")" \
        STEWARD_CONFIGURATION_FILE="$state/etc/$name.conf" \
        "$(program_of "$name")" "$@" 8>&-
}

# migrate_schemas: brings every schema to what the executables expect.
migrate_schemas() {
    local name started log applied
    for name in "${services[@]}"; do
        started=$(milliseconds)
        log=$state/log/$name-migrate.log
        as_owner "$name" migrate </dev/null >"$log" 2>&1 ||
            fail_with_log "The migrations of $name failed." "$log"
        applied=$(grep --count '^Applied' "$log") || continue
        done_with "Applied $applied migrations of $name" "$(seconds_since "$started")"
    done
}

# make_credentials: what services know and nobody else; made once, never replaced.
make_credentials() {
    local name key=$state/credentials/identity/identity-signing-key
    local log_key=$state/credentials/audit/audit-signing-key
    install -d -m 0755 "$state/credentials"
    for name in "${services[@]}"; do
        [[ -d $state/credentials/$name ]] || install -d -m 0700 "$state/credentials/$name"
    done
    if [[ ! -e $key ]]; then
        as_owner identity create-signing-key --output "$key" </dev/null \
            >"$state/log/signing-key.log" 2>&1 ||
            fail_with_log "The key that signs access tokens could not be made." \
                "$state/log/signing-key.log"
        done_with "Made the key that signs access tokens"
    fi
    if [[ ! -e $log_key ]]; then
        as_owner audit create-signing-key --output "$log_key" --name "$log_name" </dev/null \
            >"$state/log/audit-signing-key.log" 2>&1 ||
            fail_with_log "The key that signs the audit log could not be made." \
                "$state/log/audit-signing-key.log"
        done_with "Made the key that signs the audit log" "verify with .steward/audit-key.pub"
    fi
    make_keyring
    write_file "$state/audit-key.pub" 0644 <"$log_key.pub"
    chmod 0400 "$key" "$log_key"
    # What the signer signed last, outside the database.
    [[ -d $state/audit ]] || install -d -m 0700 "$state/audit"
    ! $as_root || chown steward-audit:steward-audit "$state/audit"
    ! $as_root || for name in "${services[@]}"; do
        chown -R "steward-$name:steward-$name" "$state/credentials/$name"
    done
}

# make_keyring: the vault's root key, and the keyring under it, with a mirror and a key to recover
# it by.  A keyring that is there is never touched: whoever loses it loses every secret.
make_keyring() {
    local key=$state/credentials/vault/vault-root-key log=$state/log/vault-init.log directory
    local recovery=$state/vault-recovery-key
    for directory in "$state/vault" "$state/vault-mirror"; do
        [[ -d $directory ]] || install -d -m 0700 "$directory"
    done
    if [[ ! -e $state/vault/keyring ]]; then
        {
            [[ -e $key ]] || as_owner vault create-root-key --output "$key"
            [[ -e $recovery ]] || as_owner vault create-recovery-key --output "$recovery"
            as_owner vault init --recovery-key "$(cat "$recovery.pub")"
        } </dev/null >"$log" 2>&1 || fail_with_log "The vault's keyring could not be made." "$log"
        done_with "Made the vault's keyring" "take .steward/vault-recovery-key offline"
    fi
    ! $as_root || chown -R steward-vault:steward-vault "$state/vault" "$state/vault-mirror"
}

# start_services: starts each, or again where its program or its settings changed.
start_services() {
    local name program started
    for name in "${services[@]}"; do
        program=$(program_of "$name")
        fingerprint_of "$program" "$state/etc/$name.conf" |
            start_supervised "$name" SIGTERM \
                "STEWARD_CONFIGURATION_FILE=$state/etc/$name.conf" "$program" serve
    done
    for name in "${services[@]}"; do
        started=$(milliseconds)
        wait_until_ready "$name"
        done_with "$name is ready" "$(seconds_since "$started")"
    done
}

# wait_until_ready SERVICE: until it says so itself; up to 20 s.
wait_until_ready() {
    local name=$1 deadline=$(($(milliseconds) + 20000))
    until rpcctl health "$name" >"$state/log/health.log" 2>&1; do
        (($(milliseconds) < deadline)) ||
            fail_with_log "$name is not ready: $(tail -n 1 "$state/log/health.log")" \
                "$state/log/$name.log"
        [[ $(cat "$state/supervise/$name.status" 2>/dev/null) != 78 ]] ||
            fail_with_log "$name refuses its configuration." "$state/log/$name.log"
        sleep 0.05
    done
}

# rpcctl …: the command line, with contexts and tokens of its own under .steward/rpcctl.
rpcctl() {
    env -u STEWARD_CONTEXT XDG_CONFIG_HOME="$state/rpcctl/config" \
        XDG_STATE_HOME="$state/rpcctl/state" STEWARD_RUNTIME_DIRECTORY="$runtime" \
        "$state/bin/rpcctl" "$@" 8>&-
}
