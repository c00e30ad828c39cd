-- What people may do: permissions, and the roles that bundle them.

CREATE TABLE identity.permissions (
    id          uuid        PRIMARY KEY DEFAULT uuidv7(),
    resource    text        NOT NULL CHECK (resource ~ '^(\*|[a-z][a-z0-9_]{0,62})$'),
    action      text        NOT NULL CHECK (action ~ '^(\*|[a-z][a-z0-9_]{0,62})$'),
    name        text        GENERATED ALWAYS AS (resource || ':' || action) STORED
                            CONSTRAINT permissions_name_unique UNIQUE,
    description text        NOT NULL DEFAULT '' CHECK (char_length(description) <= 500),
    created_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT permissions_any_resource_any_action CHECK (resource <> '*' OR action = '*')
);
COMMENT ON TABLE identity.permissions IS 'Everything that roles and grants have named so far.';
COMMENT ON COLUMN identity.permissions.id IS 'Key.';
COMMENT ON COLUMN identity.permissions.resource IS 'What is accessed; * for anything.';
COMMENT ON COLUMN identity.permissions.action IS 'What is done to it; * for anything.';
COMMENT ON COLUMN identity.permissions.name IS 'resource:action, as access rules name it.';
COMMENT ON COLUMN identity.permissions.description IS 'What it allows, for people.';
COMMENT ON COLUMN identity.permissions.created_at IS 'When it was first named.';

CREATE TABLE identity.roles (
    id          uuid        PRIMARY KEY DEFAULT uuidv7(),
    name        text        NOT NULL CONSTRAINT roles_name_unique UNIQUE
                            CHECK (name ~ '^[a-z][a-z0-9_-]{0,63}$'),
    description text        NOT NULL DEFAULT '' CHECK (char_length(description) <= 500),
    is_built_in boolean     NOT NULL DEFAULT false,
    created_by  uuid        REFERENCES identity.users (id),
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    version     bigint      NOT NULL DEFAULT 1 CHECK (version >= 1)
);
CREATE INDEX roles_created_by ON identity.roles (created_by);
CREATE TRIGGER roles_touch BEFORE UPDATE ON identity.roles
    FOR EACH ROW EXECUTE FUNCTION identity.touch();
COMMENT ON TABLE identity.roles IS 'Named sets of permissions.';
COMMENT ON COLUMN identity.roles.id IS 'Key.';
COMMENT ON COLUMN identity.roles.name IS 'What grants call it; everybody holds member.';
COMMENT ON COLUMN identity.roles.description IS 'What it is for, for people.';
COMMENT ON COLUMN identity.roles.is_built_in IS
    'Whether Steward brings it: such a role cannot be deleted.';
COMMENT ON COLUMN identity.roles.created_by IS 'Who made it; null for those Steward brings.';
COMMENT ON COLUMN identity.roles.created_at IS 'When it was made.';
COMMENT ON COLUMN identity.roles.updated_at IS 'When it or its permissions last changed.';
COMMENT ON COLUMN identity.roles.version IS 'Counts changes, for optimistic updates.';

CREATE TABLE identity.role_permissions (
    role_id       uuid        NOT NULL REFERENCES identity.roles (id) ON DELETE CASCADE,
    permission_id uuid        NOT NULL REFERENCES identity.permissions (id),
    granted_by    uuid        REFERENCES identity.users (id),
    granted_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (role_id, permission_id)
);
CREATE INDEX role_permissions_permission ON identity.role_permissions (permission_id);
CREATE INDEX role_permissions_granted_by ON identity.role_permissions (granted_by);
COMMENT ON TABLE identity.role_permissions IS 'What each role grants.';
COMMENT ON COLUMN identity.role_permissions.role_id IS 'The role.';
COMMENT ON COLUMN identity.role_permissions.permission_id IS 'What it grants.';
COMMENT ON COLUMN identity.role_permissions.granted_by IS 'Who put it there.';
COMMENT ON COLUMN identity.role_permissions.granted_at IS 'When.';

