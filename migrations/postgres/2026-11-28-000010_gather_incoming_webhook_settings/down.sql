-- Back to a column for each setting. Settings that a later version added are lost.
ALTER TABLE incoming_webhooks ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE incoming_webhooks ADD COLUMN add_space_ids TEXT NOT NULL DEFAULT '';
ALTER TABLE incoming_webhooks ADD COLUMN remove_space_ids TEXT NOT NULL DEFAULT '';
ALTER TABLE incoming_webhooks ADD COLUMN add_course_ids TEXT NOT NULL DEFAULT '';
ALTER TABLE incoming_webhooks ADD COLUMN remove_course_ids TEXT NOT NULL DEFAULT '';
ALTER TABLE incoming_webhooks ADD COLUMN send_welcome_email BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE incoming_webhooks ADD COLUMN field_map TEXT NOT NULL DEFAULT '';
ALTER TABLE incoming_webhooks ADD COLUMN allowed_ips TEXT NOT NULL DEFAULT '';
ALTER TABLE incoming_webhooks ADD COLUMN rate_limit_per_minute INTEGER;
ALTER TABLE incoming_webhooks ADD COLUMN protect_roles BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE incoming_webhooks SET
  name = spec::json ->> 'name',
  add_space_ids = spec::json ->> 'add_space_ids',
  remove_space_ids = spec::json ->> 'remove_space_ids',
  add_course_ids = spec::json ->> 'add_course_ids',
  remove_course_ids = spec::json ->> 'remove_course_ids',
  send_welcome_email = (spec::json ->> 'send_welcome_email')::boolean,
  field_map = spec::json ->> 'field_map',
  allowed_ips = spec::json ->> 'allowed_ips',
  rate_limit_per_minute = (spec::json ->> 'rate_limit_per_minute')::integer,
  protect_roles = (spec::json ->> 'protect_roles')::boolean;
ALTER TABLE incoming_webhooks DROP COLUMN spec;
