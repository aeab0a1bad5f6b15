CREATE TABLE kept_calls (
  id             BLOB PRIMARY KEY,
  webhook_id     BLOB NOT NULL REFERENCES incoming_webhooks (id) ON DELETE CASCADE,
  user_id        BLOB,
  status         INTEGER NOT NULL,
  outcome        TEXT NOT NULL,
  user_created   INTEGER NOT NULL,
  changes        TEXT NOT NULL,
  payload        TEXT NOT NULL,
  source_address TEXT,
  duration_us    INTEGER NOT NULL,
  created_at     INTEGER NOT NULL
) STRICT;
INSERT INTO kept_calls (id, webhook_id, user_id, status, outcome, user_created, changes, payload, source_address, duration_us, created_at) SELECT id, webhook_id, user_id, status, outcome, user_created, changes, payload, source_address, duration_us, created_at FROM calls
  WHERE webhook_id IN (SELECT id FROM incoming_webhooks);
DROP TABLE calls;
ALTER TABLE kept_calls RENAME TO calls;
CREATE INDEX calls_by_webhook ON calls (webhook_id, id);
