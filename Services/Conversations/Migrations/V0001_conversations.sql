-- compatible-since: 1
-- Conversations, their events, and the numbers of untitled ones.
-- Runs as steward_conversations_owner; grants exactly what steward_conversations needs.

GRANT USAGE ON SCHEMA conversations TO steward_conversations;

CREATE FUNCTION conversations.person() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('steward.user_id', true), '')::uuid;
COMMENT ON FUNCTION conversations.person() IS
    'The person on whose behalf the transaction runs; null for work without a person.';

CREATE FUNCTION conversations.purpose() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('steward.purpose', true), '');
COMMENT ON FUNCTION conversations.purpose() IS
    'The named purpose of work without a person: purge.';

CREATE FUNCTION conversations.touch() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION conversations.touch() IS 'Keeps updated_at.';

CREATE TABLE conversations.conversations (
    id uuid NOT NULL DEFAULT uuidv7(),
    owner_id uuid NOT NULL,
    title text NOT NULL,
    untitled_number bigint,
    kind text NOT NULL DEFAULT 'chat',
    status text NOT NULL DEFAULT 'active',
    context_type text,
    context_id uuid,
    provider text,
    model text,
    system_prompt text,
    temperature double precision,
    context_window_size integer,
    settings jsonb NOT NULL DEFAULT '{}',
    metadata jsonb NOT NULL DEFAULT '{}',
    is_archived boolean NOT NULL DEFAULT false,
    is_pinned boolean NOT NULL DEFAULT false,
    active_leaf_id uuid,
    message_count bigint NOT NULL DEFAULT 0,
    search_length bigint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 1,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    last_message_at timestamptz,
    last_activity_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    source_format text,
    source_id text,
    creation_key text,
    creation_digest bytea,
    purge_after timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT conversations_pkey PRIMARY KEY (id),
    CONSTRAINT conversations_owner_key UNIQUE (id, owner_id),
    CONSTRAINT conversations_title_check CHECK (char_length(title) BETWEEN 1 AND 200),
    CONSTRAINT conversations_untitled_number_check CHECK (untitled_number > 0),
    CONSTRAINT conversations_kind_check CHECK (kind IN ('chat', 'voice')),
    CONSTRAINT conversations_status_check CHECK (status IN ('active', 'ended', 'transferred')),
    CONSTRAINT conversations_ended_at_check CHECK ((status = 'active') = (ended_at IS NULL)),
    CONSTRAINT conversations_context_type_check
        CHECK (context_type IN ('dashboard', 'workspace', 'global')),
    CONSTRAINT conversations_context_id_check CHECK (
        (context_id IS NULL OR context_type IS NOT NULL)
        AND (context_type IS DISTINCT FROM 'dashboard' OR context_id IS NOT NULL)),
    CONSTRAINT conversations_provider_check CHECK (char_length(provider) BETWEEN 1 AND 100),
    CONSTRAINT conversations_model_check CHECK (char_length(model) BETWEEN 1 AND 200),
    CONSTRAINT conversations_system_prompt_check CHECK (octet_length(system_prompt) <= 65536),
    CONSTRAINT conversations_temperature_check CHECK (temperature BETWEEN 0 AND 2),
    CONSTRAINT conversations_context_window_size_check
        CHECK (context_window_size BETWEEN 1 AND 100000000),
    CONSTRAINT conversations_settings_check CHECK (
        jsonb_typeof(settings) = 'object' AND octet_length(settings::text) <= 65536),
    CONSTRAINT conversations_metadata_check CHECK (
        jsonb_typeof(metadata) = 'object' AND octet_length(metadata::text) <= 65536),
    CONSTRAINT conversations_message_count_check CHECK (message_count >= 0),
    CONSTRAINT conversations_search_length_check CHECK (search_length >= 0),
    CONSTRAINT conversations_version_check CHECK (version > 0),
    CONSTRAINT conversations_source_check CHECK (
        (source_format IS NULL) = (source_id IS NULL)
        AND char_length(source_format) BETWEEN 1 AND 50
        AND char_length(source_id) BETWEEN 1 AND 200),
    CONSTRAINT conversations_creation_key_check CHECK (
        (creation_key IS NULL) = (creation_digest IS NULL)
        AND char_length(creation_key) BETWEEN 1 AND 128
        AND octet_length(creation_digest) = 32)
) WITH (fillfactor = 80);

