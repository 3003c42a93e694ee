-- The tables in which `migrate` keeps its history, for checking the queries that read them.
CREATE SCHEMA platform;
CREATE TABLE platform._migrations (version bigint PRIMARY KEY, success boolean NOT NULL);
CREATE TABLE platform._service_migrations (version bigint PRIMARY KEY, success boolean NOT NULL);
