-- Here the index stays: freeing what a dead process had claimed reads it at start.
SELECT 1;
