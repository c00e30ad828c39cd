-- compatible-since: 1
-- What services measure of themselves, a partition for each day; and figures that others put here.

CREATE TABLE audit.metric_series (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    component text NOT NULL,
    unit text NOT NULL,
    tags jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT metric_series_pkey PRIMARY KEY (id),
    CONSTRAINT metric_series_key UNIQUE (name, component, unit, tags),
    CONSTRAINT metric_series_text_check CHECK (
        char_length(name) BETWEEN 1 AND 100 AND char_length(component) BETWEEN 1 AND 100
        AND char_length(unit) <= 20),
    CONSTRAINT metric_series_tags_check
        CHECK (jsonb_typeof(tags) = 'object' AND octet_length(tags::text) <= 1200)
);
COMMENT ON TABLE audit.metric_series IS 'What is measured, where.';
COMMENT ON COLUMN audit.metric_series.id IS 'Key.';
COMMENT ON COLUMN audit.metric_series.name IS 'What is measured, such as rpc.calls.';
COMMENT ON COLUMN audit.metric_series.component IS 'The part of the system, such as identity.';
COMMENT ON COLUMN audit.metric_series.unit IS 'The unit, such as bytes; empty for a number.';
COMMENT ON COLUMN audit.metric_series.tags IS 'What tells it from others of the same name.';
COMMENT ON COLUMN audit.metric_series.created_at IS 'When it was first reported.';
CREATE INDEX metric_series_component_idx ON audit.metric_series (component, name);

CREATE TABLE audit.metric_samples (
    series_id bigint NOT NULL,
    created_at timestamptz NOT NULL,
    value double precision NOT NULL,

    CONSTRAINT metric_samples_pkey PRIMARY KEY (series_id, created_at),
    CONSTRAINT metric_samples_value_check
        CHECK (value > '-Infinity' AND value < 'Infinity')
) PARTITION BY RANGE (created_at);
COMMENT ON TABLE audit.metric_samples IS
    'What was measured. Not evidence: samples may be lost, and go with their day.';
COMMENT ON COLUMN audit.metric_samples.series_id IS
    'The series; without a foreign key, so that writing locks none.';
COMMENT ON COLUMN audit.metric_samples.created_at IS 'When, by the clock of who reported it.';
COMMENT ON COLUMN audit.metric_samples.value IS
    'The value; of counters what was added since the sample before.';

CREATE FUNCTION audit.make_metric_day_at(day date, moment timestamptz) RETURNS boolean
    LANGUAGE plpgsql AS $$
DECLARE
    name text := format('metric_samples_%s', to_char(day, 'YYYY_MM_DD'));
