-- One service's schema and roles, in the database that psql is connected to.  Run as the superuser;
-- repeatable.  Variable: service.
--
--   steward_<service>_owner    owns the schema and everything in it; nobody can sign in as it
--   steward_<service>_migrate  signs in to migrate and to set up, and acts as the owner
--   steward_<service>          what the running service is: data rights only, given by migrations

\set owner steward_ :service _owner
\set migrate steward_ :service _migrate
\set runtime steward_ :service

SELECT format('CREATE ROLE %I', name)
FROM unnest(ARRAY[:'owner', :'migrate', :'runtime']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

ALTER ROLE :"owner" NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE :"migrate" LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION
    NOBYPASSRLS CONNECTION LIMIT 4;
ALTER ROLE :"runtime" LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION
    NOBYPASSRLS CONNECTION LIMIT 40;

GRANT :"owner" TO :"migrate" WITH ADMIN FALSE, INHERIT FALSE, SET TRUE;
ALTER ROLE :"migrate" SET role = :"owner";

SELECT format('GRANT CONNECT ON DATABASE %I TO %I, %I', current_database(), :'migrate', :'runtime')
\gexec

SELECT format('CREATE SCHEMA %I AUTHORIZATION %I', :'service', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = :'service') \gexec
REVOKE ALL ON SCHEMA :"service" FROM PUBLIC;
GRANT USAGE ON SCHEMA :"service" TO :"runtime";

-- Names without a schema mean the service's own; a function or table elsewhere is never picked up.
ALTER ROLE :"owner" SET search_path = :"service";
ALTER ROLE :"migrate" SET search_path = :"service";
ALTER ROLE :"runtime" SET search_path = :"service";
ALTER ROLE :"runtime" SET idle_in_transaction_session_timeout = '60s';

-- Functions run for nobody unless a migration grants it.
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
