-- compatible-since: 1
-- How long payloads are kept, what was removed and why, and what must not be removed.
-- Payloads go by functions of the owner alone, each with its own checks against the database's
-- clock: whoever has the service's role can remove nothing that is young, or held.

CREATE TABLE audit.retention (
    class text NOT NULL,
    days integer NOT NULL,
    previous_days integer NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_by uuid,

    CONSTRAINT retention_pkey PRIMARY KEY (class),
    CONSTRAINT retention_class_check
        CHECK (class IN ('security', 'access', 'operation', 'metrics')),
    CONSTRAINT retention_days_check
        CHECK (days BETWEEN 1 AND 36500 AND previous_days BETWEEN 1 AND 36500)
);
COMMENT ON TABLE audit.retention IS 'How long payloads of each class, and metrics, are kept.';
COMMENT ON COLUMN audit.retention.class IS 'A class of payloads, or metrics.';
COMMENT ON COLUMN audit.retention.days IS
    'Days from the end of the month, or of the day for metrics.';
COMMENT ON COLUMN audit.retention.previous_days IS
    'The days before; the longer of the two count for a day after the change.';
COMMENT ON COLUMN audit.retention.changed_at IS 'When the days were chosen.';
COMMENT ON COLUMN audit.retention.changed_by IS 'Who chose them; null for the defaults.';
INSERT INTO audit.retention (class, days, previous_days) VALUES
    ('security', 2557, 2557), ('access', 731, 731), ('operation', 366, 366), ('metrics', 90, 90);

CREATE TABLE audit.holds (
    id uuid NOT NULL,
    user_id uuid,
    class text,
    begins_at timestamptz,
    ends_at timestamptz,
    reason text NOT NULL,
    placed_by uuid,
    placed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    released_at timestamptz,
    released_by uuid,
    release_reason text,

    CONSTRAINT holds_pkey PRIMARY KEY (id),
    CONSTRAINT holds_class_check CHECK (class IN ('security', 'access', 'operation')),
    CONSTRAINT holds_range_check CHECK (begins_at < ends_at),
    CONSTRAINT holds_reason_check CHECK (
        char_length(reason) BETWEEN 1 AND 1000 AND char_length(release_reason) BETWEEN 1 AND 1000),
    CONSTRAINT holds_release_check
        CHECK ((released_at IS NULL) = (release_reason IS NULL)
            AND (released_at IS NOT NULL OR released_by IS NULL))
);
COMMENT ON TABLE audit.holds IS
    'Legal holds: payloads that fit every field of one that is not released are not removed.';
COMMENT ON COLUMN audit.holds.id IS 'UUIDv7.';
COMMENT ON COLUMN audit.holds.user_id IS
    'Holds payloads with this person as actor or subject; null for everybody''s.';
COMMENT ON COLUMN audit.holds.class IS 'Holds payloads of this class; null for all.';
COMMENT ON COLUMN audit.holds.begins_at IS
    'Holds the months from that of this time on; null for no bound.';
COMMENT ON COLUMN audit.holds.ends_at IS
    'Holds the months that begin before this time; null for no bound.';
COMMENT ON COLUMN audit.holds.reason IS 'Why.';
COMMENT ON COLUMN audit.holds.placed_by IS 'Who placed it.';
COMMENT ON COLUMN audit.holds.placed_at IS 'When.';
COMMENT ON COLUMN audit.holds.released_at IS 'When it ended; null while it holds.';
COMMENT ON COLUMN audit.holds.released_by IS 'Who ended it.';
COMMENT ON COLUMN audit.holds.release_reason IS 'Why it ended.';
CREATE INDEX holds_standing_idx ON audit.holds (id) WHERE released_at IS NULL;

