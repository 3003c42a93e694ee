-- The secret of an enrolment link is made when its mail is sent: until then there is none, in clear or hashed.

ALTER TABLE identity.enrolment ALTER COLUMN secret_hash DROP NOT NULL;
COMMENT ON COLUMN identity.enrolment.secret_hash IS 'None until the mail is sent; sending again replaces it.';
