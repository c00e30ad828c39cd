-- compatible-since: 1
-- Messages as an immutable tree, the keys that make appending safe to repeat, and the words by
-- which search finds them.

CREATE TABLE conversations.messages (
    id uuid NOT NULL DEFAULT uuidv7(),
    conversation_id uuid NOT NULL,
    owner_id uuid NOT NULL,
    sequence bigint NOT NULL,
    parent_id uuid,
    edited_from_id uuid,
    role text NOT NULL,
    sender_type text NOT NULL,
    sender_id uuid,
    author_id uuid NOT NULL,
    type text NOT NULL,
    text text NOT NULL,
    parts jsonb,
    media_url text,
    media_size bigint,
    media_type text,
    content_hash bytea NOT NULL,
    provider text,
    model text,
    token_count integer,
    input_token_count integer,
    output_token_count integer,
    is_error boolean NOT NULL,
    error_details jsonb,
    tool_execution_id uuid,
    output_routing jsonb,
    metadata jsonb NOT NULL,
    processed_at timestamptz,
    source_id text,
    byte_count integer NOT NULL,
    search_length integer NOT NULL,
    created_at timestamptz NOT NULL,

    CONSTRAINT messages_pkey PRIMARY KEY (id),
    CONSTRAINT messages_conversation_key UNIQUE (conversation_id, id),
    CONSTRAINT messages_sequence_key UNIQUE (conversation_id, sequence),
    CONSTRAINT messages_conversation_fkey FOREIGN KEY (conversation_id, owner_id)
        REFERENCES conversations.conversations (id, owner_id),
    CONSTRAINT messages_parent_fkey FOREIGN KEY (conversation_id, parent_id)
        REFERENCES conversations.messages (conversation_id, id),
    CONSTRAINT messages_edited_from_fkey FOREIGN KEY (conversation_id, edited_from_id)
        REFERENCES conversations.messages (conversation_id, id),
    CONSTRAINT messages_sequence_check CHECK (sequence > 0),
    CONSTRAINT messages_parent_check CHECK (parent_id <> id),
    CONSTRAINT messages_edited_from_check CHECK (edited_from_id <> id),
    CONSTRAINT messages_role_check CHECK (role IN ('user', 'assistant', 'system', 'tool')),
    CONSTRAINT messages_sender_type_check
        CHECK (sender_type IN ('user', 'ai', 'agent', 'system')),
    CONSTRAINT messages_type_check CHECK (type IN ('text', 'image', 'audio', 'file')),
    CONSTRAINT messages_text_check CHECK (octet_length(text) <= 1048576),
    CONSTRAINT messages_parts_check CHECK (
        jsonb_typeof(parts) = 'array' AND octet_length(parts::text) <= 2097152),
    CONSTRAINT messages_media_url_check CHECK (
        media_url IS NULL OR octet_length(media_url) BETWEEN 1 AND 2048 AND type <> 'text'),
    CONSTRAINT messages_media_size_check CHECK (
        media_size IS NULL OR media_size >= 0 AND type <> 'text'),
    CONSTRAINT messages_media_type_check CHECK (
        media_type IS NULL OR octet_length(media_type) BETWEEN 1 AND 255 AND type <> 'text'),
    CONSTRAINT messages_content_hash_check CHECK (octet_length(content_hash) = 32),
    CONSTRAINT messages_provider_check CHECK (char_length(provider) BETWEEN 1 AND 100),
    CONSTRAINT messages_model_check CHECK (char_length(model) BETWEEN 1 AND 200),
    CONSTRAINT messages_token_count_check CHECK (token_count >= 0),
    CONSTRAINT messages_input_token_count_check CHECK (input_token_count >= 0),
    CONSTRAINT messages_output_token_count_check CHECK (output_token_count >= 0),
    CONSTRAINT messages_error_details_check CHECK (
        error_details IS NULL OR is_error AND jsonb_typeof(error_details) = 'object'
        AND octet_length(error_details::text) <= 262144),
    CONSTRAINT messages_output_routing_check CHECK (
        jsonb_typeof(output_routing) = 'object' AND octet_length(output_routing::text) <= 65536),
    CONSTRAINT messages_metadata_check CHECK (
        jsonb_typeof(metadata) = 'object' AND octet_length(metadata::text) <= 262144),
    CONSTRAINT messages_source_id_check CHECK (char_length(source_id) BETWEEN 1 AND 200),
    CONSTRAINT messages_byte_count_check CHECK (byte_count >= 0),
    CONSTRAINT messages_search_length_check CHECK (search_length >= 0)
);