CREATE TABLE audit.erasures (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    requested_by uuid,
    basis text NOT NULL,
    reason text NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    follows_identity boolean NOT NULL DEFAULT false,
    end_epoch bigint,
    end_index bigint,
    state text NOT NULL DEFAULT 'due',
    erased_count bigint NOT NULL DEFAULT 0,
    reported_count bigint NOT NULL DEFAULT 0,
    finished_at timestamptz,

    CONSTRAINT erasures_pkey PRIMARY KEY (id),
    CONSTRAINT erasures_text_check CHECK (
        char_length(basis) BETWEEN 1 AND 200 AND char_length(reason) BETWEEN 1 AND 1000),
    CONSTRAINT erasures_end_check
        CHECK ((end_epoch IS NULL) = (end_index IS NULL)
            AND follows_identity = (end_epoch IS NULL)),
    CONSTRAINT erasures_state_check
        CHECK (state IN ('due', 'held', 'done') AND (state = 'done') = (finished_at IS NOT NULL)),
    CONSTRAINT erasures_count_check
        CHECK (reported_count BETWEEN 0 AND erased_count)
);
COMMENT ON TABLE audit.erasures IS 'Whose payloads were, or are to be, erased, and why.';
COMMENT ON COLUMN audit.erasures.id IS 'UUIDv7.';
COMMENT ON COLUMN audit.erasures.user_id IS 'Payloads with this person as actor or subject.';
COMMENT ON COLUMN audit.erasures.requested_by IS 'Who asked; null for identity.';
COMMENT ON COLUMN audit.erasures.basis IS 'The legal basis.';
COMMENT ON COLUMN audit.erasures.reason IS 'Why.';
COMMENT ON COLUMN audit.erasures.requested_at IS 'When.';
COMMENT ON COLUMN audit.erasures.follows_identity IS
    'Whether identity erased the person: what of theirs still arrives goes too.';
COMMENT ON COLUMN audit.erasures.end_epoch IS
    'Entries before this epoch of the log, or before end_index in it; null for no bound.';
COMMENT ON COLUMN audit.erasures.end_index IS 'See end_epoch.';
COMMENT ON COLUMN audit.erasures.state IS
    'due; held: what is left is under a hold, and goes when that is released; done.';
COMMENT ON COLUMN audit.erasures.erased_count IS 'How many payloads are gone.';
COMMENT ON COLUMN audit.erasures.reported_count IS 'How many of them the log was told of.';
COMMENT ON COLUMN audit.erasures.finished_at IS 'When nothing was left to erase.';
CREATE UNIQUE INDEX erasures_followed_key ON audit.erasures (user_id) WHERE follows_identity;
CREATE INDEX erasures_user_idx ON audit.erasures (user_id);
CREATE INDEX erasures_open_idx ON audit.erasures (id) WHERE state <> 'done';

CREATE TABLE audit.erasure_ranges (
    erasure_id uuid NOT NULL,
    batch bigint NOT NULL,
    log_epoch bigint NOT NULL,
    ranges int8multirange NOT NULL,
    payload_count bigint NOT NULL,
    erased_at timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT erasure_ranges_pkey PRIMARY KEY (erasure_id, log_epoch, batch),
    CONSTRAINT erasure_ranges_erasure_fkey FOREIGN KEY (erasure_id) REFERENCES audit.erasures (id),
    CONSTRAINT erasure_ranges_count_check CHECK (payload_count > 0)
);
COMMENT ON TABLE audit.erasure_ranges IS 'Which entries have lost their payloads to an erasure.';
COMMENT ON COLUMN audit.erasure_ranges.erasure_id IS 'The erasure.';
COMMENT ON COLUMN audit.erasure_ranges.batch IS 'Which step of it: the payloads erased before.';
COMMENT ON COLUMN audit.erasure_ranges.log_epoch IS 'The epoch of the log that the entries are in.';
COMMENT ON COLUMN audit.erasure_ranges.ranges IS 'Their places in it.';
COMMENT ON COLUMN audit.erasure_ranges.payload_count IS 'How many.';
COMMENT ON COLUMN audit.erasure_ranges.erased_at IS 'When.';
CREATE INDEX erasure_ranges_place_idx ON audit.erasure_ranges USING gist (ranges);

