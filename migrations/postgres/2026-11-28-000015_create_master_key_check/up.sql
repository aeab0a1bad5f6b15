-- A value that only the store's master key opens, so that another key is noticed before anything is done with it.
CREATE TABLE master_key_check (
  id SMALLINT PRIMARY KEY CHECK (id = 1),
  sealed BYTEA NOT NULL
);
