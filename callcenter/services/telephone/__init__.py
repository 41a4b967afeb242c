"""The telephone: calls and who is in them, agents and their time, whom to ring, waiting in line, and what is seen of it."""
