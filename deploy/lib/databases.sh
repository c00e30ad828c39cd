# Databases, and for each service its schema and three roles (see roles.sql).
# shellcheck shell=bash

# database_of SERVICE: where its schema lies.
database_of() {
    case $1 in
    retrieval) printf '%s' "$knowledge_database" ;;
    *) printf '%s' "$primary_database" ;;
    esac
}

# make_databases: makes what is missing, and sets every role's rights anew.
make_databases() {
    local started name database log=$state/log/databases.log
    started=$(milliseconds)
    local existing fresh=false
    existing=$(psql_as postgres \
        --command="SELECT 1 FROM pg_database WHERE datname = '$primary_database'")
    [[ -n $existing ]] || fresh=true
    : >"$log"
    for database in "$primary_database" "$knowledge_database"; do
        psql_as postgres --set=database="$database" --file="$root/deploy/lib/database.sql" \
            >>"$log" 2>&1 || fail_with_log "The database $database could not be made." "$log"
    done
    for name in "${services[@]}"; do
        psql_as postgres --set=service="$name" --dbname="$(database_of "$name")" \
            --file="$root/deploy/lib/roles.sql" >>"$log" 2>&1 ||
            fail_with_log "The roles of $name could not be made." "$log"
    done
    ! $fresh ||
        done_with "Made databases, schemas and least-privilege roles" "$(seconds_since "$started")"
}
