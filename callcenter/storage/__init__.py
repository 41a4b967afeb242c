"""Tables, transactions and migrations; SQLite and PostgreSQL alike."""
