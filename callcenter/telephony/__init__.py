"""The telephone: a port, the paper phone that writes down what would be said, and Twilio."""
