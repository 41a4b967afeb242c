"""What stands on the agent's desk beside calls and tickets: recordings, the customer, texts kept ready."""
