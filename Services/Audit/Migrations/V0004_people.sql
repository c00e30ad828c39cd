-- compatible-since: 1
-- People as the log has heard of them, what they did on each day, and how far the log was followed
-- for that.

CREATE TABLE audit.follow_position (
    is_only boolean NOT NULL DEFAULT true,
    log_epoch bigint NOT NULL DEFAULT 1,
    next_index bigint NOT NULL DEFAULT 0,

    CONSTRAINT follow_position_pkey PRIMARY KEY (is_only),
    CONSTRAINT follow_position_is_only_check CHECK (is_only),
    CONSTRAINT follow_position_place_check CHECK (log_epoch > 0 AND next_index >= 0)
) WITH (fillfactor = 10);
COMMENT ON TABLE audit.follow_position IS
    'One row: the first entry that people and their days do not reflect yet. Moves in the '
    'transaction that changes them.';
COMMENT ON COLUMN audit.follow_position.is_only IS 'True: there is one row.';
COMMENT ON COLUMN audit.follow_position.log_epoch IS 'The tree of that entry.';
COMMENT ON COLUMN audit.follow_position.next_index IS 'Its place there.';
INSERT INTO audit.follow_position DEFAULT VALUES;
GRANT SELECT, UPDATE (log_epoch, next_index) ON audit.follow_position TO steward_audit;

CREATE TABLE audit.people (
    user_id uuid NOT NULL,
    username text,
    display_name text,
    roles text[] NOT NULL DEFAULT '{}',
    is_active boolean NOT NULL DEFAULT true,
    is_erased boolean NOT NULL DEFAULT false,

    CONSTRAINT people_pkey PRIMARY KEY (user_id),
    CONSTRAINT people_username_check CHECK (char_length(username) BETWEEN 1 AND 200),
    CONSTRAINT people_display_name_check CHECK (char_length(display_name) BETWEEN 1 AND 200),
    CONSTRAINT people_roles_check CHECK (cardinality(roles) <= 100),
    CONSTRAINT people_erased_check CHECK (
        NOT is_erased OR username IS NULL AND display_name IS NULL AND roles = '{}'
            AND NOT is_active)
);
COMMENT ON TABLE audit.people IS
    'Everybody whom the log speaks of, as its events tell: also who did nothing.';
COMMENT ON COLUMN audit.people.user_id IS 'Who it is.';
COMMENT ON COLUMN audit.people.username IS 'The last name that events told.';
COMMENT ON COLUMN audit.people.display_name IS 'The name others see.';
COMMENT ON COLUMN audit.people.roles IS 'Roles beside member, sorted.';
COMMENT ON COLUMN audit.people.is_active IS 'Whether the person may do anything at all.';
COMMENT ON COLUMN audit.people.is_erased IS
    'Whether the person''s data was erased; then nothing but the id is left here.';

CREATE TABLE audit.person_names (
    user_id uuid NOT NULL,
    log_epoch bigint NOT NULL,
    log_index bigint NOT NULL,
    username text NOT NULL,

    CONSTRAINT person_names_pkey PRIMARY KEY (user_id, log_epoch, log_index),
    CONSTRAINT person_names_username_check CHECK (char_length(username) BETWEEN 1 AND 200)
);
COMMENT ON TABLE audit.person_names IS
    'From which entry on a person had which name: for entries that do not say it themselves.';
COMMENT ON COLUMN audit.person_names.user_id IS 'Who it is.';
COMMENT ON COLUMN audit.person_names.log_epoch IS 'The tree of the entry that told it.';
COMMENT ON COLUMN audit.person_names.log_index IS 'That entry.';
COMMENT ON COLUMN audit.person_names.username IS 'The name.';

CREATE TABLE audit.audited_days (
    user_id uuid NOT NULL,
    day date NOT NULL,
    action_count bigint NOT NULL DEFAULT 0,
    last_at timestamptz,
    conversation_count bigint NOT NULL DEFAULT 0,
    order_count bigint NOT NULL DEFAULT 0,

    CONSTRAINT audited_days_pkey PRIMARY KEY (day, user_id)
) WITH (fillfactor = 80);
COMMENT ON TABLE audit.audited_days IS
    'What the log has of a person on a day in UTC; a row for each day with any event.';
COMMENT ON COLUMN audit.audited_days.user_id IS 'The person who did it.';
COMMENT ON COLUMN audit.audited_days.day IS 'The day in UTC.';
COMMENT ON COLUMN audit.audited_days.action_count IS
    'How many events, but for refreshed sessions, which programs do by themselves.';
COMMENT ON COLUMN audit.audited_days.last_at IS 'When the last of these was.';
COMMENT ON COLUMN audit.audited_days.conversation_count IS 'Conversations begun.';
COMMENT ON COLUMN audit.audited_days.order_count IS
    'Orders of which the person made the first change.';
CREATE INDEX audited_days_user_idx ON audit.audited_days (user_id, day);

-- Whoever follows the log reads it, and writes what it makes of it.
ALTER POLICY log_select ON audit.entries
    USING ((SELECT audit.purpose()) IN ('ingest', 'read', 'check', 'follow'));
ALTER POLICY log_select ON audit.payloads
    USING ((SELECT audit.purpose()) IN ('read', 'check', 'follow'));

ALTER TABLE audit.people ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.people FORCE ROW LEVEL SECURITY;
CREATE POLICY people_select ON audit.people FOR SELECT TO steward_audit
    USING ((SELECT audit.purpose()) IN ('read', 'follow'));
CREATE POLICY people_insert ON audit.people FOR INSERT TO steward_audit
    WITH CHECK ((SELECT audit.purpose()) = 'follow');
CREATE POLICY people_update ON audit.people FOR UPDATE TO steward_audit
    USING ((SELECT audit.purpose()) = 'follow');
GRANT SELECT, INSERT, UPDATE ON audit.people TO steward_audit;

ALTER TABLE audit.person_names ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.person_names FORCE ROW LEVEL SECURITY;
CREATE POLICY names_select ON audit.person_names FOR SELECT TO steward_audit
    USING ((SELECT audit.purpose()) IN ('read', 'follow'));
CREATE POLICY names_insert ON audit.person_names FOR INSERT TO steward_audit
    WITH CHECK ((SELECT audit.purpose()) = 'follow');
CREATE POLICY names_delete ON audit.person_names FOR DELETE TO steward_audit
    USING ((SELECT audit.purpose()) = 'follow');
GRANT SELECT, INSERT, DELETE ON audit.person_names TO steward_audit;

ALTER TABLE audit.audited_days ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.audited_days FORCE ROW LEVEL SECURITY;
CREATE POLICY days_select ON audit.audited_days FOR SELECT TO steward_audit
    USING ((SELECT audit.purpose()) IN ('read', 'follow'));
CREATE POLICY days_insert ON audit.audited_days FOR INSERT TO steward_audit
    WITH CHECK ((SELECT audit.purpose()) = 'follow');
CREATE POLICY days_update ON audit.audited_days FOR UPDATE TO steward_audit
    USING ((SELECT audit.purpose()) = 'follow');
GRANT SELECT, INSERT, UPDATE ON audit.audited_days TO steward_audit;
