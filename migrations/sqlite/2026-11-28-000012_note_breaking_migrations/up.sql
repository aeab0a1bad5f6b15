-- The newest migration with which older programs cannot work; such a migration sets its own version here, and the version before in
-- its down.sql. Programs that know that one go on working when others are added.
INSERT INTO revisions (name, value) VALUES ('breaking_migration', 20261128000012);
