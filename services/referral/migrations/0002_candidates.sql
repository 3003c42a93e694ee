-- As in the people register: a search answers few, and the planner is told so.
ALTER FUNCTION search.candidates(bigint[], integer) ROWS 60;
