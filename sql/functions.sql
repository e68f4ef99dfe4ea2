-- The only ways to the rows of passwords. Each function runs as {owner}; the application may call them and nothing more, so
-- even whoever can make it run any SQL reads no password's digest. To set one he needs the current one, or a mailed token;
-- who can write rows can make one of those, and the audit log tells it (docs/adr/0023).
--
-- Run by the database's root after grants.sql; can be run again.
--
-- DETERMINISTIC is what a server that writes a binary log wants to read of a function that changes rows; what depends on its
-- clock it logs by rows without being told.

-- Routines and triggers keep the mode in which they were made.
SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION';

-- What a password was made with, as `iterations:memory:pepper:salt` with the salt in hexadecimal; NULL when there is none.
CREATE OR REPLACE DEFINER = {owner} FUNCTION {database}.password_parameters (p_user BINARY(16))
RETURNS VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin
READS SQL DATA SQL SECURITY DEFINER
RETURN (
    SELECT CONCAT_WS(':', iterations, memory, pepper_id, LOWER(HEX(salt)))
    FROM {database}.password_hashes WHERE user_id = p_user);

-- Whether the digest is the stored one.
CREATE OR REPLACE DEFINER = {owner} FUNCTION {database}.password_matches (p_user BINARY(16), p_digest BINARY(32))
RETURNS BOOLEAN
READS SQL DATA SQL SECURITY DEFINER
RETURN EXISTS (SELECT 1 FROM {database}.password_hashes WHERE user_id = p_user AND digest = p_digest);

DELIMITER //

-- Stores the first password of a user who was inserted less than a minute ago by the server's own clock.
-- SYSDATE, because a session can set what UTC_TIMESTAMP says.
CREATE OR REPLACE DEFINER = {owner} FUNCTION {database}.password_create (
    p_user BINARY(16), p_iterations INT UNSIGNED, p_memory INT UNSIGNED, p_salt BINARY(16), p_pepper INT UNSIGNED,
    p_digest BINARY(32))
RETURNS BOOLEAN
DETERMINISTIC MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
    DECLARE v_now DATETIME(6) DEFAULT CONVERT_TZ(SYSDATE(6), @@SESSION.time_zone, '+00:00');
    DECLARE EXIT HANDLER FOR 1062 RETURN FALSE;
    IF NOT EXISTS (
        SELECT 1 FROM {database}.users WHERE id = p_user AND inserted_at > v_now - INTERVAL 1 MINUTE
    ) THEN
        RETURN FALSE;
    END IF;
    INSERT INTO {database}.password_hashes (user_id, iterations, memory, salt, pepper_id, digest, changed_at)
    VALUES (p_user, p_iterations, p_memory, p_salt, p_pepper, p_digest, v_now);
    RETURN TRUE;
END //

-- Replaces a password by who knows the current one.
CREATE OR REPLACE DEFINER = {owner} FUNCTION {database}.password_replace (
    p_user BINARY(16), p_current BINARY(32), p_iterations INT UNSIGNED, p_memory INT UNSIGNED, p_salt BINARY(16),
    p_pepper INT UNSIGNED, p_digest BINARY(32), p_now DATETIME(6))
RETURNS BOOLEAN
DETERMINISTIC MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
    UPDATE {database}.password_hashes
    SET iterations = p_iterations, memory = p_memory, salt = p_salt, pepper_id = p_pepper, digest = p_digest,
        changed_at = p_now
    WHERE user_id = p_user AND digest = p_current;
    RETURN ROW_COUNT() > 0;
END //

-- Stores the password of a registration that was inserted less than a minute ago and belongs to no user.
CREATE OR REPLACE DEFINER = {owner} FUNCTION {database}.registration_password_create (
    p_registration BINARY(16), p_iterations INT UNSIGNED, p_memory INT UNSIGNED, p_salt BINARY(16),
    p_pepper INT UNSIGNED, p_digest BINARY(32))
RETURNS BOOLEAN
DETERMINISTIC MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
    DECLARE v_now DATETIME(6) DEFAULT CONVERT_TZ(SYSDATE(6), @@SESSION.time_zone, '+00:00');
    DECLARE EXIT HANDLER FOR 1062 RETURN FALSE;
    IF EXISTS (SELECT 1 FROM {database}.users WHERE id = p_registration) OR NOT EXISTS (
        SELECT 1 FROM {database}.registrations WHERE id = p_registration AND inserted_at > v_now - INTERVAL 1 MINUTE
    ) THEN
        RETURN FALSE;
    END IF;
    INSERT INTO {database}.password_hashes (user_id, iterations, memory, salt, pepper_id, digest, changed_at)
    VALUES (p_registration, p_iterations, p_memory, p_salt, p_pepper, p_digest, v_now);
    RETURN TRUE;