COMMENT ON TABLE conversations.conversations IS
    'Conversations, each of one person. One row is locked for every change of a conversation, so '
    'that its messages and events are numbered without a gap.';
COMMENT ON COLUMN conversations.conversations.id IS 'UUIDv7.';
COMMENT ON COLUMN conversations.conversations.owner_id IS
    'The person in identity whose conversation it is.';
COMMENT ON COLUMN conversations.conversations.title IS 'What lists show.';
COMMENT ON COLUMN conversations.conversations.untitled_number IS
    'The N of a title "Untitled N" that nobody has changed yet.';
COMMENT ON COLUMN conversations.conversations.kind IS 'Typed or spoken.';
COMMENT ON COLUMN conversations.conversations.status IS
    'active; ended and transferred come with ended_at and may become active again.';
COMMENT ON COLUMN conversations.conversations.context_type IS 'What it is about.';
COMMENT ON COLUMN conversations.conversations.context_id IS
    'Which one of them, such as a dashboard in workspace.';
COMMENT ON COLUMN conversations.conversations.provider IS 'The provider that answers.';
COMMENT ON COLUMN conversations.conversations.model IS 'The model that answers.';
COMMENT ON COLUMN conversations.conversations.system_prompt IS 'Instructions for the model.';
COMMENT ON COLUMN conversations.conversations.temperature IS 'Sampling temperature.';
COMMENT ON COLUMN conversations.conversations.context_window_size IS 'In tokens.';
COMMENT ON COLUMN conversations.conversations.settings IS 'Preferences of this conversation.';
COMMENT ON COLUMN conversations.conversations.metadata IS 'Facts that callers attached.';
COMMENT ON COLUMN conversations.conversations.is_archived IS 'Kept out of the usual list.';
COMMENT ON COLUMN conversations.conversations.is_pinned IS 'Listed before all others.';
COMMENT ON COLUMN conversations.conversations.active_leaf_id IS
    'The leaf of the branch that is shown, and the parent of the next message.';
COMMENT ON COLUMN conversations.conversations.message_count IS
    'Messages in all branches; the sequence of the latest one.';
COMMENT ON COLUMN conversations.conversations.search_length IS
    'Searchable words of all messages; the sum of their search_length.';
COMMENT ON COLUMN conversations.conversations.version IS
    'Rises by one with every change; the position of the latest event.';
COMMENT ON COLUMN conversations.conversations.started_at IS 'When it began.';
COMMENT ON COLUMN conversations.conversations.ended_at IS 'When it was ended or transferred.';
COMMENT ON COLUMN conversations.conversations.last_message_at IS
    'When the latest message was written.';
COMMENT ON COLUMN conversations.conversations.last_activity_at IS
    'When it began or got its latest message; what lists are sorted by.';
COMMENT ON COLUMN conversations.conversations.source_format IS
    'The format of the file it was imported from.';
COMMENT ON COLUMN conversations.conversations.source_id IS 'Its id in that file.';
COMMENT ON COLUMN conversations.conversations.creation_key IS
    'The idempotency key it was created with.';
COMMENT ON COLUMN conversations.conversations.creation_digest IS
    'SHA-256 of the request it was created with.';
COMMENT ON COLUMN conversations.conversations.purge_after IS
    'Null for a conversation that can be seen. Otherwise it is deleted, or an import that has not '
    'ended yet, and its rows are removed from this time on.';
COMMENT ON COLUMN conversations.conversations.created_at IS
    'When it was made here, or where it was imported from.';
COMMENT ON COLUMN conversations.conversations.updated_at IS 'When the row changed last.';

CREATE INDEX conversations_list_idx ON conversations.conversations
    (owner_id, is_pinned DESC, last_activity_at DESC, id DESC)
    WHERE purge_after IS NULL AND NOT is_archived;
CREATE INDEX conversations_archive_idx ON conversations.conversations
    (owner_id, is_pinned DESC, last_activity_at DESC, id DESC)
    WHERE purge_after IS NULL AND is_archived;
CREATE INDEX conversations_context_idx ON conversations.conversations
    (owner_id, context_type, context_id, is_pinned DESC, last_activity_at DESC, id DESC)
    WHERE purge_after IS NULL AND context_type IS NOT NULL;
