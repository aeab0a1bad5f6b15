-- A mail that is to be written: its kind and to whom, never a secret. `user_id` is empty when somebody asked for an address; who
-- that is, is found out when the mail is written. A mail is unfinished while due_at is set: the instant from which it may be
-- taken, and while it is in flight the end of its lease. `lease` counts the takings; a result that carries an older count
-- changes nothing.
CREATE TABLE mails (
  id            BLOB PRIMARY KEY,
  kind          TEXT NOT NULL CHECK (kind IN ('welcome', 'password_reset')),
  email         TEXT NOT NULL,
  email_folded  TEXT NOT NULL,
  user_id       BLOB REFERENCES users (id) ON DELETE CASCADE,
  state         TEXT NOT NULL CHECK (state IN ('pending', 'in_flight', 'sent', 'skipped', 'dropped', 'failed')),
  due_at        INTEGER,
  lease         INTEGER NOT NULL,
  attempt_count INTEGER NOT NULL,
  last_error    TEXT,
  created_at    INTEGER NOT NULL,
  finished_at   INTEGER
) STRICT;
CREATE INDEX mails_due ON mails (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX mails_finished ON mails (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX mails_by_user ON mails (user_id) WHERE user_id IS NOT NULL;

-- What a set-password link holds, hashed. Setting a password removes all of the user's.
CREATE TABLE password_tokens (
  token_hash BLOB PRIMARY KEY,
  user_id    BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX password_tokens_by_user ON password_tokens (user_id);
CREATE INDEX password_tokens_by_expiry ON password_tokens (expires_at);
