-- Sign-ins: sessions, the refresh tokens that carry them on, and what slows guessing down.

CREATE TABLE identity.sessions (
    id               uuid        PRIMARY KEY DEFAULT uuidv7(),
    user_id          uuid        NOT NULL REFERENCES identity.users (id) ON DELETE CASCADE,
    client_address   inet,
    user_agent       text        CHECK (char_length(user_agent) <= 512),
    created_at       timestamptz NOT NULL DEFAULT now(),
    authenticated_at timestamptz NOT NULL DEFAULT now(),
    last_activity_at timestamptz NOT NULL DEFAULT now(),
    idle_expires_at  timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    revoked_at       timestamptz,
    revoke_reason    text        CHECK (revoke_reason IN (
                                     'signed_out', 'revoked', 'revoked_by_administrator',
                                     'password_changed', 'user_disabled', 'token_reused',
                                     'session_limit')),
    CONSTRAINT sessions_revoked_for_a_reason
        CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL)),
    CONSTRAINT sessions_expiry_in_order
        CHECK (created_at < idle_expires_at AND idle_expires_at <= expires_at)
);
CREATE INDEX sessions_user ON identity.sessions (user_id, last_activity_at DESC);
CREATE INDEX sessions_idle_expiry ON identity.sessions (idle_expires_at);
CREATE INDEX sessions_revoked ON identity.sessions (revoked_at) WHERE revoked_at IS NOT NULL;
COMMENT ON TABLE identity.sessions IS
    'One sign-in each; also the family of its refresh tokens, which live and die together.';
COMMENT ON COLUMN identity.sessions.id IS 'The sid of access tokens.';
COMMENT ON COLUMN identity.sessions.user_id IS 'Whose session.';
COMMENT ON COLUMN identity.sessions.client_address IS
    'Where it was opened or last refreshed from, as a trusted gateway told.';
COMMENT ON COLUMN identity.sessions.user_agent IS 'What the person said they use.';
COMMENT ON COLUMN identity.sessions.created_at IS 'When the person signed in.';
COMMENT ON COLUMN identity.sessions.authenticated_at IS
    'When the person last proved who they are: the auth_time of access tokens.';
COMMENT ON COLUMN identity.sessions.last_activity_at IS 'When tokens were last issued.';
COMMENT ON COLUMN identity.sessions.idle_expires_at IS 'When it ends if it is not refreshed.';
COMMENT ON COLUMN identity.sessions.expires_at IS 'When it ends at the latest.';
COMMENT ON COLUMN identity.sessions.revoked_at IS 'When it was ended before its time.';
COMMENT ON COLUMN identity.sessions.revoke_reason IS 'Why it was ended before its time.';

CREATE TABLE identity.refresh_tokens (
    token_hash       bytea       PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    session_id       uuid        NOT NULL REFERENCES identity.sessions (id) ON DELETE CASCADE,
    parent_hash      bytea       CONSTRAINT refresh_tokens_one_successor UNIQUE
                                 CHECK (octet_length(parent_hash) = 32),
    created_at       timestamptz NOT NULL DEFAULT now(),
    expires_at       timestamptz NOT NULL,
    used_at          timestamptz,
    successor_sealed bytea       CHECK (octet_length(successor_sealed) <= 256),
    successor_until  timestamptz,
    CONSTRAINT refresh_tokens_successor_when_used CHECK (
        CASE WHEN used_at IS NULL THEN num_nonnulls(successor_sealed, successor_until) = 0
             ELSE successor_until IS NOT NULL END)
);
CREATE INDEX refresh_tokens_session ON identity.refresh_tokens (session_id);
CREATE INDEX refresh_tokens_expiry ON identity.refresh_tokens (expires_at);
CREATE INDEX refresh_tokens_sealed ON identity.refresh_tokens (successor_until)
    WHERE successor_sealed IS NOT NULL;
COMMENT ON TABLE identity.refresh_tokens IS
    'Refresh tokens as hashes: the current one of each session, and those it replaced.';
COMMENT ON COLUMN identity.refresh_tokens.token_hash IS 'SHA-256 of the token.';
COMMENT ON COLUMN identity.refresh_tokens.session_id IS 'The family it belongs to.';
COMMENT ON COLUMN identity.refresh_tokens.parent_hash IS
    'The token it was exchanged for; unique, so that no token ever has two successors.';
COMMENT ON COLUMN identity.refresh_tokens.created_at IS 'When it was issued.';
COMMENT ON COLUMN identity.refresh_tokens.expires_at IS 'When it can no longer be exchanged.';
COMMENT ON COLUMN identity.refresh_tokens.used_at IS 'When it was exchanged.';
COMMENT ON COLUMN identity.refresh_tokens.successor_sealed IS
    'The token it was exchanged for, sealed with a key that only the token itself yields; '
    'removed soon after successor_until.';
COMMENT ON COLUMN identity.refresh_tokens.successor_until IS
    'Until when it may be exchanged again for that same successor.';

CREATE TABLE identity.sign_in_throttle (
    key             bytea       PRIMARY KEY CHECK (octet_length(key) = 32),
    kind            text        NOT NULL CHECK (kind IN (
                                    'account', 'known_source', 'source', 'sign_up')),
    failure_count   integer     NOT NULL DEFAULT 0 CHECK (failure_count >= 0),
    last_failure_at timestamptz,
    locked_until    timestamptz,
    refused_count   bigint      NOT NULL DEFAULT 0 CHECK (refused_count >= 0),
    last_attempt_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sign_in_throttle_last_attempt ON identity.sign_in_throttle (last_attempt_at);
COMMENT ON TABLE identity.sign_in_throttle IS
    'Failed attempts by account, by account from a known source, and by source.';
COMMENT ON COLUMN identity.sign_in_throttle.key IS
    'SHA-256 of what is counted, so that a name typed by mistake is not kept.';
COMMENT ON COLUMN identity.sign_in_throttle.kind IS 'What is counted.';
COMMENT ON COLUMN identity.sign_in_throttle.failure_count IS
    'Failures since the last success, or since a long enough pause.';
COMMENT ON COLUMN identity.sign_in_throttle.last_failure_at IS 'When the last was counted.';
COMMENT ON COLUMN identity.sign_in_throttle.locked_until IS
    'Until when attempts are refused without being evaluated; they do not prolong it.';
COMMENT ON COLUMN identity.sign_in_throttle.refused_count IS 'Attempts refused while locked.';
COMMENT ON COLUMN identity.sign_in_throttle.last_attempt_at IS 'When anything was tried last.';

CREATE TABLE identity.known_sources (
    user_id      uuid        NOT NULL REFERENCES identity.users (id) ON DELETE CASCADE,
    source_hash  bytea       NOT NULL CHECK (octet_length(source_hash) = 32),
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, source_hash)
);
CREATE INDEX known_sources_last_used ON identity.known_sources (last_used_at);
COMMENT ON TABLE identity.known_sources IS
    'Where each person signed in from: such a place has a budget of failures of its own, so '
    'that nobody else can lock the person out of it.';
COMMENT ON COLUMN identity.known_sources.user_id IS 'The person.';
COMMENT ON COLUMN identity.known_sources.source_hash IS
    'SHA-256 of the peer process''s user and the client''s address.';
COMMENT ON COLUMN identity.known_sources.created_at IS 'When they first signed in from it.';
COMMENT ON COLUMN identity.known_sources.last_used_at IS 'When they last signed in from it.';