CREATE INDEX conversations_owner_idx ON conversations.conversations (owner_id, id);
CREATE UNIQUE INDEX conversations_source_idx ON conversations.conversations
    (owner_id, source_format, source_id) WHERE purge_after IS NULL AND source_id IS NOT NULL;
CREATE UNIQUE INDEX conversations_creation_key_idx ON conversations.conversations
    (owner_id, creation_key) WHERE creation_key IS NOT NULL;
CREATE INDEX conversations_purge_idx ON conversations.conversations (purge_after)
    WHERE purge_after IS NOT NULL;

CREATE TRIGGER conversations_touch BEFORE UPDATE ON conversations.conversations
    FOR EACH ROW EXECUTE FUNCTION conversations.touch();

ALTER TABLE conversations.conversations ENABLE ROW LEVEL SECURITY;
ALTER TABLE conversations.conversations FORCE ROW LEVEL SECURITY;
CREATE POLICY own_select ON conversations.conversations FOR SELECT TO steward_conversations
    USING (owner_id = (SELECT conversations.person()));
CREATE POLICY own_insert ON conversations.conversations FOR INSERT TO steward_conversations
    WITH CHECK (owner_id = (SELECT conversations.person()));
CREATE POLICY own_update ON conversations.conversations FOR UPDATE TO steward_conversations
    USING (owner_id = (SELECT conversations.person()))
    WITH CHECK (owner_id = (SELECT conversations.person()));
CREATE POLICY purge_select ON conversations.conversations FOR SELECT TO steward_conversations
    USING ((SELECT conversations.purpose()) = 'purge' AND purge_after <= now());
CREATE POLICY purge_update ON conversations.conversations FOR UPDATE TO steward_conversations
    USING ((SELECT conversations.purpose()) = 'purge' AND purge_after <= now())
    WITH CHECK ((SELECT conversations.purpose()) = 'purge' AND purge_after <= now());
CREATE POLICY purge_delete ON conversations.conversations FOR DELETE TO steward_conversations
    USING ((SELECT conversations.purpose()) = 'purge' AND purge_after <= now());

GRANT SELECT, INSERT, DELETE ON conversations.conversations TO steward_conversations;
GRANT UPDATE (
    title, untitled_number, status, context_type, context_id, provider, model, system_prompt,
    temperature, context_window_size, settings, metadata, is_archived, is_pinned, active_leaf_id,
    message_count, search_length, version, ended_at, last_message_at, last_activity_at, purge_after
) ON conversations.conversations TO steward_conversations;

CREATE TABLE conversations.title_counters (
    owner_id uuid NOT NULL,
    last_number bigint NOT NULL DEFAULT 0,

    CONSTRAINT title_counters_pkey PRIMARY KEY (owner_id),
    CONSTRAINT title_counters_last_number_check CHECK (last_number >= 0)
);
COMMENT ON TABLE conversations.title_counters IS
    'The number of each person''s latest untitled conversation. Taking the next one locks the row, '
    'so that no number is given twice.';
COMMENT ON COLUMN conversations.title_counters.owner_id IS 'The person in identity.';
COMMENT ON COLUMN conversations.title_counters.last_number IS 'The latest N of "Untitled N".';

ALTER TABLE conversations.title_counters ENABLE ROW LEVEL SECURITY;
ALTER TABLE conversations.title_counters FORCE ROW LEVEL SECURITY;
CREATE POLICY own_select ON conversations.title_counters FOR SELECT TO steward_conversations
    USING (owner_id = (SELECT conversations.person()));
CREATE POLICY own_insert ON conversations.title_counters FOR INSERT TO steward_conversations
    WITH CHECK (owner_id = (SELECT conversations.person()));
CREATE POLICY own_update ON conversations.title_counters FOR UPDATE TO steward_conversations
    USING (owner_id = (SELECT conversations.person()))
    WITH CHECK (owner_id = (SELECT conversations.person()));
GRANT SELECT, INSERT ON conversations.title_counters TO steward_conversations;
GRANT UPDATE (last_number) ON conversations.title_counters TO steward_conversations;