BEGIN
    IF abs(day - (moment AT TIME ZONE 'UTC')::date) > 2 THEN
        RAISE EXCEPTION 'the day is not near' USING ERRCODE = 'SA012';
    END IF;
    IF to_regclass(format('audit.%I', name)) IS NOT NULL THEN RETURN false; END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('audit.metric_samples', 0));
    IF to_regclass(format('audit.%I', name)) IS NOT NULL THEN RETURN false; END IF;
    EXECUTE format('CREATE TABLE audit.%I (LIKE audit.metric_samples INCLUDING DEFAULTS '
        'INCLUDING CONSTRAINTS INCLUDING COMMENTS)', name);
    EXECUTE format('ALTER TABLE audit.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE audit.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY through_the_table ON audit.%I FOR SELECT USING (false)', name);
    EXECUTE format('COMMENT ON TABLE audit.%I IS %L', name,
        format('Samples of the day %s.', day));
    EXECUTE format(
        'ALTER TABLE audit.metric_samples ATTACH PARTITION audit.%I FOR VALUES FROM (%L) TO (%L)',
        name, day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
    RETURN true;
END
$$;
COMMENT ON FUNCTION audit.make_metric_day_at IS
    'Makes the partition of a day within two of a time, unless it is there; SA012 for another day.';

CREATE FUNCTION audit.make_metric_day(day date) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, pg_temp SET lock_timeout = '2s' AS $$
BEGIN
    RETURN audit.make_metric_day_at(day, clock_timestamp());
END
$$;
COMMENT ON FUNCTION audit.make_metric_day IS
    'Makes the partition of a day within two of today, unless it is there.';

CREATE FUNCTION audit.metric_days() RETURNS TABLE (day date)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT to_date(right(c.relname, 10), 'YYYY_MM_DD') FROM pg_inherits AS i
        JOIN pg_class AS c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'audit.metric_samples'::regclass AND c.relkind = 'r';
    END;
COMMENT ON FUNCTION audit.metric_days IS 'The days of which there are samples.';

CREATE FUNCTION audit.drop_metric_days_at(moment timestamptz) RETURNS bigint
    LANGUAGE plpgsql AS $$
DECLARE
    past date;
    dropped bigint := 0;
BEGIN
    FOR past IN
        SELECT d.day FROM audit.metric_days() AS d
        WHERE moment AT TIME ZONE 'UTC'
            >= d.day + 1 + make_interval(days => audit.retention_days('metrics', moment))
        ORDER BY d.day
    LOOP
        EXECUTE format('DROP TABLE audit.%I', 'metric_samples_' || to_char(past, 'YYYY_MM_DD'));
        dropped := dropped + 1;
    END LOOP;
    IF dropped > 0 THEN
        DELETE FROM audit.metric_series AS s
        WHERE s.created_at < moment - make_interval(days => audit.retention_days('metrics', moment))
            AND NOT EXISTS (SELECT FROM audit.metric_samples AS v WHERE v.series_id = s.id);
    END IF;
    RETURN dropped;
END
$$;
COMMENT ON FUNCTION audit.drop_metric_days_at IS
    'Removes the days whose retention is over at a time, and series without a sample; how many '
    'days.';

CREATE FUNCTION audit.drop_metric_days() RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, pg_temp SET lock_timeout = '1s' AS $$
BEGIN
    RETURN audit.drop_metric_days_at(clock_timestamp());
END
$$;
COMMENT ON FUNCTION audit.drop_metric_days IS 'drop_metric_days_at, by the database''s clock.';

GRANT SELECT, INSERT ON audit.metric_series, audit.metric_samples TO steward_audit;

CREATE TABLE audit.metric_values (
    id uuid NOT NULL,
    name text NOT NULL,
    category text NOT NULL,
    value numeric NOT NULL,
    period text NOT NULL DEFAULT 'daily',
    user_id uuid,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_by uuid NOT NULL,
    metadata jsonb NOT NULL DEFAULT '{}',

    CONSTRAINT metric_values_pkey PRIMARY KEY (id),
    CONSTRAINT metric_values_text_check CHECK (
        char_length(name) BETWEEN 1 AND 100 AND char_length(category) BETWEEN 1 AND 50
        AND char_length(period) BETWEEN 1 AND 20),
    CONSTRAINT metric_values_value_check CHECK (value <> 'NaN' AND abs(value) < 1e40),
    CONSTRAINT metric_values_metadata_check
        CHECK (jsonb_typeof(metadata) = 'object' AND octet_length(metadata::text) <= 20000)
);
COMMENT ON TABLE audit.metric_values IS
    'Figures of the business that others have worked out, by category and period.';
COMMENT ON COLUMN audit.metric_values.id IS 'UUIDv7.';
COMMENT ON COLUMN audit.metric_values.name IS 'What the figure is.';
COMMENT ON COLUMN audit.metric_values.category IS 'What it belongs to.';
COMMENT ON COLUMN audit.metric_values.value IS 'The figure.';
COMMENT ON COLUMN audit.metric_values.period IS
    'What it is about: hourly, daily, weekly or monthly, or one such as 2026-11.';
COMMENT ON COLUMN audit.metric_values.user_id IS 'The person it is about, if it is about one.';
COMMENT ON COLUMN audit.metric_values.recorded_at IS 'When it held.';
COMMENT ON COLUMN audit.metric_values.recorded_by IS 'Who put it here.';
COMMENT ON COLUMN audit.metric_values.metadata IS 'Further facts.';
CREATE INDEX metric_values_time_idx ON audit.metric_values (recorded_at, id);
CREATE INDEX metric_values_name_idx ON audit.metric_values (name, recorded_at, id);
CREATE INDEX metric_values_category_idx ON audit.metric_values (category, recorded_at, id);
CREATE INDEX metric_values_period_idx ON audit.metric_values (period, recorded_at, id);
CREATE INDEX metric_values_user_idx ON audit.metric_values (user_id, recorded_at, id)
    WHERE user_id IS NOT NULL;

ALTER TABLE audit.metric_values ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.metric_values FORCE ROW LEVEL SECURITY;
CREATE POLICY metrics_select ON audit.metric_values FOR SELECT TO steward_audit
    USING ((SELECT audit.purpose()) IN ('metrics', 'retention'));
CREATE POLICY metrics_insert ON audit.metric_values FOR INSERT TO steward_audit
    WITH CHECK ((SELECT audit.purpose()) = 'metrics');
CREATE POLICY retention_delete ON audit.metric_values FOR DELETE TO steward_audit
    USING ((SELECT audit.purpose()) = 'retention' AND user_id IS NOT NULL);
GRANT SELECT, INSERT, DELETE ON audit.metric_values TO steward_audit;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.make_metric_day, audit.metric_days, audit.drop_metric_days
    TO steward_audit;
