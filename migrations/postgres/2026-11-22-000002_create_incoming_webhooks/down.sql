DROP TABLE calls;
DROP TABLE incoming_webhooks;
