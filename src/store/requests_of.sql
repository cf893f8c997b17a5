-- An erasure forgets what the requests of the onboarding said.
CREATE INDEX requests_of ON requests (onboarding);
