DROP TABLE bootstrap_keys;
