"""Who belongs to the organisation, for administrators; and for everybody, the roles and their own tokens."""
