-- What other services follow: verification keys, and every change of who may do what.

CREATE TABLE identity.signing_keys (
    id           text        PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{8,64}$'),
    public_key   bytea       NOT NULL CONSTRAINT signing_keys_public_key_unique UNIQUE
                             CHECK (octet_length(public_key) = 32),
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    retired_at   timestamptz
);
COMMENT ON TABLE identity.signing_keys IS
    'Public halves of the keys that sign access tokens; the private halves never come here.';
COMMENT ON COLUMN identity.signing_keys.id IS 'The kid of access tokens.';
COMMENT ON COLUMN identity.signing_keys.public_key IS 'Ed25519 public key.';
COMMENT ON COLUMN identity.signing_keys.created_at IS 'When a service first signed with it.';
COMMENT ON COLUMN identity.signing_keys.last_used_at IS
    'When a running service last said that it signs with it.';
COMMENT ON COLUMN identity.signing_keys.retired_at IS
    'When its last token had expired; its tokens are no longer valid.';

CREATE TABLE identity.access_position (
    is_only  boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    position bigint  NOT NULL DEFAULT 0 CHECK (position >= 0)
);
COMMENT ON TABLE identity.access_position IS
    'The position of the latest access event. Its row lock makes positions follow the order of '
    'commits without gaps, so a transaction takes it last.';
COMMENT ON COLUMN identity.access_position.is_only IS 'Makes it a table of one row.';
COMMENT ON COLUMN identity.access_position.position IS 'The latest position; 0 before any.';

CREATE TABLE identity.access_events (
    position   bigint      PRIMARY KEY CHECK (position > 0),
    kind       text        NOT NULL CHECK (kind IN (
                               'signing_key', 'signing_key_retired', 'role', 'person',
                               'session_revoked')),
    payload    jsonb       NOT NULL CHECK (jsonb_typeof(payload) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX access_events_created ON identity.access_events (created_at);
COMMENT ON TABLE identity.access_events IS
    'Changes of who may do what, in order; old ones are pruned, a snapshot replaces them.';
COMMENT ON COLUMN identity.access_events.position IS 'Gapless, in the order of commits.';
COMMENT ON COLUMN identity.access_events.kind IS 'What the event says.';
COMMENT ON COLUMN identity.access_events.payload IS
    'The fact, with the field names that the contract gives it; times in seconds since 1970.';
COMMENT ON COLUMN identity.access_events.created_at IS 'When the change was made.';

CREATE TABLE identity.settings (
    key         text        PRIMARY KEY CHECK (key ~ '^[a-z_]+(\.[a-z_]+)+$'),
    value       jsonb       NOT NULL CHECK (octet_length(value::text) <= 4096),
    description text        NOT NULL CHECK (char_length(description) BETWEEN 1 AND 500),
    updated_by  uuid        REFERENCES identity.users (id),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    version     bigint      NOT NULL DEFAULT 1 CHECK (version >= 1),
    CONSTRAINT settings_sign_up_is_boolean
        CHECK (key <> 'sign_up.is_open' OR jsonb_typeof(value) = 'boolean')
);
CREATE INDEX settings_updated_by ON identity.settings (updated_by);
CREATE TRIGGER settings_touch BEFORE UPDATE ON identity.settings
    FOR EACH ROW EXECUTE FUNCTION identity.touch();
COMMENT ON TABLE identity.settings IS 'What administrators choose while Steward runs.';
COMMENT ON COLUMN identity.settings.key IS 'Which setting.';
COMMENT ON COLUMN identity.settings.value IS 'What was chosen.';
COMMENT ON COLUMN identity.settings.description IS 'What it decides, for people.';
COMMENT ON COLUMN identity.settings.updated_by IS 'Who chose it; null where nobody has.';
COMMENT ON COLUMN identity.settings.updated_at IS 'When it was chosen.';
COMMENT ON COLUMN identity.settings.version IS 'Counts changes, for optimistic updates.';

INSERT INTO identity.access_position DEFAULT VALUES;
INSERT INTO identity.settings (key, value, description) VALUES
    ('sign_up.is_open', 'true', 'Whether anybody may make an account: true or false.');

CREATE FUNCTION identity.publish_access(kind text, payload jsonb) RETURNS bigint
    LANGUAGE plpgsql AS $$
DECLARE
    reached bigint;
BEGIN
    UPDATE identity.access_position SET position = position + 1 RETURNING position
        INTO reached;
    INSERT INTO identity.access_events (position, kind, payload)
        VALUES (reached, kind, payload);
    PERFORM pg_notify('identity_access', reached::text);
    RETURN reached;
END
$$;
COMMENT ON FUNCTION identity.publish_access(text, jsonb) IS
    'Appends an access event and wakes the services that follow; call it last.';

CREATE FUNCTION identity.person_access(person uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN (
        SELECT jsonb_build_object(
            'userID', u.id,
            'isActive', u.is_active AND u.erased_at IS NULL,
            'roles', coalesce((
                SELECT jsonb_agg(r.name ORDER BY r.name)
                FROM identity.user_roles ur JOIN identity.roles r ON r.id = ur.role_id
                WHERE ur.user_id = u.id), '[]'),
            'permissions', coalesce((
                SELECT jsonb_agg(p.name ORDER BY p.name)
                FROM identity.user_permissions up
                JOIN identity.permissions p ON p.id = up.permission_id
                WHERE up.user_id = u.id), '[]'))
        FROM identity.users u WHERE u.id = person);
COMMENT ON FUNCTION identity.person_access(uuid) IS
    'A person''s whole access, as the payload of an event.';

CREATE FUNCTION identity.role_access(role uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN (
        SELECT jsonb_build_object(
            'name', r.name,
            'permissions', coalesce((
                SELECT jsonb_agg(p.name ORDER BY p.name)
                FROM identity.role_permissions rp
                JOIN identity.permissions p ON p.id = rp.permission_id
                WHERE rp.role_id = r.id), '[]'),
            'isDeleted', false)
        FROM identity.roles r WHERE r.id = role);
COMMENT ON FUNCTION identity.role_access(uuid) IS
    'A role with all its permissions, as the payload of an event.';

CREATE FUNCTION identity.revocation(session uuid, person uuid, revoked timestamptz)
    RETURNS jsonb LANGUAGE sql STABLE
    RETURN jsonb_build_object(
        'sessionID', session, 'userID', person,
        'until', extract(epoch FROM revoked + interval '6 minutes'));
COMMENT ON FUNCTION identity.revocation(uuid, uuid, timestamptz) IS
    'An ended session, as the payload of an event: no access token outlives the six minutes.';
