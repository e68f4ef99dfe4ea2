-- Generated from the migrations; a test keeps it true. Change the schema by a new migration.

CREATE TABLE `audit_events` (
  `id` binary(16) NOT NULL,
  `recorded_at` datetime(6) NOT NULL,
  `incarnation` binary(16) NOT NULL COMMENT 'one run of one worker',
  `sequence` bigint(20) unsigned NOT NULL COMMENT 'counts the rows of an incarnation without a gap',
  `event` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `actor` varchar(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `subject_id` binary(16) DEFAULT NULL,
  `session_id` binary(16) DEFAULT NULL,
  `identifier_mac` binary(32) DEFAULT NULL,
  `request_id` binary(16) NOT NULL,
  `personal` varbinary(512) NOT NULL COMMENT 'sealed: address and user agent',
  `detail` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL CHECK (json_valid(`detail`)),
  `key_id` int(10) unsigned NOT NULL,
  `mac` binary(32) NOT NULL COMMENT 'over all other columns',
  PRIMARY KEY (`id`),
  UNIQUE KEY `sequence` (`incarnation`,`sequence`),
  KEY `subject_id` (`subject_id`,`id`),
  KEY `recorded_at` (`recorded_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `audit_refusals` (
  `bucket` binary(32) NOT NULL,
  `minute` datetime(6) NOT NULL,
  `id` binary(16) NOT NULL,
  `recorded_at` datetime(6) NOT NULL COMMENT 'the first of the minute',
  `event` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `actor` varchar(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `subject_id` binary(16) DEFAULT NULL,
  `session_id` binary(16) DEFAULT NULL,
  `identifier_mac` binary(32) DEFAULT NULL,
  `request_id` binary(16) NOT NULL,
  `personal` varbinary(512) NOT NULL,
  `detail` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL CHECK (json_valid(`detail`)),
  `key_id` int(10) unsigned NOT NULL,
  `mac` binary(32) NOT NULL COMMENT 'over all columns but repeats',
  `repeats` int(10) unsigned NOT NULL DEFAULT 1,
  PRIMARY KEY (`bucket`,`minute`),
  UNIQUE KEY `id` (`id`),
  KEY `minute` (`minute`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `budgets` (
  `bucket` binary(32) NOT NULL COMMENT 'a MAC: the table tells nobody who was counted',
  `arrival` bigint(20) NOT NULL COMMENT 'theoretical arrival time, microseconds since 1970',
  `burst` int(10) unsigned NOT NULL,
  `is_granted` tinyint(1) NOT NULL COMMENT 'what the last spending came to',
  PRIMARY KEY (`bucket`),
  KEY `arrival` (`arrival`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `known_networks` (
  `user_id` binary(16) NOT NULL,
  `network` binary(32) NOT NULL COMMENT 'a MAC of a /24 or a /64',
  `signed_in_at` datetime(6) NOT NULL,
  PRIMARY KEY (`user_id`,`network`),
  KEY `signed_in_at` (`signed_in_at`),
  CONSTRAINT `known_networks_user` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `one_time_tokens` (
  `token_hash` binary(32) NOT NULL,
  `purpose` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `subject_id` binary(16) NOT NULL COMMENT 'a user, a registration, or nobody',
  `email` varbinary(254) NOT NULL COMMENT 'whose mailbox it proves',
  `email_key` varbinary(254) NOT NULL,
  `event` varchar(64) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL COMMENT 'what it takes back',
  `event_at` datetime(6) DEFAULT NULL,
  `created_at` datetime(6) NOT NULL,
  `expires_at` datetime(6) NOT NULL,
  `used_at` datetime(6) DEFAULT NULL COMMENT 'used, or made void by a newer one',
  PRIMARY KEY (`token_hash`),
  KEY `subject` (`subject_id`,`purpose`),
  KEY `email_key` (`email_key`,`purpose`),
  KEY `expires_at` (`expires_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `outbox_messages` (
  `id` binary(16) NOT NULL,
  `template` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `recipient` varbinary(254) NOT NULL COMMENT 'as it was stored when the act happened',
  `user_id` binary(16) DEFAULT NULL,
  `created_at` datetime(6) NOT NULL,
  `not_before` datetime(6) NOT NULL,
  `expires_at` datetime(6) NOT NULL,
  `attempts` int(10) unsigned NOT NULL DEFAULT 0,
  `delivered_at` datetime(6) DEFAULT NULL,
  `payload` varbinary(4096) DEFAULT NULL COMMENT 'what its template is filled with, sealed, until it is delivered or too late',
  `abandoned_at` datetime(6) DEFAULT NULL COMMENT 'it is not tried any more',
  `problem` varchar(300) DEFAULT NULL COMMENT 'what the last try came to',
  PRIMARY KEY (`id`),
  KEY `user_id` (`user_id`),
  KEY `waiting` (`delivered_at`,`abandoned_at`,`not_before`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `password_hashes` (
  `user_id` binary(16) NOT NULL COMMENT 'no foreign key: the decoy is nobody',
  `iterations` int(10) unsigned NOT NULL,
  `memory` int(10) unsigned NOT NULL COMMENT 'KiB',
  `salt` binary(16) NOT NULL,
  `pepper_id` int(10) unsigned NOT NULL,
  `digest` binary(32) NOT NULL COMMENT 'HMAC by the pepper over the Argon2id output',
  `changed_at` datetime(6) NOT NULL,
  PRIMARY KEY (`user_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `registrations` (
  `id` binary(16) NOT NULL COMMENT 'becomes the id of the user',
  `email` varbinary(254) NOT NULL,
  `email_key` varbinary(254) NOT NULL COMMENT 'several may stand for one address: the first that is proved wins',
  `username` varbinary(31) DEFAULT NULL COMMENT 'wanted; owned by nobody until the address is proved',
  `name` varchar(200) DEFAULT NULL,
  `browser_hash` binary(32) NOT NULL COMMENT 'SHA-256 of the cookie of the browser that registered',
  `erasure_salt` binary(16) NOT NULL,
  `created_at` datetime(6) NOT NULL,
  `expires_at` datetime(6) NOT NULL,
  `inserted_at` datetime(6) NOT NULL DEFAULT utc_timestamp(6) COMMENT 'the server''s own time; nobody may write it',
  PRIMARY KEY (`id`),
  KEY `email_key` (`email_key`),
  KEY `expires_at` (`expires_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `schema_migrations` (
  `version` int(10) unsigned NOT NULL,
  `name` varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `checksum` binary(32) NOT NULL COMMENT 'SHA-256 of the file',
  `applied_at` datetime(6) NOT NULL,
  `oldest_program` int(10) unsigned NOT NULL DEFAULT 1 COMMENT 'the version that the oldest program needs which still works with this one',
  PRIMARY KEY (`version`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `sessions` (
  `token_hash` binary(32) NOT NULL,
  `id` binary(16) NOT NULL COMMENT 'public',
  `user_id` binary(16) NOT NULL,
  `carrier` enum('cookie','token') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `is_remembered` tinyint(1) NOT NULL,
  `methods` varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'names of RFC 8176, separated by spaces',
  `authenticated_at` datetime(6) NOT NULL,
  `created_at` datetime(6) NOT NULL,
  `last_used_at` datetime(6) NOT NULL,
  `idle_until` datetime(6) NOT NULL,
  `expires_at` datetime(6) NOT NULL,
  `address` binary(16) NOT NULL,
  `user_agent` varchar(400) DEFAULT NULL,
  `confirmed_at` datetime(6) DEFAULT NULL COMMENT 'when its owner last typed a code that was mailed to him',
  `identity_is_active` tinyint(1) DEFAULT NULL COMMENT 'NULL: these six are to be read of the user',
  `identity_email` varbinary(254) DEFAULT NULL,
  `identity_is_verified` tinyint(1) DEFAULT NULL,
  `identity_username` varbinary(31) DEFAULT NULL,
  `identity_name` varchar(200) DEFAULT NULL,
  `identity_role` varchar(64) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL,
  PRIMARY KEY (`token_hash`),
  UNIQUE KEY `id` (`id`),
  KEY `user_id` (`user_id`,`created_at`),
  KEY `expires_at` (`expires_at`),
  CONSTRAINT `sessions_user` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `usernames` (
  `name` varbinary(31) NOT NULL,
  `user_id` binary(16) NOT NULL COMMENT 'who has it or had it; outlives the user, so that nobody gets it after him',
  `claimed_at` datetime(6) NOT NULL,
  `released_at` datetime(6) DEFAULT NULL,
  PRIMARY KEY (`name`),
  KEY `user_id` (`user_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `users` (
  `id` binary(16) NOT NULL,
  `legacy_id` bigint(20) unsigned NOT NULL AUTO_INCREMENT COMMENT 'for programs that know numbers only',
  `email` varbinary(254) NOT NULL COMMENT 'where mail goes, UTF-8',
  `email_key` varbinary(254) NOT NULL COMMENT 'what is compared',
  `email_verified_at` datetime(6) DEFAULT NULL,
  `username` varbinary(31) DEFAULT NULL COMMENT 'the current one; usernames has all',
  `name` varchar(200) DEFAULT NULL,
  `picture` varchar(2048) DEFAULT NULL,
  `role` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'user',
  `erasure_salt` binary(16) NOT NULL COMMENT 'without it the sealed audit fields are noise',
  `created_at` datetime(6) NOT NULL,
  `updated_at` datetime(6) NOT NULL,
  `password_changed_at` datetime(6) DEFAULT NULL,
  `last_sign_in_at` datetime(6) DEFAULT NULL,
  `disabled_at` datetime(6) DEFAULT NULL,
  `deleted_at` datetime(6) DEFAULT NULL COMMENT 'the address stays taken',
  `inserted_at` datetime(6) NOT NULL DEFAULT utc_timestamp(6) COMMENT 'the server''s own time; nobody may write it',
  PRIMARY KEY (`id`),
  UNIQUE KEY `legacy_id` (`legacy_id`),
  UNIQUE KEY `email_key` (`email_key`),
  UNIQUE KEY `username` (`username`),
  KEY `deleted_at` (`deleted_at`),
  KEY `deleted_unproved` (`email_verified_at`,`deleted_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TRIGGER sessions_before_insert BEFORE INSERT ON sessions FOR EACH ROW
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
        END;

CREATE TRIGGER sessions_before_update BEFORE UPDATE ON sessions FOR EACH ROW
IF NEW.identity_is_active IS NULL OR NEW.user_id <> OLD.user_id THEN
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
        END; END IF;

CREATE TRIGGER users_after_update AFTER UPDATE ON users FOR EACH ROW
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
                END IF;
