-- compatible-since: 1
-- Import: messages of a file wait in a table of their own until the file's conversation is
-- complete, so that neither its size nor the order of its messages costs memory in the service.

CREATE UNLOGGED TABLE conversations.import_messages (
    import_id uuid NOT NULL,
    ordinal bigint NOT NULL,
    owner_id uuid NOT NULL,
    source_id text NOT NULL,
    parent_source_id text,
    edited_from_source_id text,
    written_at timestamptz NOT NULL,
    draft jsonb NOT NULL,
    sequence bigint,
    message_id uuid,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT import_messages_pkey PRIMARY KEY (import_id, ordinal),
    CONSTRAINT import_messages_source_key UNIQUE (import_id, source_id),
    CONSTRAINT import_messages_ordinal_check CHECK (ordinal BETWEEN 1 AND 200000),
    CONSTRAINT import_messages_draft_check CHECK (jsonb_typeof(draft) = 'object')
);
COMMENT ON TABLE conversations.import_messages IS
    'Messages of a conversation that is being imported. Unlogged: after a crash of the database '
    'the import is sent again.';
COMMENT ON COLUMN conversations.import_messages.import_id IS 'One conversation of one import.';
COMMENT ON COLUMN conversations.import_messages.ordinal IS 'The message''s place in the file.';
COMMENT ON COLUMN conversations.import_messages.owner_id IS 'Who imports.';
COMMENT ON COLUMN conversations.import_messages.source_id IS 'The message''s id in the file.';
COMMENT ON COLUMN conversations.import_messages.parent_source_id IS
    'The parent''s id in the file.';
COMMENT ON COLUMN conversations.import_messages.edited_from_source_id IS
    'The original''s id in the file.';
COMMENT ON COLUMN conversations.import_messages.written_at IS
    'When it was written, says the file.';
COMMENT ON COLUMN conversations.import_messages.draft IS
    'The message''s columns, as for append_message.';
COMMENT ON COLUMN conversations.import_messages.sequence IS 'Its sequence to be.';
COMMENT ON COLUMN conversations.import_messages.message_id IS 'Its id to be.';
COMMENT ON COLUMN conversations.import_messages.created_at IS 'Removed a day later at the latest.';

CREATE INDEX import_messages_parent_idx
    ON conversations.import_messages (import_id, parent_source_id);
CREATE INDEX import_messages_sequence_idx ON conversations.import_messages (import_id, sequence);
CREATE INDEX import_messages_created_idx ON conversations.import_messages (created_at);

ALTER TABLE conversations.import_messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE conversations.import_messages FORCE ROW LEVEL SECURITY;
CREATE POLICY own_select ON conversations.import_messages FOR SELECT TO steward_conversations
    USING (owner_id = (SELECT conversations.person()));
CREATE POLICY own_insert ON conversations.import_messages FOR INSERT TO steward_conversations
    WITH CHECK (owner_id = (SELECT conversations.person()));
CREATE POLICY own_update ON conversations.import_messages FOR UPDATE TO steward_conversations
    USING (owner_id = (SELECT conversations.person()))
    WITH CHECK (owner_id = (SELECT conversations.person()));
CREATE POLICY own_delete ON conversations.import_messages FOR DELETE TO steward_conversations
    USING (owner_id = (SELECT conversations.person()));
CREATE POLICY purge_select ON conversations.import_messages FOR SELECT TO steward_conversations
    USING ((SELECT conversations.purpose()) = 'purge'
        AND created_at < now() - interval '1 day');
CREATE POLICY purge_delete ON conversations.import_messages FOR DELETE TO steward_conversations
    USING ((SELECT conversations.purpose()) = 'purge'
        AND created_at < now() - interval '1 day');
GRANT SELECT, INSERT, DELETE ON conversations.import_messages TO steward_conversations;
GRANT UPDATE (sequence, message_id) ON conversations.import_messages TO steward_conversations;

CREATE FUNCTION conversations.find_import(format text, source text) RETURNS boolean
    LANGUAGE plpgsql STABLE AS $$
DECLARE
    own uuid;
BEGIN
    IF format = 'steward' AND pg_input_is_valid(source, 'uuid') THEN own := source; END IF;
    RETURN EXISTS (
        SELECT FROM conversations.conversations c
        WHERE c.owner_id = conversations.person() AND c.purge_after IS NULL
            AND c.source_format = format AND c.source_id = source)
    OR EXISTS (
        SELECT FROM conversations.conversations c
        WHERE c.owner_id = conversations.person() AND c.purge_after IS NULL
            AND c.source_id IS NULL AND c.id = own);
END
$$;
COMMENT ON FUNCTION conversations.find_import IS
    'Whether the person has the conversation that a file calls by this id: imported before, or '
    'the very one that was exported.';