CREATE TABLE audit.expirations (
    id uuid NOT NULL,
    class text NOT NULL,
    month date NOT NULL,
    days integer NOT NULL,
    first_epoch bigint NOT NULL,
    first_index bigint NOT NULL,
    last_epoch bigint NOT NULL,
    last_index bigint NOT NULL,
    expired_at timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT expirations_pkey PRIMARY KEY (id),
    CONSTRAINT expirations_class_check CHECK (class IN ('security', 'access', 'operation')),
    CONSTRAINT expirations_range_check
        CHECK ((first_epoch, first_index) <= (last_epoch, last_index))
);
COMMENT ON TABLE audit.expirations IS 'Months of payloads that are gone, their retention over.';
COMMENT ON COLUMN audit.expirations.id IS 'UUIDv7.';
COMMENT ON COLUMN audit.expirations.class IS 'The class of the payloads.';
COMMENT ON COLUMN audit.expirations.month IS 'The first day of their month.';
COMMENT ON COLUMN audit.expirations.days IS 'The retention in days.';
COMMENT ON COLUMN audit.expirations.first_epoch IS 'The epoch of the first entry among them.';
COMMENT ON COLUMN audit.expirations.first_index IS 'The first entry among them.';
COMMENT ON COLUMN audit.expirations.last_epoch IS 'The epoch of the last entry among them.';
COMMENT ON COLUMN audit.expirations.last_index IS 'The last entry among them.';
COMMENT ON COLUMN audit.expirations.expired_at IS 'When they went.';
CREATE INDEX expirations_month_idx ON audit.expirations (class, month);

-- Who may see and change what.

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['retention', 'holds', 'erasures', 'erasure_ranges', 'expirations']
    LOOP
        EXECUTE format('ALTER TABLE audit.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE audit.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON audit.%I TO CURRENT_USER USING (true)', name);
        EXECUTE format(
            'CREATE POLICY retention_select ON audit.%I FOR SELECT TO steward_audit '
            'USING ((SELECT audit.purpose()) IN (''retention'', ''read'', ''check''))', name);
        EXECUTE format('GRANT SELECT ON audit.%I TO steward_audit', name);
    END LOOP;
END
$$;
-- For the functions below, which look at holds whatever their caller says it is about.
CREATE POLICY owner_select ON audit.payloads FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY owner_delete ON audit.payloads FOR DELETE TO CURRENT_USER USING (true);

-- Holds.

CREATE FUNCTION audit.lock_retention() RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT pg_advisory_xact_lock(hashtextextended('audit.retention', 0));
    END;
COMMENT ON FUNCTION audit.lock_retention IS
    'One at a time: a hold is placed either before a removal looks for it, or after it is done.';

CREATE FUNCTION audit.hold_fits(hold audit.holds, payload_class text, payload_month date)
    RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN (hold).released_at IS NULL
        AND ((hold).class IS NULL OR (hold).class = payload_class)
        AND ((hold).begins_at IS NULL
            OR (hold).begins_at AT TIME ZONE 'UTC' < payload_month + interval '1 month')
        AND ((hold).ends_at IS NULL OR (hold).ends_at AT TIME ZONE 'UTC' > payload_month);
COMMENT ON FUNCTION audit.hold_fits IS
    'Whether a hold may concern payloads of a class and month, persons apart.';

CREATE FUNCTION audit.is_held(
    payload_class text, payload_month date, payload_actor uuid, payload_subject uuid
) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN EXISTS (
        SELECT FROM audit.holds AS h
        WHERE h.released_at IS NULL AND audit.hold_fits(h, payload_class, payload_month)
            AND (h.user_id IS NULL OR h.user_id = payload_actor OR h.user_id = payload_subject));
COMMENT ON FUNCTION audit.is_held IS 'Whether a payload is under a hold.';

