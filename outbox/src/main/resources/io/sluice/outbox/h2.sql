-- What waits to be sent. A row is deleted when the broker has acknowledged it.
CREATE TABLE IF NOT EXISTS ${outbox} (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id VARCHAR(64) DEFAULT CAST(RANDOM_UUID() AS VARCHAR(64)) NOT NULL,
    topic VARCHAR(249) NOT NULL,
    partition_no INTEGER,
    message_key VARBINARY(1048576),
    payload BLOB,
    headers BLOB,
    created_ms BIGINT
);

-- What the broker refused. It stays until somebody retries or discards it.
CREATE TABLE IF NOT EXISTS ${outbox}_parked (
    seq BIGINT PRIMARY KEY,
    message_id VARCHAR(64) NOT NULL,
    topic VARCHAR(249) NOT NULL,
    partition_no INTEGER,
    message_key VARBINARY(1048576),
    payload BLOB,
    headers BLOB,
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
    batch_seqs VARCHAR(100000)
);

INSERT INTO ${outbox}_relay (one, token, beat, batch)
SELECT 1, 0, 0, 0 WHERE NOT EXISTS (SELECT 1 FROM ${outbox}_relay);
