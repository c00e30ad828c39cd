-- compatible-since: 1
-- Hooks and peers make next values of secrets.
-- Runs as steward_vault_owner.

ALTER TABLE vault.secrets
    DROP CONSTRAINT secrets_rotation_method_check,
    ADD CONSTRAINT secrets_rotation_method_check
        CHECK (rotation_method IN ('manual', 'random', 'hook', 'peer'));
COMMENT ON COLUMN vault.secrets.rotation_configuration IS
    'What the method needs to know: of a hook or a peer the name, never a path.';
COMMENT ON COLUMN vault.secret_versions.producer IS
    'Who sealed it: a person''s id, vault, or hook: or peer: with a name.';

-- Rotations that were begun: the pending version says by its producer whose it is.
CREATE INDEX secrets_rotating_idx ON vault.secrets (id)
    WHERE pending_version IS NOT NULL AND rotation_method IN ('hook', 'peer');
