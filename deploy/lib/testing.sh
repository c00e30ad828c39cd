# What deploy/test needs besides deploy/up's parts: Python's CBOR, the build with tests, the run.
# shellcheck shell=bash

# make_interop_environment: a Python with the one package that the interop client uses, pinned.
make_interop_environment() {
    local wanted log=$state/log/venv.log started
    wanted=$(sha256sum <"$root/Tests/Interop/requirements.txt")
    [[ $(cat "$state/venv/.requirements" 2>/dev/null) != "$wanted" ]] || return 0
    started=$(milliseconds)
    rm -rf "$state/venv"
    {
        "$python" -m venv "$state/venv" &&
            "$state/venv/bin/python" -m pip install --require-hashes --only-binary=:all: \
                --requirement "$root/Tests/Interop/requirements.txt"
    } </dev/null >"$log" 2>&1 || fail_with_log "Python's cbor2 could not be installed." "$log"
    printf '%s\n' "$wanted" >"$state/venv/.requirements"
    done_with "Made a Python environment for the interop client" "$(seconds_since "$started")"
}

# build_tests [OPTION…]: builds everything with its tests.
build_tests() {
    local started log=$state/log/test-build.log
    started=$(milliseconds)
    (cd "$root" && exec swift build --build-tests "$@") </dev/null >"$log" 2>&1 &
    follow_build "$!" tests "$log" || {
        grep -E -A 8 'error:' "$log" | head -n 80 >&2 || true
        fail_with_log "The tests could not be built." "$log"
    }
    done_with "Built the tests" "$(seconds_since "$started")"
}

# build_test_server: the server that attacks and load are measured against, in release.
build_test_server() {
    local started log=$state/log/test-server.log
    started=$(milliseconds)
    (cd "$root" && exec swift build --configuration release --product RPCTestServer) \
        </dev/null >"$log" 2>&1 &
    follow_build "$!" RPCTestServer "$log" ||
        fail_with_log "RPCTestServer could not be built." "$log"
    export STEWARD_TEST_SERVER=$root/.build/release/RPCTestServer
    done_with "Built RPCTestServer (release)" "$(seconds_since "$started")"
}

# run_all_tests: everything; what starts whole services comes by itself, one test after the other,
# because its bounds of time are meant for services that have the machine.
run_all_tests() {
    local status=0 log=$state/log/test.log
    # A few at a time: many tests at once starve each other on a small machine.
    run_tests --skip '^IntegrationTests' \
        --experimental-maximum-parallelization-width "$(($(nproc) * 3))" || status=$?
    mv "$log" "$log.units"
    run_tests --filter '^IntegrationTests' --no-parallel || status=$?
    mv "$log" "$log.integration"
    cat "$log.units" "$log.integration" >"$log"
    rm "$log.units" "$log.integration"
    summarize "$log"
    return "$status"
}

