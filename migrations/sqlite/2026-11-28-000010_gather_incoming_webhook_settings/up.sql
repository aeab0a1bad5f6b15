-- What an owner can say is one document beside the columns by which rows are looked up: a new setting needs no column.
ALTER TABLE incoming_webhooks ADD COLUMN spec TEXT NOT NULL DEFAULT '{}';
UPDATE incoming_webhooks SET spec = json_object(
  'name', name, 'add_space_ids', json(add_space_ids), 'remove_space_ids', json(remove_space_ids),
  'add_course_ids', json(add_course_ids), 'remove_course_ids', json(remove_course_ids),
  'send_welcome_email', json(iif(send_welcome_email, 'true', 'false')), 'field_map', json(field_map), 'allowed_ips', json(allowed_ips),
  'rate_limit_per_minute', rate_limit_per_minute, 'protect_roles', json(iif(protect_roles, 'true', 'false')));
ALTER TABLE incoming_webhooks DROP COLUMN name;
ALTER TABLE incoming_webhooks DROP COLUMN add_space_ids;
ALTER TABLE incoming_webhooks DROP COLUMN remove_space_ids;
ALTER TABLE incoming_webhooks DROP COLUMN add_course_ids;
ALTER TABLE incoming_webhooks DROP COLUMN remove_course_ids;
ALTER TABLE incoming_webhooks DROP COLUMN send_welcome_email;
ALTER TABLE incoming_webhooks DROP COLUMN field_map;
ALTER TABLE incoming_webhooks DROP COLUMN allowed_ips;
ALTER TABLE incoming_webhooks DROP COLUMN rate_limit_per_minute;
ALTER TABLE incoming_webhooks DROP COLUMN protect_roles;
