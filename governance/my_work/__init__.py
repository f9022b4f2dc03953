"""My work, by subject: what waits for a person, what of theirs stands where, what has changed since they were here."""
