-- compatible-since: 1
-- Secrets, their versions, and what they connect to.
-- Runs as steward_vault_owner; grants exactly what steward_vault needs.
--
-- Whoever holds this database can read no value: the key of each version is wrapped in a key that
-- lies in the keyring, outside.  Whoever can write to it is noticed: the service keeps a MAC over
-- each row in the row, and the newest revision of each row in the keyring.

GRANT USAGE ON SCHEMA vault TO steward_vault;

CREATE FUNCTION vault.purpose() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('steward.purpose', true), '');
COMMENT ON FUNCTION vault.purpose() IS
    'What the transaction is for: secrets (a call whose right to a secret the service has checked '
    'against what identity says), upkeep, restore.';

CREATE TABLE vault.vault_state (
    is_only boolean NOT NULL DEFAULT true,
    vault_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT vault_state_pkey PRIMARY KEY (is_only),
    CONSTRAINT vault_state_is_only_check CHECK (is_only)
);
COMMENT ON TABLE vault.vault_state IS 'One row: which keyring belongs to this database.';
COMMENT ON COLUMN vault.vault_state.is_only IS 'True: there is one row.';
COMMENT ON COLUMN vault.vault_state.vault_id IS 'The id that the keyring has too.';
COMMENT ON COLUMN vault.vault_state.created_at IS 'When the vault was first started.';
GRANT SELECT, INSERT (vault_id) ON vault.vault_state TO steward_vault;

CREATE TABLE vault.accepted_losses (
    object_id uuid NOT NULL,
    revision bigint NOT NULL,
    reason text NOT NULL,
    accepted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    row_mac bytea NOT NULL,

    CONSTRAINT accepted_losses_pkey PRIMARY KEY (object_id, revision),
    CONSTRAINT accepted_losses_revision_check CHECK (revision > 0),
    CONSTRAINT accepted_losses_reason_check CHECK (char_length(reason) BETWEEN 1 AND 1000),
    CONSTRAINT accepted_losses_row_mac_check CHECK (octet_length(row_mac) = 32)
);
COMMENT ON TABLE vault.accepted_losses IS
    'Secrets and connections that the keyring knows and a restored database does not have, as an '
    'operator has accepted.';
COMMENT ON COLUMN vault.accepted_losses.object_id IS 'The secret or connection.';
COMMENT ON COLUMN vault.accepted_losses.revision IS 'The newest revision that the keyring knew.';
COMMENT ON COLUMN vault.accepted_losses.reason IS 'Why, in the operator''s words.';
COMMENT ON COLUMN vault.accepted_losses.accepted_at IS 'When.';
COMMENT ON COLUMN vault.accepted_losses.row_mac IS 'MAC over object, revision and reason.';
GRANT SELECT, INSERT (object_id, revision, reason, row_mac) ON vault.accepted_losses
    TO steward_vault;

