-- compatible-since: 1
-- Who used which secret, a partition for each month.

CREATE TABLE vault.secret_access (
    id uuid NOT NULL,
    secret_id uuid,
    version bigint,
    user_id uuid,
    peer text,
    access_type text NOT NULL,
    success boolean NOT NULL,
    reason text,
    ip_address text,
    user_agent text,
    tool_id uuid,
    purpose text,
    accessed_at timestamptz NOT NULL,

    CONSTRAINT secret_access_pkey PRIMARY KEY (accessed_at, id),
    CONSTRAINT secret_access_type_check CHECK (access_type IN ('read', 'write', 'delete')),
    CONSTRAINT secret_access_reason_check CHECK (success = (reason IS NULL)),
    CONSTRAINT secret_access_text_check CHECK (
        char_length(reason) <= 200 AND char_length(peer) <= 400 AND char_length(ip_address) <= 400
        AND char_length(user_agent) <= 1024 AND char_length(purpose) <= 500)
) PARTITION BY RANGE (accessed_at);
COMMENT ON TABLE vault.secret_access IS
    'Every use of a secret and every attempt at one, written before anything is given out.';
COMMENT ON COLUMN vault.secret_access.id IS 'UUIDv7.';
COMMENT ON COLUMN vault.secret_access.secret_id IS
    'Which secret; without a foreign key, because attempts at what is not there count too; null '
    'where a name led to none.';
COMMENT ON COLUMN vault.secret_access.version IS 'Which version.';
COMMENT ON COLUMN vault.secret_access.user_id IS 'Who; null for the vault itself.';
COMMENT ON COLUMN vault.secret_access.peer IS 'The process that called.';
COMMENT ON COLUMN vault.secret_access.access_type IS 'What was done.';
COMMENT ON COLUMN vault.secret_access.success IS 'Whether it was allowed and done.';
COMMENT ON COLUMN vault.secret_access.reason IS 'Why it was refused.';
COMMENT ON COLUMN vault.secret_access.ip_address IS 'The address that a gateway told of.';
COMMENT ON COLUMN vault.secret_access.user_agent IS 'What the person''s device calls itself.';
COMMENT ON COLUMN vault.secret_access.tool_id IS 'The tool it was for.';
COMMENT ON COLUMN vault.secret_access.purpose IS 'What it was for, in the caller''s words.';
COMMENT ON COLUMN vault.secret_access.accessed_at IS 'When.';
CREATE INDEX secret_access_secret_idx ON vault.secret_access (secret_id, accessed_at, id);
CREATE INDEX secret_access_user_idx ON vault.secret_access (user_id, accessed_at, id);
CREATE INDEX secret_access_tool_idx ON vault.secret_access (tool_id, accessed_at, id)
    WHERE tool_id IS NOT NULL;

CREATE FUNCTION vault.make_access_month(month date) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = vault, pg_temp SET lock_timeout = '2s'
    AS $$
DECLARE
    first date := date_trunc('month', month)::date;
    name text := format('secret_access_%s', to_char(month, 'YYYY_MM'));
BEGIN
    IF abs(first - (clock_timestamp() AT TIME ZONE 'UTC')::date) > 62 THEN
        RAISE EXCEPTION 'the month is not near' USING ERRCODE = 'SV001';
    END IF;
    IF to_regclass(format('vault.%I', name)) IS NOT NULL THEN RETURN false; END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('vault.secret_access', 0));
    IF to_regclass(format('vault.%I', name)) IS NOT NULL THEN RETURN false; END IF;
    EXECUTE format('CREATE TABLE vault.%I (LIKE vault.secret_access INCLUDING DEFAULTS '
        'INCLUDING CONSTRAINTS INCLUDING COMMENTS)', name);
    EXECUTE format('ALTER TABLE vault.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE vault.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY through_the_table ON vault.%I FOR SELECT USING (false)', name);
    EXECUTE format('COMMENT ON TABLE vault.%I IS %L', name,
        format('Uses of secrets in the month that begins on %s.', first));
    EXECUTE format(
        'ALTER TABLE vault.secret_access ATTACH PARTITION vault.%I FOR VALUES FROM (%L) TO (%L)',
        name, first::timestamp AT TIME ZONE 'UTC',
        (first + interval '1 month')::timestamp AT TIME ZONE 'UTC');
    RETURN true;
END
$$;
COMMENT ON FUNCTION vault.make_access_month IS
    'Makes the partition of a month within two of today, unless it is there; SV001 for another.';

CREATE FUNCTION vault.drop_access_months(days integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = vault, pg_temp SET lock_timeout = '1s'
    AS $$
DECLARE
    partition text;
    dropped bigint := 0;
BEGIN
    IF days < 30 THEN RAISE EXCEPTION 'too young' USING ERRCODE = 'SV002'; END IF;
    FOR partition IN
        SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'vault.secret_access'::regclass
            AND clock_timestamp() AT TIME ZONE 'UTC' >= to_date(right(c.relname, 7), 'YYYY_MM')
                + interval '1 month' + make_interval(days => days)
        ORDER BY c.relname
    LOOP
        EXECUTE format('DROP TABLE vault.%I', partition);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;
COMMENT ON FUNCTION vault.drop_access_months IS
    'Removes months that ended more than so many days ago, at least 30; how many.';

ALTER TABLE vault.secret_access ENABLE ROW LEVEL SECURITY;
ALTER TABLE vault.secret_access FORCE ROW LEVEL SECURITY;
CREATE POLICY work_select ON vault.secret_access FOR SELECT TO steward_vault
    USING ((SELECT vault.purpose()) = 'secrets');
CREATE POLICY work_insert ON vault.secret_access FOR INSERT TO steward_vault
    WITH CHECK ((SELECT vault.purpose()) IN ('secrets', 'upkeep'));
GRANT SELECT, INSERT ON vault.secret_access TO steward_vault;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA vault FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vault.purpose, vault.make_access_month, vault.drop_access_months
    TO steward_vault;
