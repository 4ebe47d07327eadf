"""The store: the record and the states it makes, in SQLite or PostgreSQL, and the one writer of it."""
