-- The token that a rotation replaced goes on working until its grace ends.
ALTER TABLE incoming_webhooks ADD COLUMN previous_token_hash BYTEA;
ALTER TABLE incoming_webhooks ADD COLUMN previous_token_until TIMESTAMPTZ;
CREATE UNIQUE INDEX incoming_webhooks_previous_token ON incoming_webhooks (previous_token_hash) WHERE previous_token_hash IS NOT NULL;

-- How often each incoming webhook was called with success. A call only adds a row of its own to uncounted_calls, so that calls never
-- queue behind each other on one row; from time to time those rows are counted into the tallies.
CREATE TABLE call_tallies (
  webhook_id     UUID PRIMARY KEY REFERENCES incoming_webhooks (id) ON DELETE CASCADE,
  count          BIGINT NOT NULL,
  last_called_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE uncounted_calls (
  webhook_id UUID NOT NULL,
  called_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX uncounted_calls_by_webhook ON uncounted_calls (webhook_id);
INSERT INTO call_tallies SELECT webhook_id, count(*), max(created_at) FROM calls WHERE status = 200 GROUP BY webhook_id;