CREATE TABLE vault.secrets (
    id uuid NOT NULL,
    name text NOT NULL,
    display_name text NOT NULL,
    description text,
    secret_type text NOT NULL,
    metadata jsonb NOT NULL DEFAULT '{}',
    tags text[] NOT NULL DEFAULT '{}',
    owner_id uuid NOT NULL,
    required_permission text,
    is_active boolean NOT NULL DEFAULT true,
    is_rotatable boolean NOT NULL DEFAULT true,
    rotation_enabled boolean NOT NULL DEFAULT false,
    rotation_days bigint,
    last_rotated_at timestamptz,
    next_rotation_at timestamptz,
    expires_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    last_accessed_at timestamptz,
    created_by uuid NOT NULL,
    latest_version bigint NOT NULL DEFAULT 0,
    current_version bigint,
    previous_version bigint,
    pending_version bigint,
    deleted_versions bigint[] NOT NULL DEFAULT '{}',
    destroyed_versions bigint[] NOT NULL DEFAULT '{}',
    deleted_at timestamptz,
    destroyed_at timestamptz,
    needs_second_person boolean NOT NULL DEFAULT false,
    rotation_method text NOT NULL DEFAULT 'manual',
    rotation_configuration jsonb NOT NULL DEFAULT '{}',
    revision bigint NOT NULL,
    row_mac bytea NOT NULL,

    CONSTRAINT secrets_pkey PRIMARY KEY (id),
    CONSTRAINT secrets_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT secrets_display_name_check CHECK (char_length(display_name) BETWEEN 1 AND 200),
    CONSTRAINT secrets_description_check CHECK (char_length(description) BETWEEN 1 AND 4000),
    CONSTRAINT secrets_secret_type_check CHECK (secret_type IN (
        'api_key', 'password', 'oauth_token', 'certificate', 'ssh_key', 'database_credential',
        'generic')),
    CONSTRAINT secrets_metadata_check CHECK (
        jsonb_typeof(metadata) = 'object' AND octet_length(metadata::text) <= 65536),
    CONSTRAINT secrets_tags_check CHECK (cardinality(tags) <= 32),
    CONSTRAINT secrets_required_permission_check
        CHECK (required_permission ~ '^[^:]{1,100}:[^:]{1,100}$'),
    CONSTRAINT secrets_rotation_check CHECK (
        rotation_days BETWEEN 1 AND 3650
        AND (NOT rotation_enabled OR rotation_days IS NOT NULL AND is_rotatable)),
    CONSTRAINT secrets_rotation_method_check CHECK (rotation_method IN ('manual', 'random')),
    CONSTRAINT secrets_rotation_configuration_check CHECK (
        jsonb_typeof(rotation_configuration) = 'object'
        AND octet_length(rotation_configuration::text) <= 4096),
    CONSTRAINT secrets_latest_version_check CHECK (latest_version >= 0),
    CONSTRAINT secrets_labels_check CHECK (
        current_version BETWEEN 1 AND latest_version
        AND previous_version BETWEEN 1 AND latest_version
        AND pending_version BETWEEN 1 AND latest_version),
    CONSTRAINT secrets_revision_check CHECK (revision > 0),
    CONSTRAINT secrets_row_mac_check CHECK (octet_length(row_mac) = 32)
) WITH (fillfactor = 80);
COMMENT ON TABLE vault.secrets IS
    'What is said of each secret: who owns it, who may use it, which version is current. One row '
    'is locked for every change, so that versions are numbered without a gap.';
COMMENT ON COLUMN vault.secrets.id IS 'UUIDv7.';
COMMENT ON COLUMN vault.secrets.name IS 'Unique among the owner''s that are not destroyed.';
COMMENT ON COLUMN vault.secrets.display_name IS 'What lists show.';
COMMENT ON COLUMN vault.secrets.description IS 'What it is for.';
COMMENT ON COLUMN vault.secrets.secret_type IS 'What kind of credential it is; never changes.';
COMMENT ON COLUMN vault.secrets.metadata IS 'Facts that callers attached.';
COMMENT ON COLUMN vault.secrets.tags IS 'Words to find it by.';
COMMENT ON COLUMN vault.secrets.owner_id IS 'The person in identity whose it is; never changes.';
COMMENT ON COLUMN vault.secrets.required_permission IS
    'Who holds this permission may use it beside the owner; null for the owner alone.';
COMMENT ON COLUMN vault.secrets.is_active IS 'Whether it is given out.';
COMMENT ON COLUMN vault.secrets.is_rotatable IS 'Whether its value can be replaced.';
COMMENT ON COLUMN vault.secrets.rotation_enabled IS 'Whether it is to be rotated regularly.';
COMMENT ON COLUMN vault.secrets.rotation_days IS 'Days between rotations.';
COMMENT ON COLUMN vault.secrets.last_rotated_at IS 'When its current version became current.';
COMMENT ON COLUMN vault.secrets.next_rotation_at IS 'When it is to be rotated.';
COMMENT ON COLUMN vault.secrets.expires_at IS 'From when on it is not given out.';
COMMENT ON COLUMN vault.secrets.created_at IS 'When it was made.';
COMMENT ON COLUMN vault.secrets.updated_at IS 'When the row changed, but for the last access.';
COMMENT ON COLUMN vault.secrets.last_accessed_at IS
    'When it was given out last; the one column that the MAC does not cover.';
