-- The planner takes a function to answer 1,000 rows and would then read every participant; most searches answer few people,
-- and then one look in the index for each is right.
ALTER FUNCTION search.candidates(bigint[], bigint[], bigint[], bigint[], integer) ROWS 60;
