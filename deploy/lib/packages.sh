# What must be installed on the machine: Debian packages and Swift.
# shellcheck shell=bash

readonly build_packages=(libpq-dev libsodium-dev pkg-config python3 python3-pip)
readonly test_packages=(gdb python3-venv)
readonly swift_version=6.3
# The one that the packages above belong to, whatever else PATH finds.
readonly python=/usr/bin/python3

# need_packages NAME…: installs what is missing when run by root, otherwise says what to install.
need_packages() {
    local missing=() name started
    started=$(milliseconds)
    for name in "$@"; do
        dpkg-query --show --showformat='${db:Status-Status}' "$name" 2>/dev/null |
            grep --quiet --line-regexp installed || missing+=("$name")
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0
    command -v apt-get >/dev/null ||
        fail "This machine is no Debian system; install the equivalents of:" "${missing[*]}"
    $as_root || fail "Debian packages are missing. Install them, then run this again:" \
        "sudo apt-get install --no-install-recommends ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    local log=$state/log/packages.log
    {
        apt-get update && apt-get install --yes --no-install-recommends "${missing[@]}"
    } </dev/null >"$log" 2>&1 || fail_with_log "apt-get could not install ${missing[*]}." "$log"
    done_with "Installed ${missing[*]}" "$(seconds_since "$started")"
}

# need_swift: Swift itself comes from swift.org, so it is only checked.
need_swift() {
    local found
    command -v swift >/dev/null ||
        fail "Swift is missing. Install Swift $swift_version or later, so that PATH finds it:" \
            "https://www.swift.org/install/linux"
    found=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p')
    printf '%s\n%s\n' "$swift_version" "$found" | sort --version-sort --check=quiet ||
        fail "Swift $swift_version or later is needed; $(command -v swift) is ${found:-unknown}."
}
