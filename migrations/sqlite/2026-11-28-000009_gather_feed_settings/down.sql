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
ALTER TABLE feeds ADD COLUMN retry_client_errors INTEGER NOT NULL DEFAULT 0;
UPDATE feeds SET
  title = json_extract(spec, '$.settings.title'),
  url = json_extract(spec, '$.settings.url'),
  method = json_extract(spec, '$.settings.method'),
  format = json_extract(spec, '$.settings.format'),
  signature = json_extract(spec, '$.settings.signature'),
  headers = json_extract(spec, '$.headers'),
  body = json_extract(spec, '$.body'),
  condition = json_extract(spec, '$.settings.condition'),
  timeout_ms = json_extract(spec, '$.settings.timeout_ms'),
  max_in_flight = json_extract(spec, '$.settings.max_in_flight'),
  rate_limit_per_second = json_extract(spec, '$.settings.rate_limit_per_second'),
  retry_schedule = json_extract(spec, '$.settings.retry_schedule'),
  retry_client_errors = json_extract(spec, '$.settings.retry_client_errors');
ALTER TABLE feeds DROP COLUMN spec;
