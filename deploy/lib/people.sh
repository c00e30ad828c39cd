# The first administrator, the sample conversations, and what deploy/up shows at its end.
# shellcheck shell=bash

readonly sample=$root/deploy/samples/welcome.json

# make_administrator: once, with a random password that only a 0600 file holds.
make_administrator() {
    local file=$state/administrator log=$state/log/administrator.log
    if [[ ! -e $file ]]; then
        (umask 0077 && head -c 24 /dev/urandom | base64 | tr '+/' '-_' >"$file.new")
        mv "$file.new" "$file"
    fi
    as_owner identity create-administrator --email "$administrator_email" \
        --password-file "$file" --if-missing </dev/null >"$log" 2>&1 ||
        fail_with_log "The administrator could not be made." "$log"
    [[ ! -e $state/etc/.administrator ]] || return 0
    touch "$state/etc/.administrator"
    done_with "Made $administrator_email" "the password is in .steward/administrator"
}

# sign_in_administrator: unless this script's own session is still good.
sign_in_administrator() {
    ! rpcctl whoami >/dev/null 2>&1 || return 0
    rpcctl sign-in --identifier "$administrator_email" <"$state/administrator" \
        >"$state/log/sign-in.log" 2>&1 ||
        fail_with_log "The administrator cannot sign in (was the password changed?)." \
            "$state/log/sign-in.log"
}

# import_sample: once, so that a conversation deleted later stays deleted.
import_sample() {
    [[ ! -e $state/etc/.imported ]] || return 0
    rpcctl call conversations.ImportConversations format=steward --upload "$sample" \
        >"$state/log/import.log" 2>&1 ||
        fail_with_log "The sample conversations could not be imported." "$state/log/import.log"
    touch "$state/etc/.imported"
    done_with "Imported deploy/samples/welcome.json"
}

# What stands in one of the sample's messages.
readonly search_words='idempotency key'

# show_conversations: what the administrator now has, and one of them found by what was said in it.
show_conversations() {
    heading "rpcctl call conversations.ListConversations"
    rpcctl call conversations.ListConversations --format json |
        columns conversations title messageCount lastMessageAt
    heading "rpcctl call conversations.SearchMessages query='$search_words'"
    rpcctl call conversations.SearchMessages "query=$search_words" --format json |
        columns hits conversationTitle role snippet
}

# columns LIST FIELD…: the list of a reply as a table with these fields; fails if it is empty.
columns() {
    "$python" -c '
import json, sys

name, *fields = sys.argv[1:]
items = json.load(sys.stdin)[name]
rows = [[" ".join(str(item.get(field, "")).split()) for field in fields] for item in items]
widths = [max(map(len, column)) for column in zip(*rows)]
for row in rows:
    line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths))
    print("  " + (line if len(line) <= 97 else line[:96] + "…").rstrip())
sys.exit(0 if rows else f"{name}: nothing was found")
' "$@"
}

# write_environment: the file to source.
write_environment() {
    {
        say "# Written by deploy/up.  Source it: . .steward/env"
        say "export PATH=$(printf '%q' "$state/bin"):\$PATH"
        say "export STEWARD_RUNTIME_DIRECTORY=$(printf '%q' "$runtime")"
        say "export STEWARD_POSTGRES_BIN=$(printf '%q' "$(postgres_bin)")"
    } | write_file "$state/env" 0644
}

# show_next_steps: what to type now.
show_next_steps() {
    heading "What to type next"
    # As one would type it in the checkout.
    local place=${state/#"$root/"/}
    cat <<TEXT
  . $place/env
  rpcctl sign-in --identifier $administrator_email < $place/administrator
  rpcctl list                                   every method of every service
  rpcctl describe conversations.AppendMessage   its fields, and who may call it
  rpcctl call conversations.CreateConversation title="My first"
  deploy/down                                   stops everything and keeps the data
TEXT
}