COMMENT ON TABLE conversations.messages IS
    'Messages. Rows are written once and never changed (the runtime role has no right to), and a '
    'parent must exist before its child, so the tree has no cycles.';
COMMENT ON COLUMN conversations.messages.id IS 'UUIDv7 of the time of writing.';
COMMENT ON COLUMN conversations.messages.conversation_id IS 'Where it belongs.';
COMMENT ON COLUMN conversations.messages.owner_id IS 'Whose conversation it is.';
COMMENT ON COLUMN conversations.messages.sequence IS
    '1, 2, 3 … in the order of arrival over all branches; a parent''s is smaller than its child''s.';
COMMENT ON COLUMN conversations.messages.parent_id IS
    'The message it follows; null at the root of the tree.';
COMMENT ON COLUMN conversations.messages.edited_from_id IS
    'The message that this one was written to replace.';
COMMENT ON COLUMN conversations.messages.role IS 'Whose turn it is, as models know it.';
COMMENT ON COLUMN conversations.messages.sender_type IS 'What sent it.';
COMMENT ON COLUMN conversations.messages.sender_id IS
    'Which agent or person sent it, where that is not the author.';
COMMENT ON COLUMN conversations.messages.author_id IS
    'The person in identity on whose behalf it was stored.';
COMMENT ON COLUMN conversations.messages.type IS 'What it carries beside its text.';
COMMENT ON COLUMN conversations.messages.text IS 'The text; what search finds.';
COMMENT ON COLUMN conversations.messages.parts IS 'Rich content: objects, each with a type.';
COMMENT ON COLUMN conversations.messages.media_url IS 'Where the image, sound or file is.';
COMMENT ON COLUMN conversations.messages.media_size IS 'Its size in bytes.';
COMMENT ON COLUMN conversations.messages.media_type IS 'Its media type.';
COMMENT ON COLUMN conversations.messages.content_hash IS
    'SHA-256 of role, type, text, parts and media in deterministic CBOR. Never used to drop a '
    'message: a second "yes" is a second message.';
COMMENT ON COLUMN conversations.messages.provider IS 'The provider that wrote it.';
COMMENT ON COLUMN conversations.messages.model IS 'The model that wrote it.';
COMMENT ON COLUMN conversations.messages.token_count IS 'Its own length in tokens.';
COMMENT ON COLUMN conversations.messages.input_token_count IS 'Tokens read to write it.';
COMMENT ON COLUMN conversations.messages.output_token_count IS 'Tokens written.';
COMMENT ON COLUMN conversations.messages.is_error IS
    'Whether it stands for an answer that failed.';
COMMENT ON COLUMN conversations.messages.error_details IS 'Why it failed.';
COMMENT ON COLUMN conversations.messages.tool_execution_id IS
    'The execution in tools that it asked for or reports.';
COMMENT ON COLUMN conversations.messages.output_routing IS 'Where its outputs were placed.';
COMMENT ON COLUMN conversations.messages.metadata IS 'Facts that callers attached.';
COMMENT ON COLUMN conversations.messages.processed_at IS 'When its processing ended.';
COMMENT ON COLUMN conversations.messages.source_id IS
    'Its id in the file it was imported from.';
COMMENT ON COLUMN conversations.messages.byte_count IS
    'About how much it takes in a reply; what bounds pages.';
COMMENT ON COLUMN conversations.messages.search_length IS 'Searchable words in it.';
COMMENT ON COLUMN conversations.messages.created_at IS
    'When it was stored here, or written where it was imported from.';

CREATE INDEX messages_parent_idx ON conversations.messages (conversation_id, parent_id);
CREATE INDEX messages_edited_from_idx ON conversations.messages (conversation_id, edited_from_id)
    WHERE edited_from_id IS NOT NULL;

ALTER TABLE conversations.messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE conversations.messages FORCE ROW LEVEL SECURITY;
CREATE POLICY own_select ON conversations.messages FOR SELECT TO steward_conversations
    USING (owner_id = (SELECT conversations.person()));
CREATE POLICY own_insert ON conversations.messages FOR INSERT TO steward_conversations
    WITH CHECK (owner_id = (SELECT conversations.person()));
CREATE POLICY purge_select ON conversations.messages FOR SELECT TO steward_conversations
    USING ((SELECT conversations.purpose()) = 'purge' AND EXISTS (
        SELECT FROM conversations.conversations c
        WHERE c.id = conversation_id AND c.purge_after <= now()));