CREATE TABLE conversations.conversation_events (
    conversation_id uuid NOT NULL,
    position bigint NOT NULL,
    owner_id uuid NOT NULL,
    kind text NOT NULL,
    message_id uuid,
    changes jsonb,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT conversation_events_pkey PRIMARY KEY (conversation_id, position),
    CONSTRAINT conversation_events_conversation_fkey FOREIGN KEY (conversation_id, owner_id)
        REFERENCES conversations.conversations (id, owner_id),
    CONSTRAINT conversation_events_position_check CHECK (position > 0),
    CONSTRAINT conversation_events_kind_check CHECK (kind IN (
        'created', 'imported', 'renamed', 'archived', 'unarchived', 'pinned', 'unpinned',
        'updated', 'message_appended', 'message_edited', 'branch_selected', 'deleted')),
    CONSTRAINT conversation_events_message_check CHECK (
        (kind IN ('message_appended', 'message_edited')) = (message_id IS NOT NULL)),
    CONSTRAINT conversation_events_changes_check CHECK (jsonb_typeof(changes) = 'object')
);
COMMENT ON TABLE conversations.conversation_events IS
    'What happened in a conversation, numbered without a gap under the lock of its row, so that '
    'the order of positions is the order of commits. Watchers read it by position.';
COMMENT ON COLUMN conversations.conversation_events.conversation_id IS 'Which conversation.';
COMMENT ON COLUMN conversations.conversation_events.position IS
    '1, 2, 3 …; the version of the conversation once this has happened.';
COMMENT ON COLUMN conversations.conversation_events.owner_id IS 'Whose conversation it is.';
COMMENT ON COLUMN conversations.conversation_events.kind IS 'What happened.';
COMMENT ON COLUMN conversations.conversation_events.message_id IS
    'The new message. No foreign key: messages never change, and go with the conversation.';
COMMENT ON COLUMN conversations.conversation_events.changes IS
    'The fields of the conversation that changed, by their names on the wire, with new values.';
COMMENT ON COLUMN conversations.conversation_events.created_at IS 'When it happened.';

ALTER TABLE conversations.conversation_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE conversations.conversation_events FORCE ROW LEVEL SECURITY;
CREATE POLICY own_select ON conversations.conversation_events FOR SELECT TO steward_conversations
    USING (owner_id = (SELECT conversations.person()));
CREATE POLICY own_insert ON conversations.conversation_events FOR INSERT TO steward_conversations
    WITH CHECK (owner_id = (SELECT conversations.person()));
CREATE POLICY purge_select ON conversations.conversation_events
    FOR SELECT TO steward_conversations
    USING ((SELECT conversations.purpose()) = 'purge' AND EXISTS (
        SELECT FROM conversations.conversations c
        WHERE c.id = conversation_id AND c.purge_after <= now()));
CREATE POLICY purge_delete ON conversations.conversation_events
    FOR DELETE TO steward_conversations
    USING ((SELECT conversations.purpose()) = 'purge' AND EXISTS (
        SELECT FROM conversations.conversations c
        WHERE c.id = conversation_id AND c.purge_after <= now()));
GRANT SELECT, INSERT, DELETE ON conversations.conversation_events TO steward_conversations;

CREATE FUNCTION conversations.create_conversation(
    draft jsonb, request_key text, request_digest bytea,
    OUT outcome text, OUT conversation conversations.conversations
) LANGUAGE plpgsql AS $$
DECLARE
    number bigint;
