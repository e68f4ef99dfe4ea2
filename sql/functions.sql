-- The only ways to the rows of passwords. Each runs as {owner}; the application may call them and nothing more, so
-- even whoever can make it run any SQL neither reads a password's digest nor sets one without knowing the current one.
--
-- Run by the database's root after grants.sql; can be run again.

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
MODIFIES SQL DATA SQL SECURITY DEFINER
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
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
    UPDATE {database}.password_hashes
    SET iterations = p_iterations, memory = p_memory, salt = p_salt, pepper_id = p_pepper, digest = p_digest,
        changed_at = p_now
    WHERE user_id = p_user AND digest = p_current;
    RETURN ROW_COUNT() > 0;
END //

DELIMITER ;

-- A definer needs the right to run its own routines.
GRANT EXECUTE ON FUNCTION {database}.password_parameters TO {owner}, {application};
GRANT EXECUTE ON FUNCTION {database}.password_matches TO {owner}, {application};
GRANT EXECUTE ON FUNCTION {database}.password_create TO {owner}, {application};
GRANT EXECUTE ON FUNCTION {database}.password_replace TO {owner}, {application};