CREATE FUNCTION audit.is_month_held(payload_class text, payload_month date) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN EXISTS (
        SELECT FROM audit.holds AS h
        WHERE h.released_at IS NULL AND audit.hold_fits(h, payload_class, payload_month)
            AND (h.user_id IS NULL
                OR EXISTS (SELECT FROM audit.payloads AS p
                    WHERE p.class = payload_class AND p.month = payload_month
                        AND p.actor_id = h.user_id)
                OR EXISTS (SELECT FROM audit.payloads AS p
                    WHERE p.class = payload_class AND p.month = payload_month
                        AND p.subject_id = h.user_id)));
COMMENT ON FUNCTION audit.is_month_held IS
    'Whether any payload of a class and month is under a hold.';

CREATE FUNCTION audit.place_hold(
    hold_id uuid, held_user uuid, held_class text, held_from timestamptz, held_to timestamptz,
    hold_reason text, caller uuid
) RETURNS SETOF audit.holds
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, pg_temp AS $$
BEGIN
    PERFORM audit.lock_retention();
    RETURN QUERY
        INSERT INTO audit.holds AS h (id, user_id, class, begins_at, ends_at, reason, placed_by)
        VALUES (hold_id, held_user, held_class, held_from, held_to, hold_reason, caller)
        RETURNING h.*;
END
$$;
COMMENT ON FUNCTION audit.place_hold IS 'Places a hold; it counts for every removal after this.';

CREATE FUNCTION audit.release_hold(hold_id uuid, why text, caller uuid)
    RETURNS SETOF audit.holds
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, pg_temp AS $$
BEGIN
    PERFORM audit.lock_retention();
    RETURN QUERY
        UPDATE audit.holds AS h
        SET released_at = clock_timestamp(), released_by = caller, release_reason = why
        WHERE h.id = hold_id AND h.released_at IS NULL
        RETURNING h.*;
END
$$;
COMMENT ON FUNCTION audit.release_hold IS 'Ends a hold; no row if there is none that stands.';

-- Retention.

CREATE FUNCTION audit.retention_days(of_class text, moment timestamptz) RETURNS integer
    LANGUAGE sql STABLE
    RETURN (SELECT CASE WHEN moment < r.changed_at + interval '24 hours'
            THEN greatest(r.days, r.previous_days) ELSE r.days END
        FROM audit.retention AS r WHERE r.class = of_class);
COMMENT ON FUNCTION audit.retention_days IS
    'The days that count at a time: a shorter retention counts a day after it was chosen.';

CREATE FUNCTION audit.set_retention(of_class text, new_days integer, caller uuid)
    RETURNS TABLE (old_days integer, class text, days integer, effective_days integer,
        changed_at timestamptz, changed_by uuid)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, pg_temp AS $$
DECLARE
    before audit.retention;
BEGIN
    PERFORM audit.lock_retention();
    SELECT * INTO before FROM audit.retention AS r WHERE r.class = of_class;
    IF NOT FOUND THEN RETURN; END IF;
    IF before.days <> new_days THEN
        UPDATE audit.retention AS r SET days = new_days,
            previous_days = audit.retention_days(of_class, clock_timestamp()),
            changed_at = clock_timestamp(), changed_by = caller
        WHERE r.class = of_class;
    END IF;
    RETURN QUERY
        SELECT before.days, r.class, r.days, audit.retention_days(of_class, clock_timestamp()),
            r.changed_at, r.changed_by
        FROM audit.retention AS r WHERE r.class = of_class;
END
$$;
COMMENT ON FUNCTION audit.set_retention IS
    'Chooses how long a class is kept, and tells what counted before.';

CREATE FUNCTION audit.is_month_over(payload_class text, payload_month date, moment timestamptz)
    RETURNS boolean
    LANGUAGE sql STABLE
    RETURN moment AT TIME ZONE 'UTC' >= payload_month + interval '1 month'
        + make_interval(days => audit.retention_days(payload_class, moment));
