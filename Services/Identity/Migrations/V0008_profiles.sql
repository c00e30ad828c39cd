-- Whoever asks for it follows everybody's name too, whether or not they hold anything.

ALTER TABLE identity.access_events
    DROP CONSTRAINT access_events_kind_check,
    ADD CONSTRAINT access_events_kind_check CHECK (kind IN (
        'signing_key', 'signing_key_retired', 'role', 'person', 'session_revoked', 'profile'));

CREATE FUNCTION identity.person_profile(person uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN (
        SELECT jsonb_strip_nulls(jsonb_build_object(
            'userID', u.id,
            'username', CASE WHEN u.erased_at IS NULL THEN coalesce(u.username, u.email) END,
            'isErased', u.erased_at IS NOT NULL))
        FROM identity.users u WHERE u.id = person);
COMMENT ON FUNCTION identity.person_profile(uuid) IS
    'What a person is called, as the payload of an event.';

REVOKE ALL ON FUNCTION identity.person_profile(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.person_profile(uuid) TO steward_identity;

-- Who signs up publishes no more than a name.
ALTER POLICY steward_identity_insert ON identity.access_events WITH CHECK (
    (kind = 'session_revoked'
        AND payload ->> 'userID' = (SELECT identity.caller())::text)
    OR (kind = 'profile' AND (SELECT identity.purpose()) = 'sign_up')
    OR (SELECT identity.purpose()) = ANY (
        '{sign_in,refresh,administration,signing_keys}'::text[]));