COMMENT ON COLUMN vault.secrets.created_by IS 'Who made it.';
COMMENT ON COLUMN vault.secrets.latest_version IS 'The highest version; 0 before the first.';
COMMENT ON COLUMN vault.secrets.current_version IS 'The version that readers get.';
COMMENT ON COLUMN vault.secrets.previous_version IS 'The version that was current before.';
COMMENT ON COLUMN vault.secrets.pending_version IS 'The version that is to become current.';
COMMENT ON COLUMN vault.secrets.deleted_versions IS 'Versions that can be brought back.';
COMMENT ON COLUMN vault.secrets.destroyed_versions IS 'Versions whose keys are gone.';
COMMENT ON COLUMN vault.secrets.deleted_at IS 'When it was deleted; it can be brought back.';
COMMENT ON COLUMN vault.secrets.destroyed_at IS 'When the keys of all versions were destroyed.';
COMMENT ON COLUMN vault.secrets.needs_second_person IS
    'Whether destroying anything of it needs the approval of a second person.';
COMMENT ON COLUMN vault.secrets.rotation_method IS 'How it gets its next value.';
COMMENT ON COLUMN vault.secrets.rotation_configuration IS 'What the method needs to know.';
COMMENT ON COLUMN vault.secrets.revision IS
    'Rises by one with every change; the keyring knows the newest.';
COMMENT ON COLUMN vault.secrets.row_mac IS
    'MAC over all other columns but last_accessed_at, under a key of the keyring.';

CREATE UNIQUE INDEX secrets_owner_name_key ON vault.secrets (owner_id, name)
    WHERE destroyed_at IS NULL;
CREATE INDEX secrets_name_idx ON vault.secrets (name, id);
CREATE INDEX secrets_type_idx ON vault.secrets (secret_type, name, id);
CREATE INDEX secrets_tags_idx ON vault.secrets USING gin (tags);
CREATE INDEX secrets_permission_idx ON vault.secrets (required_permission, name, id)
    WHERE required_permission IS NOT NULL;
CREATE INDEX secrets_expiry_idx ON vault.secrets (expires_at)
    WHERE expires_at IS NOT NULL AND destroyed_at IS NULL;
CREATE INDEX secrets_rotation_idx ON vault.secrets (next_rotation_at)
    WHERE next_rotation_at IS NOT NULL AND destroyed_at IS NULL;

CREATE TABLE vault.secret_versions (
    secret_id uuid NOT NULL,
    number bigint NOT NULL,
    id uuid NOT NULL,
    owner_id uuid NOT NULL,
    secret_type text NOT NULL,
    producer text NOT NULL,
    suite bigint NOT NULL,
    epoch_key_id bytea NOT NULL,
    wrapped_key bytea,
    ciphertext bytea,
    ciphertext_hash bytea NOT NULL,
    commitment bytea NOT NULL,
    byte_count bigint NOT NULL,
    created_by uuid,
    rotation_reason text,
    created_at timestamptz NOT NULL,
    row_mac bytea NOT NULL,

    CONSTRAINT secret_versions_pkey PRIMARY KEY (secret_id, number),
    CONSTRAINT secret_versions_id_key UNIQUE (id),
    CONSTRAINT secret_versions_secret_fkey FOREIGN KEY (secret_id) REFERENCES vault.secrets (id),
    CONSTRAINT secret_versions_number_check CHECK (number > 0),
    CONSTRAINT secret_versions_producer_check CHECK (char_length(producer) BETWEEN 1 AND 200),
    CONSTRAINT secret_versions_suite_check CHECK (suite = 1),
    CONSTRAINT secret_versions_keys_check CHECK (
        octet_length(epoch_key_id) = 16 AND octet_length(commitment) = 32
        AND octet_length(ciphertext_hash) = 32 AND octet_length(wrapped_key) <= 512),
    CONSTRAINT secret_versions_ciphertext_check CHECK (
        (ciphertext IS NULL) = (wrapped_key IS NULL)
        AND octet_length(ciphertext) = byte_count),
    CONSTRAINT secret_versions_byte_count_check CHECK (byte_count BETWEEN 104 AND 69672),
    CONSTRAINT secret_versions_reason_check CHECK (char_length(rotation_reason) BETWEEN 1 AND 500),
    CONSTRAINT secret_versions_row_mac_check CHECK (octet_length(row_mac) = 32)
);
COMMENT ON TABLE vault.secret_versions IS
    'The values of secrets, sealed by their producers. A row never changes but for the wrapping '
    'of its key, and when it is destroyed.';
