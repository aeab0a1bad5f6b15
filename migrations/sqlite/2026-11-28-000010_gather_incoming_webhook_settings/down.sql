-- Back to a column for each setting. Settings that a later version added are lost.
ALTER TABLE incoming_webhooks ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE incoming_webhooks ADD COLUMN add_space_ids TEXT NOT NULL DEFAULT '';
ALTER TABLE incoming_webhooks ADD COLUMN remove_space_ids TEXT NOT NULL DEFAULT '';
ALTER TABLE incoming_webhooks ADD COLUMN add_course_ids TEXT NOT NULL DEFAULT '';
ALTER TABLE incoming_webhooks ADD COLUMN remove_course_ids TEXT NOT NULL DEFAULT '';
ALTER TABLE incoming_webhooks ADD COLUMN send_welcome_email INTEGER NOT NULL DEFAULT 0;
ALTER TABLE incoming_webhooks ADD COLUMN field_map TEXT NOT NULL DEFAULT '';
ALTER TABLE incoming_webhooks ADD COLUMN allowed_ips TEXT NOT NULL DEFAULT '';
ALTER TABLE incoming_webhooks ADD COLUMN rate_limit_per_minute INTEGER;
ALTER TABLE incoming_webhooks ADD COLUMN protect_roles INTEGER NOT NULL DEFAULT 0;
UPDATE incoming_webhooks SET
  name = json_extract(spec, '$.name'),
  add_space_ids = json_extract(spec, '$.add_space_ids'),
  remove_space_ids = json_extract(spec, '$.remove_space_ids'),
  add_course_ids = json_extract(spec, '$.add_course_ids'),
  remove_course_ids = json_extract(spec, '$.remove_course_ids'),
  send_welcome_email = json_extract(spec, '$.send_welcome_email'),
  field_map = json_extract(spec, '$.field_map'),
  allowed_ips = json_extract(spec, '$.allowed_ips'),
  rate_limit_per_minute = json_extract(spec, '$.rate_limit_per_minute'),
  protect_roles = json_extract(spec, '$.protect_roles');
ALTER TABLE incoming_webhooks DROP COLUMN spec;
