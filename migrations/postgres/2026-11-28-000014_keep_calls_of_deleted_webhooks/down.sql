DELETE FROM calls WHERE webhook_id NOT IN (SELECT id FROM incoming_webhooks);
ALTER TABLE calls ADD CONSTRAINT calls_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES incoming_webhooks (id) ON DELETE CASCADE;