COMMENT ON COLUMN vault.secret_versions.secret_id IS 'Whose version.';
COMMENT ON COLUMN vault.secret_versions.number IS 'From 1, without gaps.';
COMMENT ON COLUMN vault.secret_versions.id IS 'UUIDv7.';
COMMENT ON COLUMN vault.secret_versions.owner_id IS 'The owner it was sealed for.';
COMMENT ON COLUMN vault.secret_versions.secret_type IS 'The type it was sealed for.';
COMMENT ON COLUMN vault.secret_versions.producer IS 'Who sealed it: a person''s id, or vault.';
COMMENT ON COLUMN vault.secret_versions.suite IS 'Which algorithms.';
COMMENT ON COLUMN vault.secret_versions.epoch_key_id IS
    'Which sealing key its data key is sealed to: 16 bytes of the key''s hash.';
COMMENT ON COLUMN vault.secret_versions.wrapped_key IS
    'The sealed data key, wrapped in this version''s destruction key; null when destroyed.';
COMMENT ON COLUMN vault.secret_versions.ciphertext IS
    'The padded value under the data key; null when destroyed.';
COMMENT ON COLUMN vault.secret_versions.ciphertext_hash IS 'BLAKE2b-256 of the ciphertext.';
COMMENT ON COLUMN vault.secret_versions.commitment IS 'Commits to the data key.';
COMMENT ON COLUMN vault.secret_versions.byte_count IS 'Bytes of the ciphertext.';
COMMENT ON COLUMN vault.secret_versions.created_by IS 'Who put it; null for the vault itself.';
COMMENT ON COLUMN vault.secret_versions.rotation_reason IS 'Why it was put.';
COMMENT ON COLUMN vault.secret_versions.created_at IS 'When it was put.';
COMMENT ON COLUMN vault.secret_versions.row_mac IS
    'MAC over what never changes: all but epoch_key_id, wrapped_key and the ciphertext itself.';
CREATE INDEX secret_versions_epoch_idx
    ON vault.secret_versions (epoch_key_id, secret_id, number) WHERE wrapped_key IS NOT NULL;

CREATE TABLE vault.connections (
    id uuid NOT NULL,
    name text NOT NULL,
    connection_type text NOT NULL,
    provider text NOT NULL,
    endpoint_url text,
    secret_id uuid,
    configuration jsonb NOT NULL DEFAULT '{}',
    group_id uuid,
    is_active boolean NOT NULL DEFAULT true,
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL,
    deleted_at timestamptz,
    row_mac bytea NOT NULL,

    CONSTRAINT connections_pkey PRIMARY KEY (id),
    CONSTRAINT connections_secret_fkey FOREIGN KEY (secret_id) REFERENCES vault.secrets (id),
    CONSTRAINT connections_name_check CHECK (char_length(name) BETWEEN 1 AND 100),
    CONSTRAINT connections_type_check CHECK (connection_type ~ '^[a-z][a-z0-9_]{0,49}$'),
    CONSTRAINT connections_provider_check CHECK (char_length(provider) BETWEEN 1 AND 50),
    CONSTRAINT connections_endpoint_url_check CHECK (
        char_length(endpoint_url) BETWEEN 1 AND 500 AND endpoint_url ~ '^https?://'),
    CONSTRAINT connections_configuration_check CHECK (
        jsonb_typeof(configuration) = 'object' AND octet_length(configuration::text) <= 65536),
    CONSTRAINT connections_version_check CHECK (version > 0),
    CONSTRAINT connections_row_mac_check CHECK (octet_length(row_mac) = 32)
);
COMMENT ON TABLE vault.connections IS
    'How models, voice gateways and other systems are reached, and which secret opens them.';
COMMENT ON COLUMN vault.connections.id IS 'UUIDv7.';
COMMENT ON COLUMN vault.connections.name IS 'What it is called; unique among those not deleted.';
COMMENT ON COLUMN vault.connections.connection_type IS
    'llm_text, llm_voice, crm, erp, or another word.';