CREATE POLICY purge_delete ON conversations.messages FOR DELETE TO steward_conversations
    USING ((SELECT conversations.purpose()) = 'purge' AND EXISTS (
        SELECT FROM conversations.conversations c
        WHERE c.id = conversation_id AND c.purge_after <= now()));
GRANT SELECT, INSERT, DELETE ON conversations.messages TO steward_conversations;

ALTER TABLE conversations.conversations ADD CONSTRAINT conversations_active_leaf_fkey
    FOREIGN KEY (id, active_leaf_id) REFERENCES conversations.messages (conversation_id, id);

CREATE TABLE conversations.request_keys (
    conversation_id uuid NOT NULL,
    author_id uuid NOT NULL,
    key text NOT NULL,
    owner_id uuid NOT NULL,
    digest bytea NOT NULL,
    message_id uuid NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT request_keys_pkey PRIMARY KEY (conversation_id, author_id, key),
    CONSTRAINT request_keys_conversation_fkey FOREIGN KEY (conversation_id, owner_id)
        REFERENCES conversations.conversations (id, owner_id),
    CONSTRAINT request_keys_key_check CHECK (char_length(key) BETWEEN 1 AND 128),
    CONSTRAINT request_keys_digest_check CHECK (octet_length(digest) = 32)
);
COMMENT ON TABLE conversations.request_keys IS
    'The idempotency keys of appended and edited messages, written in the transaction of the '
    'message: a repeated request finds the message instead of storing it again.';
COMMENT ON COLUMN conversations.request_keys.conversation_id IS 'Which conversation.';
COMMENT ON COLUMN conversations.request_keys.author_id IS 'Who sent the request.';
COMMENT ON COLUMN conversations.request_keys.key IS 'The key as the caller chose it.';
COMMENT ON COLUMN conversations.request_keys.owner_id IS 'Whose conversation it is.';
COMMENT ON COLUMN conversations.request_keys.digest IS
    'SHA-256 of the request; another request with the same key is refused.';
COMMENT ON COLUMN conversations.request_keys.message_id IS
    'What the request stored. No foreign key: messages go with the conversation, after the keys.';
COMMENT ON COLUMN conversations.request_keys.version IS
    'The version of the conversation that the message brought about.';
COMMENT ON COLUMN conversations.request_keys.created_at IS 'Kept for 8 days from then on.';

CREATE INDEX request_keys_created_idx ON conversations.request_keys (created_at);

ALTER TABLE conversations.request_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE conversations.request_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY own_select ON conversations.request_keys FOR SELECT TO steward_conversations
    USING (author_id = (SELECT conversations.person()));
CREATE POLICY own_insert ON conversations.request_keys FOR INSERT TO steward_conversations
    WITH CHECK (author_id = (SELECT conversations.person()));
CREATE POLICY purge_select ON conversations.request_keys FOR SELECT TO steward_conversations
    USING ((SELECT conversations.purpose()) = 'purge' AND (
        created_at < now() - interval '8 days' OR EXISTS (
            SELECT FROM conversations.conversations c
            WHERE c.id = conversation_id AND c.purge_after <= now())));
CREATE POLICY purge_delete ON conversations.request_keys FOR DELETE TO steward_conversations
    USING ((SELECT conversations.purpose()) = 'purge' AND (
        created_at < now() - interval '8 days' OR EXISTS (
            SELECT FROM conversations.conversations c
            WHERE c.id = conversation_id AND c.purge_after <= now())));
GRANT SELECT, INSERT, DELETE ON conversations.request_keys TO steward_conversations;

CREATE TABLE conversations.postings (
    owner_id uuid NOT NULL,
    lexeme text COLLATE "C" NOT NULL,
    message_id uuid NOT NULL,
    frequency smallint NOT NULL,
    length integer NOT NULL,

    CONSTRAINT postings_pkey PRIMARY KEY (owner_id, lexeme, message_id)
        INCLUDE (frequency, length),
    CONSTRAINT postings_frequency_check CHECK (frequency > 0),
    CONSTRAINT postings_length_check CHECK (length > 0)
);
COMMENT ON TABLE conversations.postings IS
    'Which words occur in which messages: what BM25 is computed from. Within a word the key goes '
    'by message id, so by time. No foreign key to messages: a check per word would cost more than '
    'the rest of an append; purge removes postings before their messages.';
