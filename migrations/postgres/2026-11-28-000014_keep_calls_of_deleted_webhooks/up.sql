-- Calls outlive their webhook; retention removes them.
ALTER TABLE calls DROP CONSTRAINT calls_webhook_id_fkey;