COMMENT ON FUNCTION audit.is_month_over IS
    'Whether the retention of every payload of a class and month is over at a time.';

CREATE FUNCTION audit.payload_months() RETURNS TABLE (class text, month date)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT substring(p.relname FROM '^payloads_(.*)$'),
            to_date(substring(c.relname FROM '[0-9]{4}_[0-9]{2}$'), 'YYYY_MM')
        FROM pg_class AS p
        JOIN pg_inherits AS i ON i.inhparent = p.oid
        JOIN pg_class AS c ON c.oid = i.inhrelid
        WHERE p.oid IN ('audit.payloads_security'::regclass, 'audit.payloads_access'::regclass,
            'audit.payloads_operation'::regclass);
    END;
COMMENT ON FUNCTION audit.payload_months IS 'The months of payloads that there are.';

CREATE FUNCTION audit.expire_month_at(
    expiration uuid, payload_class text, payload_month date, moment timestamptz
) RETURNS SETOF audit.expirations
    LANGUAGE plpgsql AS $$
DECLARE
    name text := format('payloads_%s_%s', payload_class, to_char(payload_month, 'YYYY_MM'));
    first_place record;
    last_place record;
BEGIN
    IF payload_class NOT IN ('security', 'access', 'operation')
        OR payload_month <> date_trunc('month', payload_month)
        OR NOT audit.is_month_over(payload_class, payload_month, moment)
    THEN
        RAISE EXCEPTION 'the retention is not over' USING ERRCODE = 'SA010';
    END IF;
    PERFORM audit.lock_retention();
    IF to_regclass(format('audit.%I', name)) IS NULL THEN RETURN; END IF;
    -- Nothing is appended to the month from here on: whoever tries makes it anew.
    EXECUTE format('LOCK TABLE audit.%I, audit.%I IN ACCESS EXCLUSIVE MODE',
        'payloads_' || payload_class, name);
    IF audit.is_month_held(payload_class, payload_month) THEN
        RAISE EXCEPTION 'payloads of the month are held' USING ERRCODE = 'SA011';
    END IF;
    SELECT p.log_epoch, p.log_index INTO first_place FROM audit.payloads AS p
    WHERE p.class = payload_class AND p.month = payload_month
    ORDER BY p.log_epoch, p.log_index LIMIT 1;
    IF FOUND THEN
        SELECT p.log_epoch, p.log_index INTO last_place FROM audit.payloads AS p
        WHERE p.class = payload_class AND p.month = payload_month
        ORDER BY p.log_epoch DESC, p.log_index DESC LIMIT 1;
        RETURN QUERY
            INSERT INTO audit.expirations AS e (
                id, class, month, days, first_epoch, first_index, last_epoch, last_index)
            VALUES (expiration, payload_class, payload_month,
                audit.retention_days(payload_class, moment), first_place.log_epoch,
                first_place.log_index, last_place.log_epoch, last_place.log_index)
            RETURNING e.*;
    END IF;
    EXECUTE format('DROP TABLE audit.%I', name);
END
$$;
COMMENT ON FUNCTION audit.expire_month_at IS
    'Removes a month of payloads whose retention is over at a time, and says which entries lost '
    'theirs; no row if there were none. SA010 if the retention is not over, SA011 under a hold.';

CREATE FUNCTION audit.expire_month(expiration uuid, payload_class text, payload_month date)
    RETURNS SETOF audit.expirations
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, pg_temp
    SET lock_timeout = '1s' AS $$
BEGIN
    RETURN QUERY SELECT *
        FROM audit.expire_month_at(expiration, payload_class, payload_month, clock_timestamp());
END
$$;
COMMENT ON FUNCTION audit.expire_month IS 'expire_month_at, by the database''s clock.';

-- Erasure.

