DROP TABLE feed_failures;
DROP TABLE feed_stats;
DROP INDEX deliveries_tests;
DROP INDEX deliveries_waiting;
ALTER TABLE deliveries DROP COLUMN is_test;
CREATE INDEX deliveries_waiting ON deliveries (feed_id, due_at) WHERE due_at IS NOT NULL;
ALTER TABLE feeds DROP COLUMN public_key;
ALTER TABLE feeds DROP COLUMN key_sealed;
ALTER TABLE feeds DROP COLUMN signature;
