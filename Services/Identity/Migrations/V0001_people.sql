-- Who the users are, and the password that proves it.

CREATE FUNCTION identity.caller() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('steward.user_id', true), '')::uuid;
COMMENT ON FUNCTION identity.caller() IS
    'The person on whose behalf the transaction runs; null where it runs for a purpose.';

CREATE FUNCTION identity.purpose() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(current_setting('steward.purpose', true), '');
COMMENT ON FUNCTION identity.purpose() IS
    'The named purpose of work that no person asked for; empty where a person did.';

CREATE FUNCTION identity.touch() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION identity.touch() IS 'Keeps updated_at; the one trigger function for it.';

CREATE FUNCTION identity.is_time_zone(name text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF name !~ '^(UTC|[A-Za-z]+(/[A-Za-z0-9_+-]+){1,2})$' OR length(name) > 64 THEN
        RETURN false;
    END IF;
    PERFORM timestamptz '2000-01-01 00:00Z' AT TIME ZONE name;
    RETURN true;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN false;
END
$$;
COMMENT ON FUNCTION identity.is_time_zone(text) IS
    'Whether the name is an area and place of the IANA time zone database, or UTC.';

CREATE FUNCTION identity.is_bounded_object(value jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN jsonb_typeof(value) = 'object'
        AND octet_length(value::text) <= 32768
        AND NOT jsonb_path_exists(value, 'lax $.**{9}');
COMMENT ON FUNCTION identity.is_bounded_object(jsonb) IS
    'Whether the value is an object of bounded size, at most eight levels deep.';

CREATE TABLE identity.users (
    id                  uuid        PRIMARY KEY DEFAULT uuidv7(),
    email               text        CHECK (char_length(email) BETWEEN 3 AND 254
                                           AND position('@' IN email) > 1),
    email_key           text        CONSTRAINT users_email_key_unique UNIQUE
                                    CHECK (octet_length(email_key) BETWEEN 3 AND 1016
                                           AND position('@' IN email_key) > 1),
    username            text        CONSTRAINT users_username_unique UNIQUE
                                    CHECK (username ~ '^[a-z0-9][a-z0-9._-]{2,63}$'),
    display_name        text        NOT NULL CHECK (char_length(display_name) BETWEEN 1 AND 200),
    first_name          text        CHECK (char_length(first_name) BETWEEN 1 AND 150),
    last_name           text        CHECK (char_length(last_name) BETWEEN 1 AND 150),
    phone               text        CHECK (phone ~ '^[0-9+() ./-]{3,32}$'),
    time_zone           text        NOT NULL DEFAULT 'UTC'
                                    CONSTRAINT users_time_zone_known
                                    CHECK (identity.is_time_zone(time_zone)),
    avatar_file_id      uuid,
    preferences         jsonb       NOT NULL DEFAULT '{}'
                                    CHECK (identity.is_bounded_object(preferences)),
    workspace_settings  jsonb       NOT NULL DEFAULT '{}'
                                    CHECK (identity.is_bounded_object(workspace_settings)),
    metadata            jsonb       NOT NULL DEFAULT '{}'
                                    CHECK (identity.is_bounded_object(metadata)),
    is_active           boolean     NOT NULL DEFAULT true,
    is_verified         boolean     NOT NULL DEFAULT false,
    is_staff            boolean     NOT NULL DEFAULT false,
    created_by          uuid        REFERENCES identity.users (id),
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    last_sign_in_at     timestamptz,
    password_changed_at timestamptz,
    erased_at           timestamptz,
    version             bigint      NOT NULL DEFAULT 1 CHECK (version >= 1),
    CONSTRAINT users_email_with_key CHECK ((email IS NULL) = (email_key IS NULL)),
    CONSTRAINT users_erased_or_named CHECK (
        CASE WHEN erased_at IS NULL THEN email IS NOT NULL
             ELSE num_nonnulls(email, username, first_name, last_name, phone,
                               avatar_file_id) = 0 AND NOT is_active END)
);
CREATE INDEX users_created_by ON identity.users (created_by);
CREATE INDEX users_email_prefix ON identity.users (email_key text_pattern_ops);
CREATE INDEX users_username_prefix ON identity.users (username text_pattern_ops);
CREATE INDEX users_disabled ON identity.users (id) WHERE NOT is_active;
CREATE TRIGGER users_touch
    BEFORE UPDATE OF email, username, display_name, first_name, last_name, phone, time_zone,
        avatar_file_id, preferences, workspace_settings, metadata, is_active, is_verified,
        is_staff, password_changed_at, erased_at
    ON identity.users FOR EACH ROW EXECUTE FUNCTION identity.touch();

COMMENT ON TABLE identity.users IS
    'People with an account. A row is never deleted: an erased person leaves a tombstone.';
COMMENT ON COLUMN identity.users.id IS 'Stable for ever; other services know people by it.';
COMMENT ON COLUMN identity.users.email IS 'The address as it was given; null once erased.';
COMMENT ON COLUMN identity.users.email_key IS
    'The address in normal form C and lower case: what is unique and looked up.';
COMMENT ON COLUMN identity.users.username IS 'A second name to sign in with; never contains @.';
COMMENT ON COLUMN identity.users.display_name IS 'The full name, as others see it.';
COMMENT ON COLUMN identity.users.first_name IS 'Given name.';
COMMENT ON COLUMN identity.users.last_name IS 'Family name.';
COMMENT ON COLUMN identity.users.phone IS 'Telephone number as it was given.';
COMMENT ON COLUMN identity.users.time_zone IS 'IANA name such as Europe/Berlin.';
COMMENT ON COLUMN identity.users.avatar_file_id IS
    'Profile image: a file of the workspace service, so without a foreign key.';
COMMENT ON COLUMN identity.users.preferences IS
    'What programs remember for the person: theme, language, default model.';
COMMENT ON COLUMN identity.users.workspace_settings IS
    'What the workspace remembers for the person, such as preferred chart types.';
COMMENT ON COLUMN identity.users.metadata IS 'Free facts that administrators keep.';
COMMENT ON COLUMN identity.users.is_active IS 'Whether the person may do anything at all.';
COMMENT ON COLUMN identity.users.is_verified IS 'Whether the address is known to be theirs.';
COMMENT ON COLUMN identity.users.is_staff IS 'Whether the person belongs to the staff.';
COMMENT ON COLUMN identity.users.created_by IS
    'Who made the account; null for one who signed up.';
COMMENT ON COLUMN identity.users.created_at IS 'When the account was made.';
COMMENT ON COLUMN identity.users.updated_at IS 'When the account last changed; sign-ins do not.';
COMMENT ON COLUMN identity.users.last_sign_in_at IS 'When the person last signed in.';
COMMENT ON COLUMN identity.users.password_changed_at IS
    'When the password was set; null for accounts without one.';
COMMENT ON COLUMN identity.users.erased_at IS 'When all that names the person was removed.';
COMMENT ON COLUMN identity.users.version IS 'Counts changes, for optimistic updates.';

CREATE TABLE identity.password_hashes (
    user_id       uuid        PRIMARY KEY REFERENCES identity.users (id) ON DELETE CASCADE,
    password_hash text        NOT NULL CHECK (password_hash LIKE '$argon2id$%'
                                              AND octet_length(password_hash) <= 256),
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER password_hashes_touch BEFORE UPDATE ON identity.password_hashes
    FOR EACH ROW EXECUTE FUNCTION identity.touch();

COMMENT ON TABLE identity.password_hashes IS
    'Passwords as Argon2id hashes, apart from the rest so that no other query meets them.';
COMMENT ON COLUMN identity.password_hashes.user_id IS 'Whose password.';
COMMENT ON COLUMN identity.password_hashes.password_hash IS
    'PHC string with its parameters; replaced at sign-in when the parameters are outdated.';
COMMENT ON COLUMN identity.password_hashes.created_at IS 'When the person got a password.';
COMMENT ON COLUMN identity.password_hashes.updated_at IS 'When the hash was last replaced.';
