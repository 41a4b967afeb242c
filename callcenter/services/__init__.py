"""Use cases. They own the transactions and know no Flask, Redis or Twilio."""
