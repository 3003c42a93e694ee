#!/usr/bin/env bash
# Makes deploy/compose/secrets/ for compose.yaml: passwords, addresses, a certificate authority, one certificate per service and
# the key of the tokens. Makes nothing twice: an existing folder is left as it is. Needs openssl.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
if [ -e secrets ]; then
    echo "deploy/compose/secrets is there already; remove it to make everything new (existing data can then not be opened)." >&2
    exit 1
fi
command -v openssl >/dev/null || { echo "openssl is missing: install the package openssl." >&2; exit 1; }
new="secrets.new.$$"
trap 'rm -rf "$new"' EXIT
# Only this folder is closed: containers run as another user and are given single files and folders of it.
mkdir -m 0700 "$new"
mkdir "$new"/{postgres,rabbitmq,redis,owner,accord,accord/tls,ca}
password() { openssl rand -hex 24; }

password >"$new/postgres/superuser"
for service in identity referral case notification reporting; do
    for role in owner app platform; do
        secret="$(password)"
        echo "$secret" >"$new/postgres/${service}_$role"
        address="postgres://${service}_$role:$secret@postgres:5432/$service"
        if [ "$role" = owner ]; then echo "$address" >"$new/owner/${service}_url"
        else echo "$address" >"$new/accord/${service}_${role}_url"; fi
    done
done
secret="$(password)"
printf 'default_user = accord\ndefault_pass = %s\n' "$secret" >"$new/rabbitmq/accord.conf"
echo "amqp://accord:$secret@rabbitmq:5672/%2f" >"$new/accord/broker_url"
secret="$(password)"
printf 'requirepass %s\nsave ""\nappendonly no\n' "$secret" >"$new/redis/redis.conf"
echo "redis://:$secret@redis:6379/0" >"$new/accord/redis_url"
# Replace these two by those of your own mail server and text message provider.
echo "smtp://mail.example.org:587?tls=required" >"$new/accord/smtp_url"
password >"$new/accord/sms_token"

# The root key of all personal data. Without it no backup can be read: keep a copy apart from the backups.
printf '{"current":"k1","keys":{"k1":"%s"}}\n' "$(openssl rand -base64 32)" >"$new/accord/keyring"

openssl genpkey -algorithm ED25519 -out "$new/accord/token_signing_key.pem"
openssl pkey -in "$new/accord/token_signing_key.pem" -pubout -out "$new/accord/token_public_keys.pem"
# Seals the audit trail. Keep a copy of the public half with whoever verifies the trail.
openssl genpkey -algorithm ED25519 -out "$new/accord/audit_seal_key.pem"
openssl pkey -in "$new/accord/audit_seal_key.pem" -pubout -out "$new/accord/audit_seal_public_keys.pem"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=Accord internal CA" \
    -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign" \
    -keyout "$new/ca/ca.key" -out "$new/accord/tls/ca.crt" 2>/dev/null
certificate() { # name, subject alternative names
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" \
        -keyout "$new/accord/tls/$1.key" -out "$new/ca/$1.csr" 2>/dev/null
    openssl x509 -req -in "$new/ca/$1.csr" -CA "$new/accord/tls/ca.crt" -CAkey "$new/ca/ca.key" -CAcreateserial -days 365 \
        -out "$new/accord/tls/$1.crt" -extfile <(printf '%s\n' "subjectAltName=$2" "basicConstraints=critical,CA:FALSE" \
            "keyUsage=critical,digitalSignature" "extendedKeyUsage=serverAuth,clientAuth") 2>/dev/null
}
for service in identity referral case notification reporting gateway; do
    certificate "$service" "DNS:$service.accord.internal,URI:spiffe://accord/service/$service"
done
# Issues the certificates of partner systems, which carry the URI spiffe://accord/partner/<name>. An authority of its own:
# nothing that it signs is a service.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=Accord partner CA" \
    -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign" \
    -keyout "$new/ca/partner_ca.key" -out "$new/accord/tls/partner_ca.crt" 2>/dev/null
# For a first look only: a public address needs a certificate that browsers know.
certificate web "DNS:localhost,IP:127.0.0.1"

chmod -R a+rX,go-w "$new"/*
chmod 0700 "$new/ca"
mv "$new" secrets
echo "deploy/compose/secrets is made. Keep secrets/ca and a copy of secrets/accord in a safe place."
