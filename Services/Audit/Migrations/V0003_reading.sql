-- compatible-since: 1
-- How the log is searched: entries of one kind lie together, newest last, for everybody, for one
-- actor, in one session, and for one resource.

ALTER TABLE audit.entries ADD COLUMN kind bigint NOT NULL GENERATED ALWAYS AS (
    hashtextextended(action, hashtextextended(outcome, hashtextextended(
        coalesce('=' || resource_type, ''), hashtextextended(
            coalesce('=' || method, ''), hashtextextended(producer, 0)))))
) STORED;
COMMENT ON COLUMN audit.entries.kind IS
    'A hash of action, outcome, resource type, method and producer, which together take few '
    'values: a search visits those that it is about and no others.';

DROP INDEX audit.entries_time_idx;
DROP INDEX audit.entries_actor_idx;
DROP INDEX audit.entries_action_idx;
DROP INDEX audit.entries_resource_idx;
DROP INDEX audit.entries_session_idx;
DROP INDEX audit.entries_outcome_idx;

CREATE INDEX entries_time_idx ON audit.entries (occurred_at, log_epoch, log_index);
CREATE INDEX entries_kind_idx ON audit.entries (kind, occurred_at, log_epoch, log_index);
CREATE INDEX entries_actor_idx
    ON audit.entries (actor_id, kind, occurred_at, log_epoch, log_index)
    WHERE actor_id IS NOT NULL;
CREATE INDEX entries_session_idx
    ON audit.entries (session_id, kind, occurred_at, log_epoch, log_index)
    WHERE session_id IS NOT NULL;
CREATE INDEX entries_resource_idx
    ON audit.entries (resource_id, kind, occurred_at, log_epoch, log_index)
    WHERE resource_id IS NOT NULL;
CREATE INDEX entries_actor_resource_idx
    ON audit.entries (resource_id, actor_id, occurred_at, log_epoch, log_index)
    WHERE resource_id IS NOT NULL AND actor_id IS NOT NULL;
CREATE INDEX entries_presence_idx ON audit.entries (actor_id, occurred_at, session_id)
    WHERE session_id IS NOT NULL AND outcome = 'succeeded'
        AND action IN ('signed_in', 'session_refreshed', 'signed_out', 'session_revoked');