COMMENT ON COLUMN conversations.postings.owner_id IS 'Whose conversation it is.';
COMMENT ON COLUMN conversations.postings.lexeme IS
    'The word as the text search configuration english leaves it.';
COMMENT ON COLUMN conversations.postings.message_id IS 'Where it occurs.';
COMMENT ON COLUMN conversations.postings.frequency IS 'How often it occurs there.';
COMMENT ON COLUMN conversations.postings.length IS 'The message''s search_length.';

CREATE INDEX postings_message_idx ON conversations.postings (message_id);

ALTER TABLE conversations.postings ENABLE ROW LEVEL SECURITY;
ALTER TABLE conversations.postings FORCE ROW LEVEL SECURITY;
CREATE POLICY own_select ON conversations.postings FOR SELECT TO steward_conversations
    USING (owner_id = (SELECT conversations.person()));
CREATE POLICY own_insert ON conversations.postings FOR INSERT TO steward_conversations
    WITH CHECK (owner_id = (SELECT conversations.person()));
CREATE POLICY purge_select ON conversations.postings FOR SELECT TO steward_conversations
    USING ((SELECT conversations.purpose()) = 'purge');
CREATE POLICY purge_delete ON conversations.postings FOR DELETE TO steward_conversations
    USING ((SELECT conversations.purpose()) = 'purge');
GRANT SELECT, INSERT, DELETE ON conversations.postings TO steward_conversations;

CREATE FUNCTION conversations.search_vector(content text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_tsvector('pg_catalog.english'::regconfig, left(content, 100000));
COMMENT ON FUNCTION conversations.search_vector IS
    'The words of a text, of its first 100,000 characters.';

CREATE FUNCTION conversations.search_length(vector tsvector) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT coalesce(sum(cardinality(positions)), 0)::integer FROM unnest(vector));
COMMENT ON FUNCTION conversations.search_length IS 'How many words it has, repeats counted.';

CREATE FUNCTION conversations.insert_message(
    conversation conversations.conversations, draft conversations.messages, event_kind text,
    request_key text, request_digest bytea, byte_count integer,
    OUT message conversations.messages, OUT version bigint
) LANGUAGE plpgsql AS $$
DECLARE
    vector tsvector := conversations.search_vector(draft.text);
BEGIN
    message := draft;
    message.id := uuidv7();
    message.conversation_id := conversation.id;
    message.owner_id := conversation.owner_id;
    message.author_id := conversations.person();
    message.sequence := conversation.message_count + 1;
    message.source_id := NULL;
    message.byte_count := byte_count;
    message.search_length := conversations.search_length(vector);
    message.created_at := clock_timestamp();
    INSERT INTO conversations.messages SELECT message.*;
    INSERT INTO conversations.postings (owner_id, lexeme, message_id, frequency, length)
        SELECT message.owner_id, w.lexeme, message.id, cardinality(w.positions),
            message.search_length
        FROM unnest(vector) w;
    UPDATE conversations.conversations c SET
        message_count = message.sequence,
        search_length = c.search_length + message.search_length,
        version = c.version + 1,
        active_leaf_id = message.id,
        last_message_at = message.created_at,
        last_activity_at = greatest(c.last_activity_at, message.created_at)
    WHERE c.id = conversation.id
    RETURNING c.version INTO version;
    INSERT INTO conversations.conversation_events
        (conversation_id, position, owner_id, kind, message_id, changes)
    VALUES (conversation.id, version, conversation.owner_id, event_kind, message.id,
        jsonb_build_object('activeLeafID', message.id));
    IF request_key IS NOT NULL THEN
        INSERT INTO conversations.request_keys
            (conversation_id, author_id, key, owner_id, digest, message_id, version)
        VALUES (conversation.id, message.author_id, request_key, conversation.owner_id,
            request_digest, message.id, version);
    END IF;
END
$$;
COMMENT ON FUNCTION conversations.insert_message IS
    'Stores a message with its words, its event and its key, and moves the conversation on. The '
    'caller holds the lock of the conversation''s row.';

