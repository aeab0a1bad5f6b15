-- What requests are signed with; the key pair is made when the feed first asks for v1a.
ALTER TABLE feeds ADD COLUMN signature TEXT NOT NULL DEFAULT 'v1';
ALTER TABLE feeds ADD COLUMN key_sealed BLOB;
ALTER TABLE feeds ADD COLUMN public_key TEXT;

-- Deliveries by which somebody tries a feed out. They wait apart from the others: a feed need not be enabled for them.
ALTER TABLE deliveries ADD COLUMN is_test INTEGER NOT NULL DEFAULT 0;
DROP INDEX deliveries_waiting;
CREATE INDEX deliveries_waiting ON deliveries (feed_id, due_at) WHERE due_at IS NOT NULL AND NOT is_test;
CREATE INDEX deliveries_tests ON deliveries (due_at) WHERE due_at IS NOT NULL AND is_test;

-- How many deliveries of a feed ended in an hour. Each worker counts in a shard of its own, so that none waits for another.
CREATE TABLE feed_stats (
  feed_id   BLOB NOT NULL,
  hour      INTEGER NOT NULL,
  shard     INTEGER NOT NULL,
  succeeded INTEGER NOT NULL,
  failed    INTEGER NOT NULL,
  PRIMARY KEY (feed_id, hour, shard)
) STRICT;

-- Feeds whose last attempt failed, and the first attempt that did since the last success.
CREATE TABLE feed_failures (
  feed_id BLOB PRIMARY KEY,
  since   INTEGER NOT NULL
) STRICT;
