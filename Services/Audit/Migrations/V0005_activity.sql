-- compatible-since: 1
-- What front ends report of people: page views, time spent.

CREATE FUNCTION audit.caller() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('steward.user_id', true), '')::uuid;
COMMENT ON FUNCTION audit.caller() IS 'The person for whom the transaction is; null for none.';
REVOKE ALL ON FUNCTION audit.caller() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.caller() TO steward_audit;

CREATE TABLE audit.activities (
    id uuid NOT NULL DEFAULT uuidv7(),
    user_id uuid NOT NULL,
    action text NOT NULL,
    resource_type text,
    resource_id text,
    client_address text,
    user_agent text,
    session_id uuid NOT NULL,
    duration_seconds double precision NOT NULL DEFAULT 0,
    metadata jsonb NOT NULL DEFAULT '{}',
    occurred_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT activities_pkey PRIMARY KEY (id),
    CONSTRAINT activities_action_check CHECK (char_length(action) BETWEEN 1 AND 100),
    CONSTRAINT activities_resource_type_check CHECK (char_length(resource_type) BETWEEN 1 AND 50),
    CONSTRAINT activities_resource_id_check CHECK (char_length(resource_id) BETWEEN 1 AND 200),
    CONSTRAINT activities_resource_check CHECK (resource_id IS NULL OR resource_type IS NOT NULL),
    CONSTRAINT activities_user_agent_check CHECK (char_length(user_agent) <= 512),
    CONSTRAINT activities_client_address_check CHECK (char_length(client_address) <= 100),
    CONSTRAINT activities_duration_check CHECK (duration_seconds BETWEEN 0 AND 86400),
    CONSTRAINT activities_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE audit.activities IS
    'What front ends report of people; no part of the log, and as true as the front end is.';
COMMENT ON COLUMN audit.activities.id IS 'UUIDv7.';
COMMENT ON COLUMN audit.activities.user_id IS 'The person who called.';
COMMENT ON COLUMN audit.activities.action IS 'What was done, as in page_viewed.';
COMMENT ON COLUMN audit.activities.resource_type IS 'The kind of thing it was done with.';
COMMENT ON COLUMN audit.activities.resource_id IS 'Which one.';
COMMENT ON COLUMN audit.activities.client_address IS
    'The address of the person''s device, as a gateway told it.';
COMMENT ON COLUMN audit.activities.user_agent IS 'What that device calls itself.';
COMMENT ON COLUMN audit.activities.session_id IS 'The session in which it was reported.';
COMMENT ON COLUMN audit.activities.duration_seconds IS 'How long it took.';
COMMENT ON COLUMN audit.activities.metadata IS 'Further facts.';
COMMENT ON COLUMN audit.activities.occurred_at IS 'When, as the front end says.';
COMMENT ON COLUMN audit.activities.created_at IS 'When it was reported.';
CREATE INDEX activities_user_idx ON audit.activities (user_id, occurred_at);
CREATE INDEX activities_time_idx ON audit.activities (occurred_at);
CREATE INDEX activities_session_idx ON audit.activities (session_id);

CREATE TABLE audit.reported_days (
    user_id uuid NOT NULL,
    day date NOT NULL,
    activity_count bigint NOT NULL DEFAULT 0,
    last_at timestamptz,
    page_view_count bigint NOT NULL DEFAULT 0,
    duration_seconds double precision NOT NULL DEFAULT 0,

    CONSTRAINT reported_days_pkey PRIMARY KEY (day, user_id)
) WITH (fillfactor = 80);
COMMENT ON TABLE audit.reported_days IS
    'What was reported of a person on a day in UTC; written with the activities.';
COMMENT ON COLUMN audit.reported_days.user_id IS 'The person.';
COMMENT ON COLUMN audit.reported_days.day IS 'The day in UTC.';
COMMENT ON COLUMN audit.reported_days.activity_count IS 'How many activities.';
COMMENT ON COLUMN audit.reported_days.last_at IS 'When the last of them was.';
COMMENT ON COLUMN audit.reported_days.page_view_count IS 'How many of them were page views.';
COMMENT ON COLUMN audit.reported_days.duration_seconds IS 'How long they took together.';
CREATE INDEX reported_days_user_idx ON audit.reported_days (user_id, day);

-- Written by whom it is about; read for reports; what is personal goes when the person is erased.
ALTER TABLE audit.activities ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.activities FORCE ROW LEVEL SECURITY;
CREATE POLICY own_insert ON audit.activities FOR INSERT TO steward_audit
    WITH CHECK (user_id = (SELECT audit.caller()));
CREATE POLICY erase_select ON audit.activities FOR SELECT TO steward_audit
    USING ((SELECT audit.purpose()) IN ('read', 'follow'));
CREATE POLICY erase_delete ON audit.activities FOR DELETE TO steward_audit
    USING ((SELECT audit.purpose()) = 'follow');
GRANT SELECT, DELETE ON audit.activities TO steward_audit;
GRANT INSERT (
    user_id, action, resource_type, resource_id, client_address, user_agent, session_id,
    duration_seconds, metadata, occurred_at
) ON audit.activities TO steward_audit;

ALTER TABLE audit.reported_days ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.reported_days FORCE ROW LEVEL SECURITY;
CREATE POLICY days_select ON audit.reported_days FOR SELECT TO steward_audit
    USING ((SELECT audit.purpose()) = 'read' OR user_id = (SELECT audit.caller()));
CREATE POLICY own_insert ON audit.reported_days FOR INSERT TO steward_audit
    WITH CHECK (user_id = (SELECT audit.caller()));
CREATE POLICY own_update ON audit.reported_days FOR UPDATE TO steward_audit
    USING (user_id = (SELECT audit.caller()));
GRANT SELECT, INSERT, UPDATE ON audit.reported_days TO steward_audit;
