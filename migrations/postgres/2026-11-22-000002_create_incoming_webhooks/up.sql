-- Ids of targets are JSON arrays of TypeIDs: a target that was deleted later is skipped when a call runs.
CREATE TABLE incoming_webhooks (
  id                    UUID PRIMARY KEY,
  name                  TEXT NOT NULL,
  enabled               BOOLEAN NOT NULL,
  add_space_ids         TEXT NOT NULL,
  remove_space_ids      TEXT NOT NULL,
  add_course_ids        TEXT NOT NULL,
  remove_course_ids     TEXT NOT NULL,
  send_welcome_email    BOOLEAN NOT NULL,
  field_map             TEXT NOT NULL,
  verification          TEXT NOT NULL,
  allowed_ips           TEXT NOT NULL,
  rate_limit_per_minute INTEGER,
  protect_roles         BOOLEAN NOT NULL,
  expires_at            TIMESTAMPTZ,
  token_hash            BYTEA NOT NULL CONSTRAINT incoming_webhooks_token UNIQUE,
  token_sealed          BYTEA NOT NULL,
  search                TEXT NOT NULL,
  version               BIGINT NOT NULL,
  created_at            TIMESTAMPTZ NOT NULL,
  updated_at            TIMESTAMPTZ NOT NULL
);

CREATE TABLE calls (
  id             UUID PRIMARY KEY,
  webhook_id     UUID NOT NULL REFERENCES incoming_webhooks (id) ON DELETE CASCADE,
  user_id        UUID,
  status         INTEGER NOT NULL,
  outcome        TEXT NOT NULL,
  user_created   BOOLEAN NOT NULL,
  changes        TEXT NOT NULL,
  payload        TEXT NOT NULL,
  source_address TEXT,
  duration_us    BIGINT NOT NULL,
  created_at     TIMESTAMPTZ NOT NULL
);
CREATE INDEX calls_by_webhook ON calls (webhook_id, id);
