-- The first schema: users, passwords, sessions, budgets, the audit log, the outbox.
--
-- Conventions: times are UTC; identifiers are BINARY(16), digests BINARY(32); names that identify somebody stand in
-- VARBINARY, because every collation that pads or folds would let two spellings meet. Every statement can be run again.
-- {application} and {owner} become the accounts that sql/grants.sql made.

CREATE TABLE IF NOT EXISTS schema_migrations (
    version INT UNSIGNED NOT NULL,
    name VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    checksum BINARY(32) NOT NULL COMMENT 'SHA-256 of the file',
    applied_at DATETIME(6) NOT NULL,
    PRIMARY KEY (version)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS users (
    id BINARY(16) NOT NULL,
    legacy_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'for programs that know numbers only',
    email VARBINARY(254) NOT NULL COMMENT 'where mail goes, UTF-8',
    email_key VARBINARY(254) NOT NULL COMMENT 'what is compared',
    email_verified_at DATETIME(6) NULL,
    username VARBINARY(31) NULL COMMENT 'the current one; usernames has all',
    name VARCHAR(200) NULL,
    picture VARCHAR(2048) NULL,
    role VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'user',
    erasure_salt BINARY(16) NOT NULL COMMENT 'without it the sealed audit fields are noise',
    created_at DATETIME(6) NOT NULL,
    updated_at DATETIME(6) NOT NULL,
    password_changed_at DATETIME(6) NULL,
    last_sign_in_at DATETIME(6) NULL,
    disabled_at DATETIME(6) NULL,
    deleted_at DATETIME(6) NULL COMMENT 'the address stays taken',
    inserted_at DATETIME(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6)) COMMENT 'the server''s own time; nobody may write it',
    PRIMARY KEY (id),
    UNIQUE KEY legacy_id (legacy_id),
    UNIQUE KEY email_key (email_key),
    UNIQUE KEY username (username)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS usernames (
    name VARBINARY(31) NOT NULL,
    user_id BINARY(16) NOT NULL COMMENT 'who has it or had it; outlives the user, so that nobody gets it after him',
    claimed_at DATETIME(6) NOT NULL,
    released_at DATETIME(6) NULL,
    PRIMARY KEY (name),
    KEY user_id (user_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS password_hashes (
    user_id BINARY(16) NOT NULL COMMENT 'no foreign key: the decoy is nobody',
    iterations INT UNSIGNED NOT NULL,
    memory INT UNSIGNED NOT NULL COMMENT 'KiB',
    salt BINARY(16) NOT NULL,
    pepper_id INT UNSIGNED NOT NULL,
    digest BINARY(32) NOT NULL COMMENT 'HMAC by the pepper over the Argon2id output',
    changed_at DATETIME(6) NOT NULL,
    PRIMARY KEY (user_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- The decoy: an unknown account is asked about by the same calls, and its digest is drawn at random and told to nobody.
INSERT IGNORE INTO password_hashes (user_id, iterations, memory, salt, pepper_id, digest, changed_at)
VALUES (REPEAT(X'00', 16), 2, 65536, RANDOM_BYTES(16), 1, RANDOM_BYTES(32), UTC_TIMESTAMP(6));

CREATE TABLE IF NOT EXISTS sessions (
    token_hash BINARY(32) NOT NULL,
    id BINARY(16) NOT NULL COMMENT 'public',
    user_id BINARY(16) NOT NULL,
    carrier ENUM ('cookie', 'token') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    is_remembered BOOLEAN NOT NULL,
    methods VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'names of RFC 8176, separated by spaces',
    authenticated_at DATETIME(6) NOT NULL,
    created_at DATETIME(6) NOT NULL,
    last_used_at DATETIME(6) NOT NULL,
    idle_until DATETIME(6) NOT NULL,
    expires_at DATETIME(6) NOT NULL,
    address BINARY(16) NOT NULL,
    user_agent VARCHAR(400) NULL,
    PRIMARY KEY (token_hash),
    UNIQUE KEY id (id),
    KEY user_id (user_id, created_at),
    KEY expires_at (expires_at),
    CONSTRAINT sessions_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS budgets (
    bucket BINARY(32) NOT NULL COMMENT 'a MAC: the table tells nobody who was counted',
    arrival BIGINT NOT NULL COMMENT 'theoretical arrival time, microseconds since 1970',
    burst INT UNSIGNED NOT NULL,
    is_granted BOOLEAN NOT NULL COMMENT 'what the last spending came to',
    PRIMARY KEY (bucket),
    KEY arrival (arrival)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS audit_events (
    id BINARY(16) NOT NULL,
    recorded_at DATETIME(6) NOT NULL,
    incarnation BINARY(16) NOT NULL COMMENT 'one run of one worker',
    sequence BIGINT UNSIGNED NOT NULL COMMENT 'counts the rows of an incarnation without a gap',
    event VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    actor VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    subject_id BINARY(16) NULL,
    session_id BINARY(16) NULL,
    identifier_mac BINARY(32) NULL,
    request_id BINARY(16) NOT NULL,
    personal VARBINARY(512) NOT NULL COMMENT 'sealed: address and user agent',
    detail JSON NOT NULL,
    key_id INT UNSIGNED NOT NULL,
    mac BINARY(32) NOT NULL COMMENT 'over all other columns',
    PRIMARY KEY (id),
    UNIQUE KEY sequence (incarnation, sequence),
    KEY subject_id (subject_id, id),
    KEY recorded_at (recorded_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- Refusals beyond a limit, counted: one row a bucket and minute, so that a flood does not fill the log.
CREATE TABLE IF NOT EXISTS audit_refusals (
    bucket BINARY(32) NOT NULL,
    minute DATETIME(6) NOT NULL,
    id BINARY(16) NOT NULL,
    recorded_at DATETIME(6) NOT NULL COMMENT 'the first of the minute',
    event VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    actor VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    subject_id BINARY(16) NULL,
    session_id BINARY(16) NULL,
    identifier_mac BINARY(32) NULL,
    request_id BINARY(16) NOT NULL,
    personal VARBINARY(512) NOT NULL,
    detail JSON NOT NULL,
    key_id INT UNSIGNED NOT NULL,
    mac BINARY(32) NOT NULL COMMENT 'over all columns but repeats',
    repeats INT UNSIGNED NOT NULL DEFAULT 1,
    PRIMARY KEY (bucket, minute),
    UNIQUE KEY id (id),
    KEY minute (minute)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS outbox_messages (
    id BINARY(16) NOT NULL,
    template VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    recipient VARBINARY(254) NOT NULL COMMENT 'as it was stored when the act happened',
    user_id BINARY(16) NULL,
    created_at DATETIME(6) NOT NULL,
    not_before DATETIME(6) NOT NULL,
    expires_at DATETIME(6) NOT NULL,
    attempts INT UNSIGNED NOT NULL DEFAULT 0,
    delivered_at DATETIME(6) NULL,
    PRIMARY KEY (id),
    KEY due (delivered_at, not_before),
    KEY user_id (user_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

GRANT SELECT ON schema_migrations TO {application};
GRANT SELECT,
    INSERT (id, email, email_key, email_verified_at, username, name, picture, role, erasure_salt, created_at,
        updated_at, password_changed_at, last_sign_in_at, disabled_at, deleted_at),
    UPDATE (email, email_key, email_verified_at, username, name, picture, role, updated_at, password_changed_at,
        last_sign_in_at, disabled_at, deleted_at)
    ON users TO {application};
GRANT SELECT, INSERT, UPDATE (released_at) ON usernames TO {application};
GRANT SELECT, INSERT, DELETE, UPDATE (authenticated_at, last_used_at, idle_until) ON sessions TO {application};
GRANT SELECT, INSERT, UPDATE, DELETE ON budgets TO {application};
GRANT SELECT, INSERT ON audit_events TO {application};
GRANT SELECT, INSERT, UPDATE (repeats) ON audit_refusals TO {application};
GRANT SELECT, INSERT, UPDATE (not_before, attempts, delivered_at), DELETE ON outbox_messages TO {application};

GRANT SELECT, INSERT, UPDATE ON password_hashes TO {owner};
GRANT SELECT (id, inserted_at) ON users TO {owner};