COMMENT ON COLUMN vault.connections.provider IS 'Who offers it.';
COMMENT ON COLUMN vault.connections.endpoint_url IS 'Where it is.';
COMMENT ON COLUMN vault.connections.secret_id IS 'The secret that opens it.';
COMMENT ON COLUMN vault.connections.configuration IS 'Further settings.';
COMMENT ON COLUMN vault.connections.group_id IS 'The group it is for; null for everybody.';
COMMENT ON COLUMN vault.connections.is_active IS 'Whether it may be used.';
COMMENT ON COLUMN vault.connections.created_by IS 'Who made it.';
COMMENT ON COLUMN vault.connections.created_at IS 'When it was made.';
COMMENT ON COLUMN vault.connections.updated_at IS 'When it was changed last.';
COMMENT ON COLUMN vault.connections.version IS
    'Rises by one with every change; the keyring knows the newest.';
COMMENT ON COLUMN vault.connections.deleted_at IS 'When it was removed; it stays as a trace.';
COMMENT ON COLUMN vault.connections.row_mac IS
    'MAC over all other columns, so that nobody sends a secret elsewhere by SQL.';
CREATE UNIQUE INDEX connections_name_key ON vault.connections (name) WHERE deleted_at IS NULL;
CREATE INDEX connections_type_idx ON vault.connections (connection_type, name);
CREATE INDEX connections_provider_idx ON vault.connections (provider, name);
CREATE INDEX connections_group_idx ON vault.connections (group_id, name);
CREATE INDEX connections_secret_idx ON vault.connections (secret_id);

CREATE TABLE vault.destructions (
    id uuid NOT NULL,
    secret_id uuid NOT NULL,
    version bigint,
    reason text NOT NULL,
    requested_by uuid NOT NULL,
    requested_at timestamptz NOT NULL,
    expires_at timestamptz,
    approved_by uuid,
    done_at timestamptz,
    row_mac bytea NOT NULL,

    CONSTRAINT destructions_pkey PRIMARY KEY (id),
    CONSTRAINT destructions_secret_fkey FOREIGN KEY (secret_id) REFERENCES vault.secrets (id),
    CONSTRAINT destructions_version_check CHECK (version > 0),
    CONSTRAINT destructions_reason_check CHECK (char_length(reason) BETWEEN 1 AND 1000),
    CONSTRAINT destructions_people_check CHECK (approved_by <> requested_by),
    CONSTRAINT destructions_row_mac_check CHECK (octet_length(row_mac) = 32)
);
COMMENT ON TABLE vault.destructions IS
    'What was asked to be destroyed, by whom, and who approved it.';
COMMENT ON COLUMN vault.destructions.id IS 'UUIDv7.';
COMMENT ON COLUMN vault.destructions.secret_id IS 'Of which secret.';
COMMENT ON COLUMN vault.destructions.version IS 'Which version; null for the whole secret.';
COMMENT ON COLUMN vault.destructions.reason IS 'Why.';
COMMENT ON COLUMN vault.destructions.requested_by IS 'Who asked.';
COMMENT ON COLUMN vault.destructions.requested_at IS 'When.';
COMMENT ON COLUMN vault.destructions.expires_at IS 'Until when a second person may approve it.';
COMMENT ON COLUMN vault.destructions.approved_by IS 'The second person, where one was needed.';
COMMENT ON COLUMN vault.destructions.done_at IS 'When the keys were destroyed.';
COMMENT ON COLUMN vault.destructions.row_mac IS 'MAC over all other columns.';
CREATE INDEX destructions_secret_idx ON vault.destructions (secret_id, id);
CREATE INDEX destructions_open_idx ON vault.destructions (id) WHERE done_at IS NULL;

CREATE TABLE vault.notices (
    secret_id uuid NOT NULL,
    kind text NOT NULL,
    due_at timestamptz NOT NULL,
    noticed_at timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT notices_pkey PRIMARY KEY (secret_id, kind, due_at),
    CONSTRAINT notices_secret_fkey FOREIGN KEY (secret_id) REFERENCES vault.secrets (id),
    CONSTRAINT notices_kind_check
        CHECK (kind IN ('rotation_ahead', 'rotation_due', 'expiry_ahead', 'expired'))
);
COMMENT ON TABLE vault.notices IS
    'Which events about rotation and expiry are recorded, so that each is recorded once.';
