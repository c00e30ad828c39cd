-- Who sees and changes which rows.  Every rule is for the runtime role and names either the person
-- (steward.user_id) or a purpose (steward.purpose); what no rule allows is forbidden, also to the
-- owner, who has rules of its own for making the first administrator.
--
-- Purposes: sign_up · sign_in · refresh · administration · access_stream · signing_keys ·
-- maintenance · create_administrator (the owner's).

DO $$
DECLARE
    target text;
BEGIN
    FOREACH target IN ARRAY ARRAY[
        'users', 'password_hashes', 'permissions', 'roles', 'role_permissions', 'user_roles',
        'user_permissions', 'sessions', 'refresh_tokens', 'sign_in_throttle', 'known_sources',
        'signing_keys', 'access_position', 'access_events', 'settings']
    LOOP
        EXECUTE format('ALTER TABLE identity.%I ENABLE ROW LEVEL SECURITY', target);
        EXECUTE format('ALTER TABLE identity.%I FORCE ROW LEVEL SECURITY', target);
    END LOOP;
END
$$;

-- Adds one policy: a table, a command, the purposes that may, and the column that names the person
-- who may, if any.  Dropped at the end of this migration.
CREATE FUNCTION identity.allow(
    target text, command text, purposes text[], person_column text DEFAULT NULL,
    subject text DEFAULT 'steward_identity') RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    rule text := format('(SELECT identity.purpose()) = ANY (%L::text[])', purposes);
    clause text;
BEGIN
    IF person_column IS NOT NULL THEN
        rule := format('%I = (SELECT identity.caller()) OR %s', person_column, rule);
    END IF;
    clause := CASE command
        WHEN 'INSERT' THEN format('WITH CHECK (%s)', rule)
        WHEN 'UPDATE' THEN format('USING (%s) WITH CHECK (%s)', rule, rule)
        ELSE format('USING (%s)', rule) END;
    EXECUTE format('CREATE POLICY %I ON identity.%I FOR %s TO %I %s',
        subject || '_' || lower(command), target, command, subject, clause);
END
$$;

-- People: each their own row; the rest by purpose.
SELECT identity.allow('users', 'SELECT',
    '{sign_up,sign_in,refresh,administration,access_stream}', 'id');
SELECT identity.allow('users', 'INSERT', '{sign_up,administration}');
SELECT identity.allow('users', 'UPDATE', '{sign_in,administration}', 'id');

SELECT identity.allow('password_hashes', 'SELECT', '{sign_in}', 'user_id');
SELECT identity.allow('password_hashes', 'INSERT', '{sign_up,administration}');
SELECT identity.allow('password_hashes', 'UPDATE', '{sign_in}', 'user_id');

SELECT identity.allow('user_roles', 'SELECT',
    '{sign_up,sign_in,refresh,administration,access_stream}', 'user_id');
SELECT identity.allow('user_roles', 'INSERT', '{administration}');
SELECT identity.allow('user_roles', 'DELETE', '{administration}');

SELECT identity.allow('user_permissions', 'SELECT',
    '{sign_up,sign_in,refresh,administration,access_stream}', 'user_id');
SELECT identity.allow('user_permissions', 'INSERT', '{administration}');
SELECT identity.allow('user_permissions', 'DELETE', '{administration}');

SELECT identity.allow('sessions', 'SELECT',
    '{sign_in,refresh,administration,access_stream,maintenance}', 'user_id');
SELECT identity.allow('sessions', 'INSERT', '{sign_in}');
SELECT identity.allow('sessions', 'UPDATE', '{sign_in,refresh,administration}', 'user_id');
SELECT identity.allow('sessions', 'DELETE', '{maintenance}');

SELECT identity.allow('refresh_tokens', 'SELECT', '{sign_in,refresh,maintenance}');
SELECT identity.allow('refresh_tokens', 'INSERT', '{sign_in,refresh}');
SELECT identity.allow('refresh_tokens', 'UPDATE', '{refresh,maintenance}');
SELECT identity.allow('refresh_tokens', 'DELETE', '{maintenance}');

SELECT identity.allow('sign_in_throttle', 'SELECT', '{sign_up,sign_in,maintenance}');
SELECT identity.allow('sign_in_throttle', 'INSERT', '{sign_up,sign_in}');
SELECT identity.allow('sign_in_throttle', 'UPDATE', '{sign_up,sign_in}');
SELECT identity.allow('sign_in_throttle', 'DELETE', '{maintenance}');

SELECT identity.allow('known_sources', 'SELECT', '{sign_in,maintenance}');
SELECT identity.allow('known_sources', 'INSERT', '{sign_in}');
SELECT identity.allow('known_sources', 'UPDATE', '{sign_in}');
SELECT identity.allow('known_sources', 'DELETE', '{maintenance}');

-- What is about nobody in particular: read by all work, changed by administration.
CREATE POLICY everybody_select ON identity.permissions
    FOR SELECT TO steward_identity, steward_identity_owner USING (true);
SELECT identity.allow('permissions', 'INSERT', '{administration}');
CREATE POLICY everybody_select ON identity.roles
    FOR SELECT TO steward_identity, steward_identity_owner USING (true);
SELECT identity.allow('roles', 'INSERT', '{administration}');
SELECT identity.allow('roles', 'UPDATE', '{administration}');
SELECT identity.allow('roles', 'DELETE', '{administration}');
CREATE POLICY everybody_select ON identity.role_permissions
    FOR SELECT TO steward_identity, steward_identity_owner USING (true);
SELECT identity.allow('role_permissions', 'INSERT', '{administration}');
SELECT identity.allow('role_permissions', 'DELETE', '{administration}');
CREATE POLICY everybody_select ON identity.settings
    FOR SELECT TO steward_identity USING (true);
SELECT identity.allow('settings', 'UPDATE', '{administration}');
CREATE POLICY everybody_select ON identity.signing_keys
    FOR SELECT TO steward_identity USING (true);
SELECT identity.allow('signing_keys', 'INSERT', '{signing_keys}');
SELECT identity.allow('signing_keys', 'UPDATE', '{signing_keys}');
SELECT identity.allow('signing_keys', 'DELETE', '{maintenance}');

-- Access events: a person publishes only that their own session ended.
CREATE POLICY everybody_select ON identity.access_position
    FOR SELECT TO steward_identity, steward_identity_owner USING (true);
CREATE POLICY everybody_update ON identity.access_position
    FOR UPDATE TO steward_identity, steward_identity_owner USING (true) WITH CHECK (true);
SELECT identity.allow('access_events', 'SELECT', '{access_stream,maintenance}');
CREATE POLICY steward_identity_insert ON identity.access_events
    FOR INSERT TO steward_identity
    WITH CHECK (
        (kind = 'session_revoked'
            AND payload ->> 'userID' = (SELECT identity.caller())::text)
        OR (SELECT identity.purpose()) = ANY (
            '{sign_in,refresh,administration,signing_keys}'::text[]));
SELECT identity.allow('access_events', 'DELETE', '{maintenance}');

-- The owner makes the first administrator.
SELECT identity.allow(target, command, '{create_administrator}', NULL, 'steward_identity_owner')
FROM (VALUES
    ('users', 'SELECT'), ('users', 'INSERT'),
    ('password_hashes', 'SELECT'), ('password_hashes', 'INSERT'),
    ('user_roles', 'SELECT'), ('user_roles', 'INSERT'), ('user_permissions', 'SELECT'),
    ('access_events', 'INSERT')) AS rules (target, command);

DROP FUNCTION identity.allow(text, text, text[], text, text);

-- Rights of the runtime role: data only, and of each table only what some method needs.
GRANT USAGE ON SCHEMA identity TO steward_identity;
GRANT SELECT, INSERT ON identity.users TO steward_identity;
GRANT UPDATE (
    display_name, first_name, last_name, phone, time_zone, avatar_file_id, preferences,
    workspace_settings, metadata, is_active, is_verified, is_staff, last_sign_in_at,
    password_changed_at, version
) ON identity.users TO steward_identity;
GRANT SELECT, INSERT, UPDATE (password_hash) ON identity.password_hashes TO steward_identity;
GRANT SELECT, INSERT ON identity.permissions TO steward_identity;
GRANT SELECT, INSERT, UPDATE (description, version), DELETE ON identity.roles
    TO steward_identity;
GRANT SELECT, INSERT, DELETE ON
    identity.role_permissions, identity.user_roles, identity.user_permissions
    TO steward_identity;
GRANT SELECT, INSERT, UPDATE (
    client_address, last_activity_at, idle_expires_at, revoked_at, revoke_reason
), DELETE ON identity.sessions TO steward_identity;
GRANT SELECT, INSERT, UPDATE (used_at, successor_sealed, successor_until), DELETE
    ON identity.refresh_tokens TO steward_identity;
GRANT SELECT, INSERT, UPDATE (
    failure_count, last_failure_at, locked_until, refused_count, last_attempt_at
), DELETE ON identity.sign_in_throttle TO steward_identity;
GRANT SELECT, INSERT, UPDATE (last_used_at), DELETE ON identity.known_sources
    TO steward_identity;
GRANT SELECT, INSERT, UPDATE (last_used_at, retired_at), DELETE ON identity.signing_keys
    TO steward_identity;
GRANT SELECT, UPDATE (position) ON identity.access_position TO steward_identity;
GRANT SELECT, INSERT, DELETE ON identity.access_events TO steward_identity;
GRANT SELECT, UPDATE (value, updated_by, version) ON identity.settings TO steward_identity;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA identity FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    identity.caller(), identity.purpose(), identity.is_time_zone(text),
    identity.is_bounded_object(jsonb), identity.effective_permissions(uuid),
    identity.publish_access(text, jsonb), identity.person_access(uuid),
    identity.role_access(uuid), identity.revocation(uuid, uuid, timestamptz)
    TO steward_identity;
