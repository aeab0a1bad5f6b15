-- Which keys came from the configuration, so that another value replaces them. A row whose key is gone says that it was revoked. Until now
-- such keys were known by their name alone.
CREATE TABLE bootstrap_keys (
  key_hash BLOB PRIMARY KEY
) STRICT;
INSERT INTO bootstrap_keys SELECT key_hash FROM api_keys WHERE name = 'bootstrap' AND scopes = '["admin"]';
