"""A recorded day taken up again: read from the database, replayed under changed rules or staff, and set side by side."""
