-- Ids of targets are JSON arrays of TypeIDs: a target that was deleted later is skipped when a call runs.
CREATE TABLE incoming_webhooks (
  id                    BLOB PRIMARY KEY,
  name                  TEXT NOT NULL,
  enabled               INTEGER NOT NULL,
  add_space_ids         TEXT NOT NULL,
  remove_space_ids      TEXT NOT NULL,
  add_course_ids        TEXT NOT NULL,
  remove_course_ids     TEXT NOT NULL,
  send_welcome_email    INTEGER NOT NULL,
  field_map             TEXT NOT NULL,
  verification          TEXT NOT NULL,
  allowed_ips           TEXT NOT NULL,
  rate_limit_per_minute INTEGER,
  protect_roles         INTEGER NOT NULL,
  expires_at            INTEGER,
  token_hash            BLOB NOT NULL CONSTRAINT incoming_webhooks_token UNIQUE,
  token_sealed          BLOB NOT NULL,
  search                TEXT NOT NULL,
  version               INTEGER NOT NULL,
  created_at            INTEGER NOT NULL,
  updated_at            INTEGER NOT NULL
) STRICT;

CREATE TABLE calls (
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
CREATE INDEX calls_by_webhook ON calls (webhook_id, id);
