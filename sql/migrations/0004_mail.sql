-- What a queued mail says, sealed, and what became of it.

ALTER TABLE outbox_messages
    ADD COLUMN IF NOT EXISTS payload VARBINARY(4096) NULL
        COMMENT 'what its template is filled with, sealed, until it is delivered or too late',
    ADD COLUMN IF NOT EXISTS abandoned_at DATETIME(6) NULL COMMENT 'it is not tried any more',
    ADD COLUMN IF NOT EXISTS problem VARCHAR(300) NULL COMMENT 'what the last try came to',
    ALGORITHM = INSTANT;

ALTER TABLE outbox_messages
    DROP KEY IF EXISTS due,
    ADD KEY IF NOT EXISTS waiting (delivered_at, abandoned_at, not_before),
    ALGORITHM = INPLACE, LOCK = NONE;

GRANT UPDATE (payload, abandoned_at, problem) ON outbox_messages TO {application};
