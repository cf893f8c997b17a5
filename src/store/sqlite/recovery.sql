-- Once an account answers again, the hires that were given up because it did not go on.
CREATE INDEX onboardings_unavailable ON onboardings (account) WHERE problem = 'LUCCA_UNAVAILABLE';
