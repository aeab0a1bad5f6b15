DROP TABLE uncounted_calls;
DROP TABLE call_tallies;
DROP INDEX incoming_webhooks_previous_token;
ALTER TABLE incoming_webhooks DROP COLUMN previous_token_until;
ALTER TABLE incoming_webhooks DROP COLUMN previous_token_hash;