# summarize LOG: one line over all runs in a log.
summarize() {
    awk '
        { gsub(/\033\[[0-9;]*m/, "") }
        /^(✔|✘) Test run with/ { total += $5 }
        /^✘ Test / && !/Test run|Test case|recorded an issue/ { failed += 1 }
        END { printf "\n%d passed, %d failed\n", total - failed, failed }
    ' "$1"
}

# run_tests [OPTION…]: runs what is built; failures and the closing line are shown, the rest is
# kept in a log.  XCTest is left out, since all tests are Swift Testing's.  Tests that hang are
# ended, and named, after half an hour.
run_tests() {
    local log=$state/log/test.log status=0
    (cd "$root" && exec timeout --signal=INT --kill-after=20 "${STEWARD_TEST_LIMIT:-1800}" \
        swift test --skip-build --disable-xctest "$@") </dev/null 2>&1 |
        tee "$log" | show_what_matters || status=$?
    if [[ $status -eq 124 || $status -eq 137 ]]; then
        note "The tests did not end in time.  These had begun:"
        show_unfinished <"$log"
    fi
    [[ $status -eq 0 ]] || note "Tests failed; everything they printed is in $log."
    return "$status"
}

# show_unfinished: the names of tests that began and did not end, from what a run printed.
show_unfinished() {
    awk '
        { gsub(/\033\[[0-9;]*m/, "") }
        match($0, /^◇ Test .* started\.$/) && !/^◇ Test (run|case)/ {
            name = $0; sub(/^◇ Test /, "", name); sub(/ started\.$/, "", name); running[name] = 1
        }
        /^(✔|✘) Test .* (passed|failed) after / && !/ Test (run|case)/ {
            name = $0; sub(/^(✔|✘) Test /, "", name)
            sub(/ (with [0-9]+ test cases )?(passed|failed) after .*$/, "", name)
            delete running[name]
        }
        END { for (name in running) print "  " name }
    ' | sort >&2
}

# show_what_matters: drops the lines of tests that began or passed.
show_what_matters() {
    # Colours go first, so that the pattern meets the words.
    awk '
        { gsub(/\033\[[0-9;]*m/, "") }
        /^◇|^↳ (Testing Library|Target Platform)|^✔ Test (case|"|[A-Za-z_`][^ ]*\()/ { next }
        { print; fflush() }
    '
}

# export_test_environment: where the tests find what they need.
export_test_environment() {
    STEWARD_POSTGRES_BIN=$(postgres_bin)
    STEWARD_TEST_SEED=${STEWARD_TEST_SEED:-$((RANDOM << 15 | RANDOM))}
    export STEWARD_POSTGRES_BIN STEWARD_TEST_SEED
    export STEWARD_INTEROP_PYTHON=$state/venv/bin/python
    # Published test vectors are kept beside the repository, not in it; without them their tests
    # say so and are skipped.
    if [[ -z ${STEWARD_TEST_VECTORS:-} && -d $root/../shared/vectors ]]; then
        export STEWARD_TEST_VECTORS=$root/../shared/vectors
    fi
    say "Seed $STEWARD_TEST_SEED; repeat with STEWARD_TEST_SEED=$STEWARD_TEST_SEED."
}

# test_sanitized NAME SKIPPED: the tests under one of the compiler's sanitizers, in a build of its
# own, without the tests that a pattern names.
test_sanitized() {
    local scratch=$root/.build/$1 options=(--sanitize "$1") personality=()
    if [[ $1 == thread ]]; then
        # The locks that the sanitizer understands; see Shared/Locks.
        options+=(-Xswiftc -DSTEWARD_THREAD_SANITIZER)
        # It needs its memory at fixed places.
        personality=(setarch --addr-no-randomize)
    fi
    build_tests "${options[@]}" --scratch-path "$scratch"
    (
        cd "$root" || exit
        # The leak checker knows no reference that Swift keeps with a tag in its spare bits.
        # Few tests at a time: everything is slower, and the bounds of time are as they were.
        ASAN_OPTIONS=detect_leaks=0 \
            STEWARD_BINARIES=$scratch/debug "${personality[@]}" swift test --skip-build \
            --disable-xctest --sanitize "$1" --scratch-path "$scratch" --skip "$2" \
            --experimental-maximum-parallelization-width "$(nproc)"
    ) </dev/null 2>&1 | tee "$state/log/test-$1.log" | show_what_matters
}

# run_fuzzer SECONDS: each subject of Tests/Fuzzing for a time.  Inputs that show something new, and
# those that fail, are kept in the state directory.
run_fuzzer() {
    local package=$root/Tests/Fuzzing log=$state/log/fuzzer-build.log kept=$state/fuzzing
    local started subject fuzzer failed=()
    started=$(milliseconds)
    (
        cd "$package" && exec swift build --configuration release --product steward-fuzzer \
            -Xswiftc -sanitize=fuzzer,address -Xswiftc -enable-testing -Xswiftc -use-ld=lld
    ) </dev/null >"$log" 2>&1 &
    follow_build "$!" steward-fuzzer "$log" || fail_with_log "The fuzzer could not be built." "$log"
    done_with "Built the fuzzer" "$(seconds_since "$started")"
    fuzzer=$package/.build/release/steward-fuzzer
    # A trap is libFuzzer's to report; the leak checker knows no reference that Swift tags.
    export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=16
    rm -rf "$kept/seeds"
    "$fuzzer" seeds "$kept/seeds"
    for subject in frames replies handshake metadata codec; do
        install -d "$kept/$subject" "$kept/found"
        if "$fuzzer" "$subject" -max_total_time="$1" -max_len=16384 -timeout=10 \
            -rss_limit_mb=512 -malloc_limit_mb=32 -print_final_stats=1 \
            -dict="$kept/seeds/dictionary" -artifact_prefix="$kept/found/$subject-" \
            "$kept/$subject" "$kept/seeds/$subject" >"$state/log/fuzzer-$subject.log" 2>&1
        then
            done_with "Fuzzed $subject:" "$(awk '
                /stat::number_of_executed_units/ { count = $2 }
                / cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") reached = $(i + 1) }
                END { print count " inputs, " reached " edges" }
            ' "$state/log/fuzzer-$subject.log")"
        else
            failed+=("$subject")
            note "Fuzzing $subject found something; see $state/log/fuzzer-$subject.log."
            note "Repeat it:  SWIFT_BACKTRACE=enable=no $fuzzer $subject $kept/found/$subject-…"
        fi
    done
    say "$((5 - ${#failed[@]})) passed, ${#failed[@]} failed"
    [[ ${#failed[@]} -eq 0 ]]
}

# test_deployment: the README's first command in a clone of its own, twice, and down again.
test_deployment() {
    local clone started took
    clone=$(mktemp -d /tmp/steward-clone.XXXXXX)
    git clone --quiet "$root" "$clone/steward"
    env -u STEWARD_STATE "$clone/steward/deploy/up" "$@" </dev/null
    started=$(milliseconds)
    env -u STEWARD_STATE "$clone/steward/deploy/up" "$@" </dev/null >"$clone/second.log"
    took=$(($(milliseconds) - started))
    env -u STEWARD_STATE "$clone/steward/deploy/down"
    ((took < 10000)) || fail "The second deploy/up took $took ms; 10 s are allowed."
    done_with "The second deploy/up was harmless and took $took ms"
    rm -rf "$(cd "$clone/steward/.steward" && pwd -P)" "$clone"
    say "1 passed, 0 failed"
}