COMMENT ON COLUMN vault.notices.secret_id IS 'About which secret.';
COMMENT ON COLUMN vault.notices.kind IS 'What the event said.';
COMMENT ON COLUMN vault.notices.due_at IS 'The time that it was about.';
COMMENT ON COLUMN vault.notices.noticed_at IS 'When it was recorded.';

ALTER TABLE vault.secrets ENABLE ROW LEVEL SECURITY;
ALTER TABLE vault.secrets FORCE ROW LEVEL SECURITY;
ALTER TABLE vault.secret_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE vault.secret_versions FORCE ROW LEVEL SECURITY;
ALTER TABLE vault.connections ENABLE ROW LEVEL SECURITY;
ALTER TABLE vault.connections FORCE ROW LEVEL SECURITY;
ALTER TABLE vault.destructions ENABLE ROW LEVEL SECURITY;
ALTER TABLE vault.destructions FORCE ROW LEVEL SECURITY;
ALTER TABLE vault.notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE vault.notices FORCE ROW LEVEL SECURITY;

CREATE POLICY work_select ON vault.secrets FOR SELECT TO steward_vault
    USING ((SELECT vault.purpose()) IN ('secrets', 'upkeep', 'restore'));
CREATE POLICY call_insert ON vault.secrets FOR INSERT TO steward_vault
    WITH CHECK ((SELECT vault.purpose()) = 'secrets');
CREATE POLICY work_update ON vault.secrets FOR UPDATE TO steward_vault
    USING ((SELECT vault.purpose()) IN ('secrets', 'upkeep', 'restore'));
CREATE POLICY work_select ON vault.secret_versions FOR SELECT TO steward_vault
    USING ((SELECT vault.purpose()) IN ('secrets', 'upkeep', 'restore'));
CREATE POLICY work_insert ON vault.secret_versions FOR INSERT TO steward_vault
    WITH CHECK ((SELECT vault.purpose()) IN ('secrets', 'upkeep'));
CREATE POLICY work_update ON vault.secret_versions FOR UPDATE TO steward_vault
    USING ((SELECT vault.purpose()) IN ('secrets', 'upkeep', 'restore'));
CREATE POLICY work_select ON vault.connections FOR SELECT TO steward_vault
    USING ((SELECT vault.purpose()) IN ('secrets', 'upkeep', 'restore'));
CREATE POLICY call_insert ON vault.connections FOR INSERT TO steward_vault
    WITH CHECK ((SELECT vault.purpose()) = 'secrets');
CREATE POLICY work_update ON vault.connections FOR UPDATE TO steward_vault
    USING ((SELECT vault.purpose()) IN ('secrets', 'restore'));
CREATE POLICY work_select ON vault.destructions FOR SELECT TO steward_vault
    USING ((SELECT vault.purpose()) = 'secrets');
CREATE POLICY call_insert ON vault.destructions FOR INSERT TO steward_vault
    WITH CHECK ((SELECT vault.purpose()) = 'secrets');
CREATE POLICY call_update ON vault.destructions FOR UPDATE TO steward_vault
    USING ((SELECT vault.purpose()) = 'secrets');
CREATE POLICY upkeep_select ON vault.notices FOR SELECT TO steward_vault
    USING ((SELECT vault.purpose()) = 'upkeep');
CREATE POLICY upkeep_insert ON vault.notices FOR INSERT TO steward_vault
    WITH CHECK ((SELECT vault.purpose()) = 'upkeep');

GRANT SELECT, INSERT, UPDATE ON vault.secrets, vault.connections TO steward_vault;
GRANT SELECT, INSERT, UPDATE (epoch_key_id, wrapped_key, ciphertext) ON vault.secret_versions
    TO steward_vault;
GRANT SELECT, INSERT, UPDATE (approved_by, done_at, row_mac) ON vault.destructions
    TO steward_vault;
GRANT SELECT, INSERT ON vault.notices TO steward_vault;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA vault FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vault.purpose TO steward_vault;
