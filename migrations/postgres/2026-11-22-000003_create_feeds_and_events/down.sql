DROP TABLE deliveries;
DROP TABLE events;
DROP TABLE event_types;
DROP TABLE feeds;
DROP TABLE revisions;
