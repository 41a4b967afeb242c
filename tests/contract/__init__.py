"""Held against what Twilio itself publishes: its REST description, served by a mock, and the grammar of its TwiML. See scripts/test-twilio."""
