-- What a check tells of a user stands with each of his sessions too, so that it reads one table (docs/adr/0025). Triggers keep
-- the two alike, whoever writes. A session without it, from before, gets it with the next note of its use; until then the check
-- reads both tables.
--
-- It can be run again at any time, and ended at any point: the triggers stand with the last one, and by then the copies of a time
-- without them are gone.

CALL identity_trigger_create('none');

ALTER TABLE sessions
    ADD COLUMN IF NOT EXISTS identity_is_active BOOLEAN NULL COMMENT 'NULL: these six are to be read of the user',
    ADD COLUMN IF NOT EXISTS identity_email VARBINARY(254) NULL,
    ADD COLUMN IF NOT EXISTS identity_is_verified BOOLEAN NULL,
    ADD COLUMN IF NOT EXISTS identity_username VARBINARY(31) NULL,
    ADD COLUMN IF NOT EXISTS identity_name VARCHAR(200) NULL,
    ADD COLUMN IF NOT EXISTS identity_role VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
    ALGORITHM = INSTANT;

GRANT SELECT (email, email_verified_at, username, name, role, disabled_at), TRIGGER ON users TO {owner};
GRANT SELECT (user_id, identity_is_active, identity_email, identity_is_verified, identity_username, identity_name,
        identity_role),
    UPDATE (identity_is_active, identity_email, identity_is_verified, identity_username, identity_name, identity_role),
    TRIGGER
    ON sessions TO {owner};

CALL identity_trigger_create('users_after_update');
CALL identity_trigger_create('sessions_before_insert');

-- Where a trigger was missing for a while, the copies cannot be trusted.
ALTER TABLE sessions
    DROP COLUMN identity_is_active, DROP COLUMN identity_email, DROP COLUMN identity_is_verified,
    DROP COLUMN identity_username, DROP COLUMN identity_name, DROP COLUMN identity_role,
    ADD COLUMN identity_is_active BOOLEAN NULL COMMENT 'NULL: these six are to be read of the user',
    ADD COLUMN identity_email VARBINARY(254) NULL,
    ADD COLUMN identity_is_verified BOOLEAN NULL,
    ADD COLUMN identity_username VARBINARY(31) NULL,
    ADD COLUMN identity_name VARCHAR(200) NULL,
    ADD COLUMN identity_role VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
    ALGORITHM = INSTANT;

CALL identity_trigger_create('sessions_before_update');
