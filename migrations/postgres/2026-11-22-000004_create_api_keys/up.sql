CREATE TABLE api_keys (
  id         UUID PRIMARY KEY,
  name       TEXT NOT NULL,
  hint       TEXT NOT NULL,
  scopes     TEXT NOT NULL,
  key_hash   BYTEA NOT NULL CONSTRAINT api_keys_hash UNIQUE,
  created_at TIMESTAMPTZ NOT NULL,
  expires_at TIMESTAMPTZ
);

-- The answers of requests that carried an Idempotency-Key; `answer` is sealed and empty while the first still runs.
CREATE TABLE idempotency_keys (
  key_hash     BYTEA PRIMARY KEY,
  fingerprint  BYTEA NOT NULL,
  answer       BYTEA,
  locked_until TIMESTAMPTZ NOT NULL,
  expires_at   TIMESTAMPTZ NOT NULL
);
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);
