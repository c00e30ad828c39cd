-- compatible-since: 1
-- Whoever makes a conversation may choose its id, and so name it in what is written together with
-- it. Programs that do not choose get one as before.

CREATE OR REPLACE FUNCTION conversations.create_conversation(
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
        id, owner_id, title, untitled_number, kind, context_type, context_id, provider, model,
        system_prompt, temperature, context_window_size, settings, metadata, creation_key,
        creation_digest)
    SELECT coalesce(d.id, uuidv7()), conversations.person(), d.title, number,
        coalesce(d.kind, 'chat'), d.context_type, d.context_id, d.provider, d.model, d.system_prompt, d.temperature, d.context_window_size,
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
    'Makes a conversation of the person, with the id that the draft has, if any; with a key, once. '
    'Outcomes: created, repeated, key_reused, missing (made with this key and deleted since).';
