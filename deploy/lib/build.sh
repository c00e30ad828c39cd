# The executables: built from this checkout, and installed under .steward/bin.
# shellcheck shell=bash

# sources_fingerprint: changes with any source file, the compiler and the configuration.
sources_fingerprint() {
    {
        command -v swift
        swift --version 2>/dev/null
        say "$configuration"
        cd "$root" && find Package.swift Shared Services -type f -printf '%p %s %T@\n' | sort
    } | sha256sum
}

# build_executables: builds when sources changed, with one line of progress on a terminal.
build_executables() {
    local fingerprint started log=$state/log/build.log name
    fingerprint=$(sources_fingerprint)
    if [[ $(cat "$state/bin/.fingerprint" 2>/dev/null) == "$fingerprint" ]]; then return 0; fi
    started=$(milliseconds)
    : >"$log"
    for name in "${executables[@]}"; do
        (cd "$root" && swift build --configuration "$configuration" --static-swift-stdlib \
                --product "$name") \
            </dev/null >>"$log" 2>&1 8>&- &
        follow_build "$!" "$name" "$log" || fail_with_log "swift build failed." "$log"
    done
    for name in "${executables[@]}"; do
        install -m 0755 "$root/.build/$configuration/$name" "$state/bin/$name.new"
        mv -f "$state/bin/$name.new" "$state/bin/$name"
    done
    printf '%s\n' "$fingerprint" >"$state/bin/.fingerprint"
    done_with "Built ${executables[*]} ($configuration)" "$(seconds_since "$started")"
}

# follow_build PROCESS NAME LOG: waits for a build; on a terminal it shows the compiler's last step.
follow_build() {
    if [[ -t 1 ]]; then
        while kill -0 "$1" 2>/dev/null; do
            printf '\r\e[K  building %s %s%s%s' "$2" "$dim" \
                "$(tail -n 1 "$3" | tr -d '\r' | cut -c1-60)" "$plain"
            sleep 0.3
        done
        printf '\r\e[K'
    fi
    wait "$1"
}
