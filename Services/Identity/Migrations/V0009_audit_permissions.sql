-- The permissions that the audit service asks for, and who has them at first.

ALTER TABLE identity.permissions NO FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.role_permissions NO FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.users NO FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.access_position NO FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.access_events NO FORCE ROW LEVEL SECURITY;

INSERT INTO identity.permissions (resource, action, description)
SELECT n.resource, n.action, n.description
FROM (VALUES
    ('audit', 'read', 'See what everybody did, and verify the log of it.'),
    ('audit', 'export', 'Take the log of what everybody did elsewhere.'),
    ('audit', 'write', 'Set how long what is personal in the log is kept, and hold it.'),
    ('audit', 'erase', 'Erase what is personal about somebody from the log.'),
    ('metrics', 'read', 'See what services measure, and figures of the business.'),
    ('metrics', 'write', 'Put figures of the business.')
) AS n (resource, action, description)
WHERE NOT EXISTS (
    SELECT FROM identity.permissions AS p
    WHERE p.resource = n.resource AND p.action = n.action);

INSERT INTO identity.role_permissions (role_id, permission_id)
SELECT r.id, p.id
FROM (VALUES
    ('super', 'metrics:read'),
    ('admin', 'audit:read'), ('admin', 'metrics:read')) AS grants (role, permission)
JOIN identity.roles AS r ON r.name = grants.role
JOIN identity.permissions AS p ON p.name = grants.permission
WHERE NOT EXISTS (
    SELECT FROM identity.role_permissions AS g
    WHERE g.role_id = r.id AND g.permission_id = p.id);

-- Where people are already, the services hear of it.
SELECT identity.publish_access('role', identity.role_access(r.id))
FROM identity.roles AS r
WHERE r.name IN ('super', 'admin') AND EXISTS (SELECT FROM identity.users)
ORDER BY r.name;

ALTER TABLE identity.permissions FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.role_permissions FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.users FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.access_position FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.access_events FORCE ROW LEVEL SECURITY;
