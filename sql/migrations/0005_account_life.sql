-- Registrations that nobody has proved yet, and secrets that work once: links and codes sent by mail.

CREATE TABLE IF NOT EXISTS registrations (
    id BINARY(16) NOT NULL COMMENT 'becomes the id of the user',
    email VARBINARY(254) NOT NULL,
    email_key VARBINARY(254) NOT NULL COMMENT 'several may stand for one address: the first that is proved wins',
    username VARBINARY(31) NULL COMMENT 'wanted; owned by nobody until the address is proved',
    name VARCHAR(200) NULL,
    browser_hash BINARY(32) NOT NULL COMMENT 'SHA-256 of the cookie of the browser that registered',
    erasure_salt BINARY(16) NOT NULL,
    created_at DATETIME(6) NOT NULL,
    expires_at DATETIME(6) NOT NULL,
    inserted_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6) COMMENT 'the server''s own time; nobody may write it',
    PRIMARY KEY (id),
    KEY email_key (email_key),
    KEY expires_at (expires_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS one_time_tokens (
    token_hash BINARY(32) NOT NULL,
    purpose VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    subject_id BINARY(16) NOT NULL COMMENT 'a user, a registration, or nobody',
    email VARBINARY(254) NOT NULL COMMENT 'whose mailbox it proves',
    email_key VARBINARY(254) NOT NULL,
    event VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'what it takes back',
    event_at DATETIME(6) NULL,
    created_at DATETIME(6) NOT NULL,
    expires_at DATETIME(6) NOT NULL,
    used_at DATETIME(6) NULL COMMENT 'used, or made void by a newer one',
    PRIMARY KEY (token_hash),
    KEY subject (subject_id, purpose),
    KEY email_key (email_key, purpose),
    KEY expires_at (expires_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

ALTER TABLE sessions
    ADD COLUMN IF NOT EXISTS confirmed_at DATETIME(6) NULL COMMENT 'when its owner last typed a code that was mailed to him',
    ALGORITHM = INSTANT;

ALTER TABLE users
    ADD KEY IF NOT EXISTS deleted_at (deleted_at),
    ADD KEY IF NOT EXISTS deleted_unproved (email_verified_at, deleted_at),
    ALGORITHM = INPLACE, LOCK = NONE;

GRANT SELECT, DELETE,
    INSERT (id, email, email_key, username, name, browser_hash, erasure_salt, created_at, expires_at)
    ON registrations TO {application};
GRANT SELECT, INSERT, DELETE, UPDATE (used_at) ON one_time_tokens TO {application};
GRANT UPDATE (confirmed_at) ON sessions TO {application};
GRANT UPDATE (user_id) ON usernames TO {application};

GRANT DELETE ON password_hashes TO {owner};
GRANT SELECT (id, deleted_at), DELETE ON users TO {owner};
GRANT SELECT (id, inserted_at) ON registrations TO {owner};
GRANT SELECT, UPDATE (used_at) ON one_time_tokens TO {owner};
GRANT SELECT, DELETE ON audit_events TO {owner};
GRANT SELECT, DELETE ON audit_refusals TO {owner};