CREATE TABLE identity.user_roles (
    user_id    uuid        NOT NULL REFERENCES identity.users (id) ON DELETE CASCADE,
    role_id    uuid        NOT NULL REFERENCES identity.roles (id) ON DELETE CASCADE,
    granted_by uuid        REFERENCES identity.users (id),
    granted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, role_id)
);
CREATE INDEX user_roles_role ON identity.user_roles (role_id, user_id);
CREATE INDEX user_roles_granted_by ON identity.user_roles (granted_by);
COMMENT ON TABLE identity.user_roles IS 'Who holds which role, beside member.';
COMMENT ON COLUMN identity.user_roles.user_id IS 'The person.';
COMMENT ON COLUMN identity.user_roles.role_id IS 'The role.';
COMMENT ON COLUMN identity.user_roles.granted_by IS 'Who gave it; null for the installation.';
COMMENT ON COLUMN identity.user_roles.granted_at IS 'When.';

CREATE TABLE identity.user_permissions (
    user_id       uuid        NOT NULL REFERENCES identity.users (id) ON DELETE CASCADE,
    permission_id uuid        NOT NULL REFERENCES identity.permissions (id),
    granted_by    uuid        REFERENCES identity.users (id),
    granted_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, permission_id)
);
CREATE INDEX user_permissions_permission ON identity.user_permissions (permission_id);
CREATE INDEX user_permissions_granted_by ON identity.user_permissions (granted_by);
COMMENT ON TABLE identity.user_permissions IS 'Permissions granted to one person alone.';
COMMENT ON COLUMN identity.user_permissions.user_id IS 'The person.';
COMMENT ON COLUMN identity.user_permissions.permission_id IS 'What they may do.';
COMMENT ON COLUMN identity.user_permissions.granted_by IS 'Who granted it.';
COMMENT ON COLUMN identity.user_permissions.granted_at IS 'When.';

CREATE FUNCTION identity.effective_permissions(person uuid) RETURNS text[]
    LANGUAGE sql STABLE
    RETURN coalesce((
        SELECT array_agg(DISTINCT p.name ORDER BY p.name)
        FROM identity.permissions p
        WHERE p.id IN (
            SELECT permission_id FROM identity.user_permissions WHERE user_id = person
            UNION ALL
            SELECT rp.permission_id
            FROM identity.role_permissions rp
            JOIN identity.roles r ON r.id = rp.role_id
            WHERE r.name = 'member'
               OR r.id IN (SELECT role_id FROM identity.user_roles WHERE user_id = person))
    ), '{}');
COMMENT ON FUNCTION identity.effective_permissions(uuid) IS
    'Every permission a person holds, through roles, member among them, and grants.';

INSERT INTO identity.permissions (resource, action, description) VALUES
    ('*', '*', 'Everything, including what is added later.'),
    ('users', 'read', 'See all accounts.'),
    ('users', 'write', 'Make, disable and enable accounts, end their sessions.'),
    ('roles', 'read', 'See roles and permissions.'),
    ('roles', 'write', 'Change roles, and grant what one holds.'),
    ('settings', 'read', 'See what the installation is set to.'),
    ('settings', 'write', 'Change what the installation is set to.');

INSERT INTO identity.roles (name, description, is_built_in) VALUES
    ('member', 'Held by everybody who has an account.', true),
    ('super', 'Sees accounts and roles.', true),
    ('admin', 'Looks after accounts.', true),
    ('superadmin', 'May do everything.', true);

INSERT INTO identity.role_permissions (role_id, permission_id)
SELECT r.id, p.id
FROM (VALUES
    ('super', 'users:read'), ('super', 'roles:read'),
    ('admin', 'users:read'), ('admin', 'users:write'), ('admin', 'roles:read'),
    ('admin', 'settings:read'),
    ('superadmin', '*:*')) AS grants (role, permission)
JOIN identity.roles r ON r.name = grants.role
JOIN identity.permissions p ON p.name = grants.permission;