BEGIN
    -- One key at a time: a second call waits here and then finds what the first one made.
    IF request_key IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(
            hashtextextended(conversations.person() || request_key, 7301));
        SELECT * INTO conversation FROM conversations.conversations c
            WHERE c.owner_id = conversations.person() AND c.creation_key = request_key;
        IF FOUND THEN
            outcome := CASE
                WHEN conversation.creation_digest <> request_digest THEN 'key_reused'
                WHEN conversation.purge_after IS NOT NULL THEN 'missing'
                ELSE 'repeated' END;
            RETURN;
        END IF;
    END IF;
    IF draft ->> 'title' IS NULL THEN
        INSERT INTO conversations.title_counters (owner_id) VALUES (conversations.person())
            ON CONFLICT (owner_id) DO NOTHING;
        UPDATE conversations.title_counters t SET last_number = t.last_number + 1
            WHERE t.owner_id = conversations.person() RETURNING t.last_number INTO number;
        draft := draft || jsonb_build_object('title', 'Untitled ' || number);
    END IF;
    INSERT INTO conversations.conversations (
        owner_id, title, untitled_number, kind, context_type, context_id, provider, model,
        system_prompt, temperature, context_window_size, settings, metadata, creation_key,
        creation_digest)
    SELECT conversations.person(), d.title, number, coalesce(d.kind, 'chat'), d.context_type,
        d.context_id, d.provider, d.model, d.system_prompt, d.temperature, d.context_window_size,
        coalesce(d.settings, '{}'), coalesce(d.metadata, '{}'), request_key, request_digest
    FROM jsonb_populate_record(NULL::conversations.conversations, draft) d
    RETURNING * INTO conversation;
    INSERT INTO conversations.conversation_events
        (conversation_id, position, owner_id, kind, changes)
    VALUES (conversation.id, 1, conversation.owner_id, 'created',
        jsonb_build_object('title', conversation.title));
    outcome := 'created';
END
$$;
COMMENT ON FUNCTION conversations.create_conversation IS
    'Makes a conversation of the person; with a key, once. Outcomes: created, repeated, key_reused, '
    'missing (made with this key and deleted since).';

CREATE FUNCTION conversations.change_conversation(
    target uuid, expected_version bigint, event_kind text, new_values jsonb, event_changes jsonb,
    OUT outcome text, OUT conversation conversations.conversations
) LANGUAGE plpgsql AS $$
DECLARE
    changed conversations.conversations;
BEGIN
    SELECT * INTO conversation FROM conversations.conversations c
        WHERE c.id = target AND c.owner_id = conversations.person() AND c.purge_after IS NULL
        FOR UPDATE;
    IF NOT FOUND THEN
        outcome := 'missing';
        RETURN;
    END IF;
    IF expected_version <> conversation.version THEN
        outcome := 'stale';
        RETURN;
    END IF;
    changed := jsonb_populate_record(conversation, new_values);
    IF changed.active_leaf_id IS DISTINCT FROM conversation.active_leaf_id AND NOT EXISTS (
        SELECT FROM conversations.messages m
        WHERE m.conversation_id = target AND m.id = changed.active_leaf_id)
    THEN
        outcome := 'message_missing';
        RETURN;
    END IF;
    IF event_kind = 'deleted' THEN
        -- Long enough for watchers to hear of it before the rows go.
        changed.purge_after := clock_timestamp() + interval '1 minute';
    ELSIF event_kind = 'renamed' AND changed.title <> conversation.title THEN
        changed.untitled_number := NULL;
    ELSIF changed.status <> conversation.status THEN
        changed.ended_at := CASE
            WHEN changed.status <> 'active'
                THEN coalesce(conversation.ended_at, clock_timestamp()) END;
    END IF;
    IF changed IS NOT DISTINCT FROM conversation THEN
        outcome := 'unchanged';
        RETURN;
    END IF;
    UPDATE conversations.conversations c SET
        title = changed.title, untitled_number = changed.untitled_number, status = changed.status,
        context_type = changed.context_type, context_id = changed.context_id, provider = changed.provider,
        model = changed.model, system_prompt = changed.system_prompt, temperature = changed.temperature,
        context_window_size = changed.context_window_size, settings = changed.settings,
        metadata = changed.metadata, is_archived = changed.is_archived, is_pinned = changed.is_pinned,
        active_leaf_id = changed.active_leaf_id, ended_at = changed.ended_at,
        purge_after = changed.purge_after, version = c.version + 1
    WHERE c.id = target
    RETURNING * INTO conversation;
    INSERT INTO conversations.conversation_events
        (conversation_id, position, owner_id, kind, changes)
    VALUES (target, conversation.version, conversation.owner_id, event_kind, event_changes);
    outcome := 'changed';
END
$$;
COMMENT ON FUNCTION conversations.change_conversation IS
    'Changes a conversation of the person and notes the event. new_values go by column name; only '
    'columns that may change are written. Outcomes: changed, unchanged, missing, stale, '
    'message_missing.';

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA conversations FROM PUBLIC;
GRANT EXECUTE ON FUNCTION conversations.person(), conversations.purpose(),
    conversations.create_conversation, conversations.change_conversation
    TO steward_conversations;
