-- What waits to be sent. A row is deleted when the broker has acknowledged it, so the table is
-- small and its rows are short-lived: vacuum by count, not by share.
CREATE TABLE IF NOT EXISTS ${outbox} (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id VARCHAR(64) NOT NULL DEFAULT CAST(gen_random_uuid() AS VARCHAR),
    topic VARCHAR(249) NOT NULL,
    partition_no INTEGER,
    message_key BYTEA,
    payload BYTEA,
    headers BYTEA,
    created_ms BIGINT
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- What the broker refused. It stays until somebody retries or discards it.
CREATE TABLE IF NOT EXISTS ${outbox}_parked (
    seq BIGINT PRIMARY KEY,
    message_id VARCHAR(64) NOT NULL,
    topic VARCHAR(249) NOT NULL,
    partition_no INTEGER,
    message_key BYTEA,
    payload BYTEA,
    headers BYTEA,
    created_ms BIGINT,
    parked_ms BIGINT NOT NULL,
    reason VARCHAR(1000) NOT NULL
);

-- One row: who relays.
CREATE TABLE IF NOT EXISTS ${outbox}_relay (
    one SMALLINT PRIMARY KEY CHECK (one = 1),
    token BIGINT NOT NULL,
    beat BIGINT NOT NULL,
    owner VARCHAR(200),
    batch BIGINT NOT NULL,
    batch_seqs TEXT
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

INSERT INTO ${outbox}_relay (one, token, beat, batch)
SELECT 1, 0, 0, 0 WHERE NOT EXISTS (SELECT 1 FROM ${outbox}_relay);
