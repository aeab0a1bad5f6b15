-- Nobody looks for what is due across all feeds, and a planner that could would pass over the backlog of every other feed.
DROP INDEX deliveries_due;
