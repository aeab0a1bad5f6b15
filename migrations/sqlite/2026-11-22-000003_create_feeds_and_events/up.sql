-- A value that changes whenever the rows of the named kind do: what caches compare.
CREATE TABLE revisions (
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT;
INSERT INTO revisions (name, value) VALUES ('feeds', 0), ('event_types', 0);

CREATE TABLE feeds (
  id                    BLOB PRIMARY KEY,
  title                 TEXT NOT NULL,
  state                 TEXT NOT NULL CHECK (state IN ('enabled', 'disabled', 'auto_disabled')),
  state_reason          TEXT,
  state_changed_at      INTEGER NOT NULL,
  url                   TEXT,
  method                TEXT NOT NULL,
  format                TEXT NOT NULL,
  headers               TEXT NOT NULL,
  body                  TEXT NOT NULL,
  events                TEXT NOT NULL,
  condition             TEXT,
  timeout_ms            INTEGER NOT NULL,
  max_in_flight         INTEGER NOT NULL,
  rate_limit_per_second INTEGER,
  retry_schedule        TEXT,
  retry_client_errors   INTEGER NOT NULL,
  secret_sealed         BLOB NOT NULL,
  previous_secrets      TEXT NOT NULL,
  search                TEXT NOT NULL,
  version               INTEGER NOT NULL,
  created_at            INTEGER NOT NULL,
  updated_at            INTEGER NOT NULL
) STRICT;

CREATE TABLE event_types (
  id          BLOB PRIMARY KEY,
  name        TEXT NOT NULL CONSTRAINT event_types_name UNIQUE,
  label       TEXT NOT NULL,
  group_label TEXT NOT NULL,
  description TEXT,
  json_schema TEXT,
  example     TEXT NOT NULL,
  version     INTEGER NOT NULL,
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL
) STRICT;

-- An event is a row of the outbox while outbox_due_at is set: the instant from which it may be taken, which taking
-- it moves ahead by a lease.
CREATE TABLE events (
  id            BLOB PRIMARY KEY,
  kind          TEXT NOT NULL,
  source        TEXT NOT NULL,
  external_id   TEXT,
  occurred_at   INTEGER NOT NULL,
  received_at   INTEGER NOT NULL,
  data          BLOB NOT NULL,
  routed_at     INTEGER,
  outbox_due_at INTEGER
) STRICT;
CREATE UNIQUE INDEX events_external ON events (source, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX events_outbox ON events (outbox_due_at) WHERE outbox_due_at IS NOT NULL;
CREATE INDEX events_by_kind ON events (kind, id);

-- A delivery is unfinished while due_at is set: the instant from which it may be taken, and while it is in flight
-- the end of its lease. `lease` counts the takings; a result that carries an older count changes nothing.
-- `body` is empty when event and format give it (all data).
CREATE TABLE deliveries (
  id                   BLOB PRIMARY KEY,
  event_id             BLOB NOT NULL,
  event_type           TEXT NOT NULL,
  feed_id              BLOB NOT NULL,
  replay_id            BLOB,
  state                TEXT NOT NULL CHECK (state IN ('pending', 'in_flight', 'succeeded', 'failed', 'canceled')),
  state_reason         TEXT,
  due_at               INTEGER,
  lease                INTEGER NOT NULL,
  attempt_count        INTEGER NOT NULL,
  method               TEXT NOT NULL,
  format               TEXT NOT NULL,
  body                 BLOB,
  last_response_status INTEGER,
  last_error           TEXT,
  attempts             BLOB NOT NULL,
  created_at           INTEGER NOT NULL,
  finished_at          INTEGER
) STRICT;
CREATE UNIQUE INDEX deliveries_once ON deliveries (event_id, feed_id, coalesce(replay_id, x'00'));
CREATE INDEX deliveries_by_feed ON deliveries (feed_id, id);
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX deliveries_waiting ON deliveries (feed_id, due_at) WHERE due_at IS NOT NULL;
