-- compatible-since: 1
-- Removal of deleted conversations, a few rows at a time, so that nobody waits for it.

CREATE FUNCTION conversations.purge_conversations(row_limit integer, OUT purged integer)
LANGUAGE plpgsql AS $$
DECLARE
    target uuid;
    doomed uuid[];
BEGIN
    purged := 0;
    SELECT c.id INTO target FROM conversations.conversations c
        WHERE c.purge_after <= now() ORDER BY c.purge_after LIMIT 1
        FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN RETURN; END IF;
    UPDATE conversations.conversations c SET active_leaf_id = NULL
        WHERE c.id = target AND c.active_leaf_id IS NOT NULL;
    -- From the end, because children have higher sequences than their parents.
    SELECT array_agg(m.id) INTO doomed FROM (
        SELECT i.id FROM conversations.messages i
        WHERE i.conversation_id = target ORDER BY i.sequence DESC LIMIT row_limit) m;
    IF doomed IS NOT NULL THEN
        DELETE FROM conversations.postings p WHERE p.message_id = ANY (doomed);
        DELETE FROM conversations.messages m
            WHERE m.conversation_id = target AND m.id = ANY (doomed);
        GET DIAGNOSTICS purged = ROW_COUNT;
        RETURN;
    END IF;
    DELETE FROM conversations.conversation_events e
        WHERE e.conversation_id = target AND e.position IN (
            SELECT i.position FROM conversations.conversation_events i
            WHERE i.conversation_id = target ORDER BY i.position DESC LIMIT row_limit * 10);
    GET DIAGNOSTICS purged = ROW_COUNT;
    IF purged > 0 THEN RETURN; END IF;
    DELETE FROM conversations.request_keys k
        WHERE k.conversation_id = target AND k.ctid = ANY (ARRAY(
            SELECT i.ctid FROM conversations.request_keys i
            WHERE i.conversation_id = target LIMIT row_limit * 10));
    GET DIAGNOSTICS purged = ROW_COUNT;
    IF purged > 0 THEN RETURN; END IF;
    DELETE FROM conversations.conversations c WHERE c.id = target;
    purged := 1;
END
$$;
COMMENT ON FUNCTION conversations.purge_conversations IS
    'Removes some rows of one deleted conversation, for the purpose purge. Returns how many; 0 when '
    'there is nothing left to do. Two instances take different conversations.';

CREATE FUNCTION conversations.purge_leftovers(row_limit integer, OUT purged integer)
LANGUAGE plpgsql AS $$
DECLARE
    removed integer;
BEGIN
    DELETE FROM conversations.request_keys k WHERE k.ctid = ANY (ARRAY(
        SELECT i.ctid FROM conversations.request_keys i
        WHERE i.created_at < now() - interval '8 days'
        ORDER BY i.created_at LIMIT row_limit));
    GET DIAGNOSTICS purged = ROW_COUNT;
    DELETE FROM conversations.import_messages s WHERE s.ctid = ANY (ARRAY(
        SELECT i.ctid FROM conversations.import_messages i
        WHERE i.created_at < now() - interval '1 day'
        ORDER BY i.created_at LIMIT row_limit));
    GET DIAGNOSTICS removed = ROW_COUNT;
    purged := purged + removed;
END
$$;
COMMENT ON FUNCTION conversations.purge_leftovers IS
    'Removes some idempotency keys that have expired and some staged messages of imports that '
    'never ended, for the purpose purge. Returns how many.';

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA conversations FROM PUBLIC;
GRANT EXECUTE ON FUNCTION conversations.purge_conversations, conversations.purge_leftovers
    TO steward_conversations;