END //

-- Sets the password of whoever a mailed token stands for, and uses the token up: both or neither.
CREATE OR REPLACE DEFINER = {owner} FUNCTION {database}.password_reset (
    p_token BINARY(32), p_user BINARY(16), p_iterations INT UNSIGNED, p_memory INT UNSIGNED, p_salt BINARY(16),
    p_pepper INT UNSIGNED, p_digest BINARY(32), p_now DATETIME(6))
RETURNS BOOLEAN
DETERMINISTIC MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
    UPDATE {database}.one_time_tokens SET used_at = p_now
    WHERE token_hash = p_token AND subject_id = p_user AND purpose IN ('reset', 'verify') AND used_at IS NULL
        AND expires_at > p_now;
    IF ROW_COUNT() = 0 OR NOT EXISTS (SELECT 1 FROM {database}.users WHERE id = p_user) THEN
        RETURN FALSE;
    END IF;
    INSERT INTO {database}.password_hashes (user_id, iterations, memory, salt, pepper_id, digest, changed_at)
    VALUES (p_user, p_iterations, p_memory, p_salt, p_pepper, p_digest, p_now)
    ON DUPLICATE KEY UPDATE iterations = p_iterations, memory = p_memory, salt = p_salt, pepper_id = p_pepper,
        digest = p_digest, changed_at = p_now;
    RETURN TRUE;
END //

-- Takes a password away: of a registration that is gone, of a user who is erased or says that a stranger set it.
CREATE OR REPLACE DEFINER = {owner} FUNCTION {database}.password_drop (p_user BINARY(16))
RETURNS BOOLEAN
DETERMINISTIC MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
    DELETE FROM {database}.password_hashes WHERE user_id = p_user AND p_user <> UNHEX(REPEAT('00', 16));
    RETURN ROW_COUNT() > 0;
END //

-- Removes one user, deleted or not as the caller thinks he is, with his password; a whole table of them cannot be emptied at once.
CREATE OR REPLACE DEFINER = {owner} FUNCTION {database}.user_erase (p_user BINARY(16), p_deleted_at DATETIME(6))
RETURNS BOOLEAN
DETERMINISTIC MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
    -- His sessions go with him by a foreign key, which a connection can switch off.
    IF NOT @@SESSION.foreign_key_checks THEN
        RETURN FALSE;
    END IF;
    DELETE FROM {database}.users WHERE id = p_user AND deleted_at <=> p_deleted_at;
    IF ROW_COUNT() = 0 THEN
        RETURN FALSE;
    END IF;
    DELETE FROM {database}.password_hashes WHERE user_id = p_user;
    RETURN TRUE;
END //

-- Removes events of the audit log from before a moment that is at least thirty days ago by the server's own clock, at most
-- so many; tells how many. The application cannot remove younger ones, whatever it says.
CREATE OR REPLACE DEFINER = {owner} FUNCTION {database}.audit_expire (p_before DATETIME(6), p_limit INT UNSIGNED)
RETURNS INT UNSIGNED
DETERMINISTIC MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
    DECLARE v_latest DATETIME(6)
        DEFAULT CONVERT_TZ(SYSDATE(6), @@SESSION.time_zone, '+00:00') - INTERVAL 30 DAY;
    DECLARE v_count INT UNSIGNED DEFAULT 0;
    DELETE FROM {database}.audit_events WHERE recorded_at < LEAST(p_before, v_latest) ORDER BY recorded_at LIMIT p_limit;
    SET v_count = ROW_COUNT();
    DELETE FROM {database}.audit_refusals WHERE minute < LEAST(p_before, v_latest) ORDER BY minute LIMIT p_limit;
    RETURN v_count + ROW_COUNT();
END //

