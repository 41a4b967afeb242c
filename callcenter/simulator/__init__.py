"""The line simulator: Twilio and the people at its telephones, seen from outside. It knows nothing of tickets, rules or tables."""