CREATE FUNCTION conversations.find_request(
    target uuid, request_key text, request_digest bytea,
    OUT outcome text, OUT version bigint, OUT message conversations.messages
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    known conversations.request_keys;
BEGIN
    SELECT * INTO known FROM conversations.request_keys k
        WHERE k.conversation_id = target AND k.author_id = conversations.person()
            AND k.key = request_key;
    IF NOT FOUND THEN RETURN; END IF;
    IF known.digest <> request_digest THEN
        outcome := 'key_reused';
        RETURN;
    END IF;
    SELECT * INTO message FROM conversations.messages m
        WHERE m.conversation_id = target AND m.id = known.message_id;
    version := known.version;
    outcome := 'repeated';
END
$$;
COMMENT ON FUNCTION conversations.find_request IS
    'What an earlier request with this key did. Outcomes: none, repeated, key_reused.';

CREATE FUNCTION conversations.append_message(
    target uuid, parent uuid, draft jsonb, request_key text, request_digest bytea,
    OUT outcome text, OUT version bigint, OUT message conversations.messages
) LANGUAGE plpgsql AS $$
DECLARE
    conversation conversations.conversations;
    found_request record;
    inserted record;
BEGIN
    SELECT * INTO conversation FROM conversations.conversations c
        WHERE c.id = target AND c.owner_id = conversations.person() AND c.purge_after IS NULL
        FOR UPDATE;
    IF NOT FOUND THEN
        outcome := 'missing';
        RETURN;
    END IF;
    IF request_key IS NOT NULL THEN
        SELECT * INTO found_request
            FROM conversations.find_request(target, request_key, request_digest);
        IF found_request.outcome IS NOT NULL THEN
            outcome := found_request.outcome;
            version := found_request.version;
            message := found_request.message;
            RETURN;
        END IF;
    END IF;
    IF parent IS NOT NULL AND NOT EXISTS (
        SELECT FROM conversations.messages m
        WHERE m.conversation_id = target AND m.id = parent)
    THEN
        outcome := 'message_missing';
        RETURN;
    END IF;
    message := jsonb_populate_record(NULL::conversations.messages, draft);
    message.parent_id := coalesce(parent, conversation.active_leaf_id);
    SELECT * INTO inserted FROM conversations.insert_message(
        conversation, message, 'message_appended', request_key, request_digest,
        octet_length(draft::text));
    message := inserted.message;
    version := inserted.version;
    outcome := 'stored';
END
$$;
COMMENT ON FUNCTION conversations.append_message IS
    'Adds a message after a parent or the active leaf; with a key, once. Outcomes: stored, repeated, '
    'key_reused, missing, message_missing.';

CREATE FUNCTION conversations.edit_message(
    original_id uuid, draft jsonb, expected_version bigint, request_key text,
    request_digest bytea,
    OUT outcome text, OUT version bigint, OUT message conversations.messages
) LANGUAGE plpgsql AS $$
DECLARE
    conversation conversations.conversations;
    original conversations.messages;
    found_request record;
    inserted record;
BEGIN
    SELECT * INTO original FROM conversations.messages m
        WHERE m.id = original_id AND m.owner_id = conversations.person();
    IF FOUND THEN
        SELECT * INTO conversation FROM conversations.conversations c
            WHERE c.id = original.conversation_id AND c.owner_id = conversations.person()
                AND c.purge_after IS NULL
            FOR UPDATE;
    END IF;
    IF NOT FOUND THEN
        outcome := 'missing';
        RETURN;
    END IF;
    IF request_key IS NOT NULL THEN
        SELECT * INTO found_request
            FROM conversations.find_request(conversation.id, request_key, request_digest);
        IF found_request.outcome IS NOT NULL THEN
            outcome := found_request.outcome;
            version := found_request.version;
            message := found_request.message;
            RETURN;
        END IF;
    END IF;
    IF expected_version <> conversation.version THEN
        outcome := 'stale';
        RETURN;
    END IF;
    message := jsonb_populate_record(original, draft);
    message.parent_id := original.parent_id;
    message.edited_from_id := original.id;
    SELECT * INTO inserted FROM conversations.insert_message(
        conversation, message, 'message_edited', request_key, request_digest,
        octet_length(to_jsonb(message)::text));
    message := inserted.message;
    version := inserted.version;
    outcome := 'stored';
END
$$;
COMMENT ON FUNCTION conversations.edit_message IS
    'Stores another version of a message beside it; what the draft does not name is taken from the '
    'original. Outcomes: stored, repeated, key_reused, missing, stale.';

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA conversations FROM PUBLIC;
GRANT EXECUTE ON FUNCTION conversations.search_vector, conversations.search_length,
    conversations.insert_message, conversations.find_request, conversations.append_message,
    conversations.edit_message
    TO steward_conversations;
