-- Back to a column for each setting. Settings that a later version added are lost.
ALTER TABLE feeds ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE feeds ADD COLUMN url TEXT;
ALTER TABLE feeds ADD COLUMN method TEXT NOT NULL DEFAULT '';
ALTER TABLE feeds ADD COLUMN format TEXT NOT NULL DEFAULT '';
ALTER TABLE feeds ADD COLUMN signature TEXT NOT NULL DEFAULT '';
ALTER TABLE feeds ADD COLUMN headers TEXT NOT NULL DEFAULT '';
ALTER TABLE feeds ADD COLUMN body TEXT NOT NULL DEFAULT '';
ALTER TABLE feeds ADD COLUMN condition TEXT;
ALTER TABLE feeds ADD COLUMN timeout_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feeds ADD COLUMN max_in_flight INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feeds ADD COLUMN rate_limit_per_second INTEGER;
ALTER TABLE feeds ADD COLUMN retry_schedule TEXT;
ALTER TABLE feeds ADD COLUMN retry_client_errors BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE feeds SET
  title = spec::json -> 'settings' ->> 'title',
  url = spec::json -> 'settings' ->> 'url',
  method = spec::json -> 'settings' ->> 'method',
  format = spec::json -> 'settings' ->> 'format',
  signature = spec::json -> 'settings' ->> 'signature',
  headers = spec::json ->> 'headers',
  body = spec::json ->> 'body',
  condition = spec::json -> 'settings' ->> 'condition',
  timeout_ms = (spec::json -> 'settings' ->> 'timeout_ms')::integer,
  max_in_flight = (spec::json -> 'settings' ->> 'max_in_flight')::integer,
  rate_limit_per_second = (spec::json -> 'settings' ->> 'rate_limit_per_second')::integer,
  retry_schedule = spec::json -> 'settings' ->> 'retry_schedule',
  retry_client_errors = (spec::json -> 'settings' ->> 'retry_client_errors')::boolean;
ALTER TABLE feeds DROP COLUMN spec;