-- Makes a trigger that keeps what a check tells of a user with his sessions (docs/adr/0025), for the migration that adds the
-- columns: where the server writes a binary log, only its root may make triggers. So this one runs as whoever runs this script,
-- and nothing of what the caller says becomes a part of a statement. The triggers run as {owner}; they name no database, so that
-- a dump of this one can be loaded into another.
CREATE OR REPLACE PROCEDURE {database}.identity_trigger_create (
    p_name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
    -- The lock has a change that runs at the same time end first; then its values are read. Whatever the caller set is replaced.
    DECLARE v_copy TEXT CHARACTER SET utf8mb4 DEFAULT "
        BEGIN
            DECLARE v_is_active, v_is_verified BOOLEAN;
            DECLARE v_email VARBINARY(254);
            DECLARE v_username VARBINARY(31);
            DECLARE v_name VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
            DECLARE v_role VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin;
            SELECT disabled_at IS NULL AND deleted_at IS NULL, email, email_verified_at IS NOT NULL, username, name, role
            INTO v_is_active, v_email, v_is_verified, v_username, v_name, v_role
            FROM users WHERE id = NEW.user_id LOCK IN SHARE MODE;
            SET NEW.identity_is_active = v_is_active, NEW.identity_email = v_email,
                NEW.identity_is_verified = v_is_verified, NEW.identity_username = v_username,
                NEW.identity_name = v_name, NEW.identity_role = v_role;
        END";
    CASE p_name
        -- They do not stand until the migration has made the last one again.
        WHEN 'none' THEN
            EXECUTE IMMEDIATE "DROP TRIGGER IF EXISTS sessions_before_update";
        WHEN 'sessions_before_insert' THEN
            EXECUTE IMMEDIATE CONCAT("
                CREATE OR REPLACE DEFINER = {owner} TRIGGER sessions_before_insert
                BEFORE INSERT ON sessions FOR EACH ROW", v_copy);
        -- For the sessions that have none yet, and those that are given to somebody else by hand.
        WHEN 'sessions_before_update' THEN
            EXECUTE IMMEDIATE CONCAT("
                CREATE OR REPLACE DEFINER = {owner} TRIGGER sessions_before_update
                BEFORE UPDATE ON sessions FOR EACH ROW
                IF NEW.identity_is_active IS NULL OR NEW.user_id <> OLD.user_id THEN", v_copy, "; END IF");
        WHEN 'users_after_update' THEN
            EXECUTE IMMEDIATE "
                CREATE OR REPLACE DEFINER = {owner} TRIGGER users_after_update
                AFTER UPDATE ON users FOR EACH ROW
                IF NOT (
                    (NEW.disabled_at IS NULL) = (OLD.disabled_at IS NULL)
                    AND (NEW.deleted_at IS NULL) = (OLD.deleted_at IS NULL)
                    AND NEW.email = OLD.email
                    AND (NEW.email_verified_at IS NULL) = (OLD.email_verified_at IS NULL)
                    AND NEW.username <=> OLD.username
                    AND BINARY NEW.name <=> BINARY OLD.name
                    AND BINARY NEW.role = BINARY OLD.role
                ) THEN
                    UPDATE sessions
                    SET identity_is_active = NEW.disabled_at IS NULL AND NEW.deleted_at IS NULL,
                        identity_email = NEW.email, identity_is_verified = NEW.email_verified_at IS NOT NULL,
                        identity_username = NEW.username, identity_name = NEW.name, identity_role = NEW.role
                    WHERE user_id = NEW.id;
                END IF";
    END CASE;
END //

-- Whether every trigger stands and may act: a dump that was made without them leaves them out, one of another installation names
-- another owner.
CREATE OR REPLACE DEFINER = {owner} FUNCTION {database}.identity_triggers_stand ()
RETURNS BOOLEAN
READS SQL DATA SQL SECURITY DEFINER
RETURN (
    -- One table each: for anything else the server reads the files of all databases.
    SELECT COUNT(*) FROM information_schema.TRIGGERS
    WHERE EVENT_OBJECT_SCHEMA = DATABASE() AND EVENT_OBJECT_TABLE = 'sessions'
        AND TRIGGER_NAME IN ('sessions_before_insert', 'sessions_before_update') AND DEFINER = CURRENT_USER()) = 2
    AND EXISTS (
        SELECT 1 FROM information_schema.TRIGGERS
        WHERE EVENT_OBJECT_SCHEMA = DATABASE() AND EVENT_OBJECT_TABLE = 'users'
            AND TRIGGER_NAME = 'users_after_update' AND DEFINER = CURRENT_USER()) //

DELIMITER ;

-- A definer needs the right to run its own routines.
GRANT EXECUTE ON FUNCTION {database}.password_parameters TO {owner}, {application};
GRANT EXECUTE ON FUNCTION {database}.password_matches TO {owner}, {application};
GRANT EXECUTE ON FUNCTION {database}.password_create TO {owner}, {application};
GRANT EXECUTE ON FUNCTION {database}.password_replace TO {owner}, {application};
GRANT EXECUTE ON FUNCTION {database}.registration_password_create TO {owner}, {application};
GRANT EXECUTE ON FUNCTION {database}.password_reset TO {owner}, {application};
GRANT EXECUTE ON FUNCTION {database}.password_drop TO {owner}, {application};
GRANT EXECUTE ON FUNCTION {database}.user_erase TO {owner}, {application};
GRANT EXECUTE ON FUNCTION {database}.audit_expire TO {owner}, {application};
GRANT EXECUTE ON FUNCTION {database}.identity_triggers_stand TO {owner}, {application};
