DELETE FROM revisions WHERE name = 'breaking_migration';
