#!/usr/bin/env bash
# Makes one database and three roles for each service; the migrations grant what each role may do. PostgreSQL's image runs this
# once, on an empty data folder.
set -euo pipefail
for service in identity referral case notification reporting; do
    psql --quiet --set ON_ERROR_STOP=1 --username postgres --set service="$service" \
        --set owner="$(</run/secrets/postgres/${service}_owner)" \
        --set app="$(</run/secrets/postgres/${service}_app)" \
        --set platform="$(</run/secrets/postgres/${service}_platform)" <<'SQL'
SELECT format('CREATE ROLE %I LOGIN PASSWORD %L', :'service' || '_owner', :'owner') \gexec
SELECT format('CREATE ROLE %I LOGIN PASSWORD %L', :'service' || '_app', :'app') \gexec
SELECT format('CREATE ROLE %I LOGIN PASSWORD %L', :'service' || '_platform', :'platform') \gexec
SELECT format('CREATE DATABASE %I OWNER %I', :'service', :'service' || '_owner') \gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', :'service') \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO %I, %I', :'service', :'service' || '_app', :'service' || '_platform') \gexec
SQL
done
