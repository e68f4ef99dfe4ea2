-- Which programs may work with this schema besides its own: what lets a migration run while the old program serves.
ALTER TABLE schema_migrations
    ADD COLUMN IF NOT EXISTS oldest_program INT UNSIGNED NOT NULL DEFAULT 1
        COMMENT 'the version that the oldest program needs which still works with this one',
    ALGORITHM = INSTANT;
