-- What an owner can say is one document beside the columns by which rows are looked up: a new setting needs no column.
ALTER TABLE feeds ADD COLUMN spec TEXT NOT NULL DEFAULT '{}';
UPDATE feeds SET spec = json_object(
  'settings', json_object(
    'title', title, 'url', url, 'method', method, 'format', format, 'signature', signature, 'events', json(events),
    'condition', condition, 'timeout_ms', timeout_ms, 'max_in_flight', max_in_flight,
    'rate_limit_per_second', rate_limit_per_second, 'retry_schedule', json(retry_schedule),
    'retry_client_errors', json(iif(retry_client_errors, 'true', 'false'))),
  'headers', json(headers),
  'body', json(body));
ALTER TABLE feeds DROP COLUMN title;
ALTER TABLE feeds DROP COLUMN url;
ALTER TABLE feeds DROP COLUMN method;
ALTER TABLE feeds DROP COLUMN format;
ALTER TABLE feeds DROP COLUMN signature;
ALTER TABLE feeds DROP COLUMN headers;
ALTER TABLE feeds DROP COLUMN body;
ALTER TABLE feeds DROP COLUMN condition;
ALTER TABLE feeds DROP COLUMN timeout_ms;
ALTER TABLE feeds DROP COLUMN max_in_flight;
ALTER TABLE feeds DROP COLUMN rate_limit_per_second;
ALTER TABLE feeds DROP COLUMN retry_schedule;
ALTER TABLE feeds DROP COLUMN retry_client_errors;
