-- A value that changes whenever the rows of the named kind do: what caches compare.
CREATE TABLE revisions (
  name  TEXT PRIMARY KEY,
  value BIGINT NOT NULL
);
INSERT INTO revisions (name, value) VALUES ('feeds', 0), ('event_types', 0);

CREATE TABLE feeds (
  id                    UUID PRIMARY KEY,
  title                 TEXT NOT NULL,
  state                 TEXT NOT NULL CHECK (state IN ('enabled', 'disabled', 'auto_disabled')),
  state_reason          TEXT,
  state_changed_at      TIMESTAMPTZ NOT NULL,
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
  retry_client_errors   BOOLEAN NOT NULL,
  secret_sealed         BYTEA NOT NULL,
  previous_secrets      TEXT NOT NULL,
  search                TEXT NOT NULL,
  version               BIGINT NOT NULL,
  created_at            TIMESTAMPTZ NOT NULL,
  updated_at            TIMESTAMPTZ NOT NULL
);

CREATE TABLE event_types (
  id          UUID PRIMARY KEY,
  name        TEXT NOT NULL CONSTRAINT event_types_name UNIQUE,
  label       TEXT NOT NULL,
  group_label TEXT NOT NULL,
  description TEXT,
  json_schema TEXT,
  example     TEXT NOT NULL,
  version     BIGINT NOT NULL,
  created_at  TIMESTAMPTZ NOT NULL,
  updated_at  TIMESTAMPTZ NOT NULL
);

-- An event is a row of the outbox while outbox_due_at is set: the instant from which it may be taken, which taking
-- it moves ahead by a lease.
CREATE TABLE events (
  id            UUID PRIMARY KEY,
  kind          TEXT NOT NULL,
  source        TEXT NOT NULL,
  external_id   TEXT,
  occurred_at   TIMESTAMPTZ NOT NULL,
  received_at   TIMESTAMPTZ NOT NULL,
  data          BYTEA NOT NULL,
  routed_at     TIMESTAMPTZ,
  outbox_due_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX events_external ON events (source, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX events_outbox ON events (outbox_due_at) WHERE outbox_due_at IS NOT NULL;
CREATE INDEX events_by_kind ON events (kind, id);

-- A delivery is unfinished while due_at is set: the instant from which it may be taken, and while it is in flight
-- the end of its lease. `lease` counts the takings; a result that carries an older count changes nothing.
-- `body` is empty when event and format give it (all data).
CREATE TABLE deliveries (
  id                   UUID PRIMARY KEY,
  event_id             UUID NOT NULL,
  event_type           TEXT NOT NULL,
  feed_id              UUID NOT NULL,
  replay_id            UUID,
  state                TEXT NOT NULL CHECK (state IN ('pending', 'in_flight', 'succeeded', 'failed', 'canceled')),
  state_reason         TEXT,
  due_at               TIMESTAMPTZ,
  lease                BIGINT NOT NULL,
  attempt_count        INTEGER NOT NULL,
  method               TEXT NOT NULL,
  format               TEXT NOT NULL,
  body                 BYTEA,
  last_response_status INTEGER,
  last_error           TEXT,
  attempts             BYTEA NOT NULL,
  created_at           TIMESTAMPTZ NOT NULL,
  finished_at          TIMESTAMPTZ
);
CREATE UNIQUE INDEX deliveries_once ON deliveries (event_id, feed_id, coalesce(replay_id, '00000000-0000-0000-0000-000000000000'::uuid));
CREATE INDEX deliveries_by_feed ON deliveries (feed_id, id);
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX deliveries_waiting ON deliveries (feed_id, due_at) WHERE due_at IS NOT NULL;