CREATE FUNCTION audit.request_erasure(
    erasure uuid, erased_user uuid, legal_basis text, why text, caller uuid
) RETURNS SETOF audit.erasures
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, pg_temp AS $$
BEGIN
    RETURN QUERY
        INSERT INTO audit.erasures AS e (
            id, user_id, requested_by, basis, reason, end_epoch, end_index)
        SELECT erasure, erased_user, caller, legal_basis, why, s.log_epoch, s.size
        FROM audit.log_state AS s
        RETURNING e.*;
END
$$;
COMMENT ON FUNCTION audit.request_erasure IS
    'Records that a person''s payloads, as far as the log has them now, are to be erased.';

CREATE FUNCTION audit.follow_erasures(erasures uuid[], erased_users uuid[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = audit, pg_temp AS $$
    INSERT INTO audit.erasures (id, user_id, basis, reason, follows_identity)
    SELECT a.id, a.user_id, 'erasure of the account', 'identity has erased the person', true
    FROM unnest(erasures, erased_users) AS a (id, user_id)
    ON CONFLICT (user_id) WHERE follows_identity DO NOTHING
$$;
COMMENT ON FUNCTION audit.follow_erasures IS
    'Records that the payloads of persons whom identity has erased are to be erased.';

CREATE FUNCTION audit.reopen_erasures() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = audit, pg_temp AS $$
    WITH reopened AS (
        UPDATE audit.erasures AS e SET state = 'due', finished_at = NULL
        WHERE e.follows_identity AND e.state = 'done'
            AND e.requested_at > clock_timestamp() - interval '30 days'
            AND (EXISTS (SELECT FROM audit.payloads AS p WHERE p.actor_id = e.user_id)
                OR EXISTS (SELECT FROM audit.payloads AS p WHERE p.subject_id = e.user_id))
        RETURNING e.id
    )
    SELECT count(*) FROM reopened
$$;
COMMENT ON FUNCTION audit.reopen_erasures IS
    'Makes erasures of persons whom identity has erased due again where more of theirs arrived.';

CREATE FUNCTION audit.is_erasable(erasure audit.erasures, payload audit.payloads) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN ((payload).actor_id = (erasure).user_id OR (payload).subject_id = (erasure).user_id)
        AND ((erasure).end_epoch IS NULL
            OR ((payload).log_epoch, (payload).log_index)
                < ((erasure).end_epoch, (erasure).end_index));
COMMENT ON FUNCTION audit.is_erasable IS 'Whether an erasure is about a payload, holds apart.';

CREATE FUNCTION audit.erase_some(erasure_id uuid, row_limit integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, pg_temp AS $$
DECLARE
    target audit.erasures;
    erased bigint;
BEGIN
    PERFORM audit.lock_retention();
    SELECT * INTO target FROM audit.erasures AS e
    WHERE e.id = erasure_id AND e.state <> 'done' FOR UPDATE;
    IF NOT FOUND THEN RETURN 0; END IF;
    WITH doomed AS MATERIALIZED (
        SELECT p.log_epoch, p.log_index, p.class, p.month FROM audit.payloads AS p
        WHERE (p.actor_id = target.user_id OR p.subject_id = target.user_id)
            AND audit.is_erasable(target, p)
            AND NOT audit.is_held(p.class, p.month, p.actor_id, p.subject_id)
        LIMIT row_limit
    ), gone AS (
        DELETE FROM audit.payloads AS p USING doomed AS d
        WHERE p.log_epoch = d.log_epoch AND p.log_index = d.log_index AND p.class = d.class
            AND p.month = d.month
        RETURNING p.log_epoch, p.log_index
    ), recorded AS (
        INSERT INTO audit.erasure_ranges (erasure_id, batch, log_epoch, ranges, payload_count)
        SELECT target.id, target.erased_count, g.log_epoch,
            range_agg(int8range(g.log_index, g.log_index + 1)), count(*)
        FROM gone AS g GROUP BY g.log_epoch
        RETURNING payload_count
    )
    SELECT coalesce(sum(r.payload_count), 0) INTO erased FROM recorded AS r;
    UPDATE audit.erasures AS e SET erased_count = e.erased_count + erased
    WHERE e.id = erasure_id AND erased > 0;
    RETURN erased;
END
$$;
COMMENT ON FUNCTION audit.erase_some IS
    'Erases some payloads that an open erasure is about and no hold keeps, and records which; how '
    'many, 0 if none was left.';

CREATE FUNCTION audit.finish_erasure(erasure_id uuid)
    RETURNS TABLE (is_news boolean, held_count bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, pg_temp AS $$
DECLARE
    target audit.erasures;
    held bigint;
    erasable boolean;
BEGIN
    PERFORM audit.lock_retention();
    SELECT * INTO target FROM audit.erasures AS e
    WHERE e.id = erasure_id AND e.state <> 'done' FOR UPDATE;
    IF NOT FOUND THEN RETURN; END IF;
    SELECT count(*) FILTER (WHERE s.is_held), coalesce(bool_or(NOT s.is_held), false)
    INTO held, erasable
    FROM (SELECT audit.is_held(p.class, p.month, p.actor_id, p.subject_id) AS is_held
        FROM audit.payloads AS p
        WHERE (p.actor_id = target.user_id OR p.subject_id = target.user_id)
            AND audit.is_erasable(target, p)) AS s;
    IF erasable THEN RETURN; END IF;
    UPDATE audit.erasures AS e SET reported_count = e.erased_count,
        state = CASE WHEN held > 0 THEN 'held' ELSE 'done' END,
        finished_at = CASE WHEN held > 0 THEN NULL ELSE clock_timestamp() END
    WHERE e.id = erasure_id;
    RETURN QUERY SELECT target.erased_count <> target.reported_count
        OR target.state <> CASE WHEN held > 0 THEN 'held' ELSE 'done' END, held;
END
$$;
COMMENT ON FUNCTION audit.finish_erasure IS
    'Notes that nothing that may be erased is left of an open erasure; no row if something is. '
    'Tells whether there is anything new to be told, and how many payloads a hold keeps.';

CREATE FUNCTION audit.payload_removal(
    entry_epoch bigint, entry_index bigint, entry_class text, entry_month date
) RETURNS text
    LANGUAGE sql STABLE
    RETURN CASE
        WHEN EXISTS (
            SELECT FROM audit.erasure_ranges AS r
            WHERE r.log_epoch = entry_epoch AND r.ranges @> entry_index
                AND (r.erased_at > now() - interval '1 hour' OR EXISTS (
                    SELECT FROM audit.entries AS e
                    WHERE e.resource_type = 'erasure' AND e.resource_id = r.erasure_id::text
                        AND e.action = 'audit_erased' AND e.producer = 'audit')))
        THEN 'erased'
        WHEN EXISTS (
            SELECT FROM audit.expirations AS x
            WHERE x.class = entry_class AND x.month = entry_month
                AND (entry_epoch, entry_index)
                    BETWEEN (x.first_epoch, x.first_index) AND (x.last_epoch, x.last_index)
                AND (x.expired_at > now() - interval '1 hour' OR EXISTS (
                    SELECT FROM audit.entries AS e
                    WHERE e.resource_type = 'expiration' AND e.resource_id = x.id::text
                        AND e.action = 'audit_expired' AND e.producer = 'audit')))
        THEN 'expired'
    END;
COMMENT ON FUNCTION audit.payload_removal IS
    'Why the payload of an entry may be gone: erased, expired, or null if it may not. A record '
    'that is older than an hour counts only if the log itself tells of it.';

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.hold_fits, audit.is_held, audit.is_month_held, audit.place_hold,
    audit.release_hold, audit.retention_days, audit.set_retention, audit.is_month_over,
    audit.payload_months, audit.expire_month, audit.request_erasure, audit.follow_erasures,
    audit.reopen_erasures, audit.erase_some, audit.finish_erasure, audit.payload_removal
    TO steward_audit;