-- Planned without statistics, so the planner is told to go through the indexes.
CREATE FUNCTION conversations.order_import(
    import uuid, is_strict boolean, OUT outcome text, OUT source text, OUT message_count bigint
) LANGUAGE plpgsql
    SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off
AS $$
DECLARE
    staged bigint;
BEGIN
    SELECT count(*) INTO staged FROM conversations.import_messages s WHERE s.import_id = import;
    IF is_strict THEN
        -- Parents and originals come first in the file, so there are no cycles to look for.
        SELECT s.source_id INTO source FROM conversations.import_messages s
        WHERE s.import_id = import AND (
            s.parent_source_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM conversations.import_messages p
                WHERE p.import_id = import AND p.source_id = s.parent_source_id
                    AND p.ordinal < s.ordinal)
            OR s.edited_from_source_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM conversations.import_messages p
                WHERE p.import_id = import AND p.source_id = s.edited_from_source_id
                    AND p.ordinal < s.ordinal))
        ORDER BY s.ordinal LIMIT 1;
        IF FOUND THEN
            outcome := 'parent_missing';
            RETURN;
        END IF;
        UPDATE conversations.import_messages s
        SET sequence = o.sequence, message_id = uuidv7(s.written_at - clock_timestamp())
        FROM (
            SELECT i.ordinal, row_number() OVER (ORDER BY i.ordinal) AS sequence
            FROM conversations.import_messages i WHERE i.import_id = import) o
        WHERE s.import_id = import AND s.ordinal = o.ordinal;
    ELSE
        -- By time, but never before the parent. A message whose parent is not there is a root.
        WITH RECURSIVE tree AS (
            SELECT s.source_id, s.ordinal, s.written_at AS effective, 0 AS depth
            FROM conversations.import_messages s
            WHERE s.import_id = import AND (s.parent_source_id IS NULL OR NOT EXISTS (
                SELECT FROM conversations.import_messages p
                WHERE p.import_id = import AND p.source_id = s.parent_source_id))
            UNION ALL
            SELECT s.source_id, s.ordinal, greatest(s.written_at, t.effective), t.depth + 1
            FROM tree t JOIN conversations.import_messages s
                ON s.import_id = import AND s.parent_source_id = t.source_id
        )
        UPDATE conversations.import_messages s
        SET sequence = o.sequence, message_id = uuidv7(s.written_at - clock_timestamp())
        FROM (
            SELECT t.ordinal,
                row_number() OVER (ORDER BY t.effective, t.depth, t.ordinal) AS sequence
            FROM tree t) o
        WHERE s.import_id = import AND s.ordinal = o.ordinal;
    END IF;
    GET DIAGNOSTICS message_count = ROW_COUNT;
    IF message_count < staged THEN
        SELECT s.source_id INTO source FROM conversations.import_messages s
            WHERE s.import_id = import AND s.sequence IS NULL ORDER BY s.ordinal LIMIT 1;
        outcome := 'cycle';
        RETURN;
    END IF;
    outcome := 'ordered';
END
$$;
COMMENT ON FUNCTION conversations.order_import IS
    'Numbers the staged messages so that parents come before children. Strict: in the order of '
    'the file, which must have parents first. Outcomes: ordered, parent_missing, cycle.';

CREATE FUNCTION conversations.begin_import(draft jsonb, OUT conversation_id uuid)
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO conversations.conversations (
        owner_id, title, kind, status, context_type, context_id, provider, model, system_prompt,
        temperature, context_window_size, settings, metadata, is_archived, is_pinned, started_at,
        ended_at, last_activity_at, source_format, source_id, created_at, purge_after)
    SELECT conversations.person(), d.title, d.kind, d.status, d.context_type, d.context_id,
        d.provider, d.model, d.system_prompt, d.temperature, d.context_window_size, d.settings,
        d.metadata, d.is_archived, d.is_pinned, d.started_at, d.ended_at, d.created_at,
        d.source_format, d.source_id, d.created_at, clock_timestamp() + interval '1 hour'
    FROM jsonb_populate_record(NULL::conversations.conversations, draft) d
    RETURNING id INTO conversation_id;
END
$$;
COMMENT ON FUNCTION conversations.begin_import IS
    'Makes the conversation, not to be seen yet; if the import ends here it is purged.';

CREATE FUNCTION conversations.move_import(
    import uuid, target uuid, first_sequence bigint, last_sequence bigint, OUT moved integer
) LANGUAGE plpgsql
    SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off
AS $$
DECLARE
    words bigint;
