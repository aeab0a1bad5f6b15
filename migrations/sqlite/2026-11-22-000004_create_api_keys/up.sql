CREATE TABLE api_keys (
  id         BLOB PRIMARY KEY,
  name       TEXT NOT NULL,
  hint       TEXT NOT NULL,
  scopes     TEXT NOT NULL,
  key_hash   BLOB NOT NULL CONSTRAINT api_keys_hash UNIQUE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER
) STRICT;

-- The answers of requests that carried an Idempotency-Key; `answer` is sealed and empty while the first still runs.
CREATE TABLE idempotency_keys (
  key_hash     BLOB PRIMARY KEY,
  fingerprint  BLOB NOT NULL,
  answer       BLOB,
  locked_until INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);