BEGIN
    PERFORM FROM conversations.conversations c
        WHERE c.id = target AND c.owner_id = conversations.person() AND c.purge_after > now()
        FOR UPDATE;
    IF NOT FOUND THEN RAISE EXCEPTION 'no such import' USING ERRCODE = 'no_data_found'; END IF;
    WITH batch AS MATERIALIZED (
        SELECT s.*, p.message_id AS parent_id, e.message_id AS edited_from_id,
            conversations.search_vector(s.draft ->> 'text') AS vector
        FROM conversations.import_messages s
        LEFT JOIN conversations.import_messages p
            ON p.import_id = import AND p.source_id = s.parent_source_id
        LEFT JOIN conversations.import_messages e
            ON e.import_id = import AND e.source_id = s.edited_from_source_id
        WHERE s.import_id = import AND s.sequence BETWEEN first_sequence AND last_sequence
    ), measured AS MATERIALIZED (
        SELECT b.*, conversations.search_length(b.vector) AS search_length FROM batch b
    ), posted AS (
        INSERT INTO conversations.postings (owner_id, lexeme, message_id, frequency, length)
        SELECT conversations.person(), w.lexeme, b.message_id, cardinality(w.positions),
            b.search_length
        FROM measured b CROSS JOIN LATERAL unnest(b.vector) w
    ), stored AS (
        INSERT INTO conversations.messages (
            id, conversation_id, owner_id, sequence, parent_id, edited_from_id, role, sender_type,
            sender_id, author_id, type, text, parts, media_url, media_size, media_type,
            content_hash, provider, model, token_count, input_token_count, output_token_count,
            is_error, error_details, tool_execution_id, output_routing, metadata, processed_at,
            source_id, byte_count, search_length, created_at)
        SELECT b.message_id, target, conversations.person(), b.sequence, b.parent_id,
            b.edited_from_id, d.role, d.sender_type, d.sender_id, conversations.person(), d.type,
            d.text, d.parts, d.media_url, d.media_size, d.media_type, d.content_hash, d.provider,
            d.model, d.token_count, d.input_token_count, d.output_token_count, d.is_error,
            d.error_details, d.tool_execution_id, d.output_routing, d.metadata, d.processed_at,
            b.source_id, octet_length(b.draft::text), b.search_length, b.written_at
        FROM measured b
        CROSS JOIN LATERAL jsonb_populate_record(NULL::conversations.messages, b.draft) d
        ORDER BY b.sequence
    )
    SELECT count(*), coalesce(sum(m.search_length), 0) INTO moved, words FROM measured m;
    UPDATE conversations.conversations c SET
        message_count = c.message_count + moved,
        search_length = c.search_length + words,
        purge_after = clock_timestamp() + interval '1 hour'
    WHERE c.id = target;
END
$$;
COMMENT ON FUNCTION conversations.move_import IS
    'Makes messages of a range of staged ones; called range by range, in short transactions.';

CREATE FUNCTION conversations.finish_import(
    import uuid, target uuid, active_leaf_source text,
    OUT outcome text, OUT conversation_id uuid
) LANGUAGE plpgsql AS $$
DECLARE
    leaf uuid;
    latest timestamptz;
    conversation conversations.conversations;
BEGIN
    SELECT * INTO conversation FROM conversations.conversations c
        WHERE c.id = target AND c.owner_id = conversations.person() AND c.purge_after > now()
        FOR UPDATE;
    IF NOT FOUND THEN RAISE EXCEPTION 'no such import' USING ERRCODE = 'no_data_found'; END IF;
    IF conversations.find_import(conversation.source_format, conversation.source_id) THEN
        outcome := 'exists';
        RETURN;
    END IF;
    SELECT m.id INTO leaf FROM conversations.messages m
        WHERE m.conversation_id = target AND m.sequence = coalesce(
            (SELECT s.sequence FROM conversations.import_messages s
                WHERE s.import_id = import AND s.source_id = active_leaf_source),
            conversation.message_count);
    SELECT max(m.created_at) INTO latest FROM conversations.messages m
        WHERE m.conversation_id = target;
    BEGIN
        UPDATE conversations.conversations c SET
            active_leaf_id = leaf,
            last_message_at = latest,
            last_activity_at = greatest(c.last_activity_at, latest),
            purge_after = NULL
        WHERE c.id = target;
    EXCEPTION WHEN unique_violation THEN
        -- Another import of the same file was quicker; this one's rows are purged.
        outcome := 'exists';
        RETURN;
    END;
    INSERT INTO conversations.conversation_events
        (conversation_id, position, owner_id, kind, changes)
    VALUES (target, 1, conversation.owner_id, 'imported',
        jsonb_build_object('title', conversation.title, 'activeLeafID', leaf));
    DELETE FROM conversations.import_messages s WHERE s.import_id = import;
    conversation_id := target;
    outcome := 'imported';
END
$$;
COMMENT ON FUNCTION conversations.finish_import IS
    'Lets the conversation be seen. Outcomes: imported, exists.';

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA conversations FROM PUBLIC;
GRANT EXECUTE ON FUNCTION conversations.find_import, conversations.order_import,
    conversations.begin_import, conversations.move_import, conversations.finish_import
    TO steward_conversations;
