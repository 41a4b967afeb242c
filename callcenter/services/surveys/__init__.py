"""The half-yearly survey (F15): planned, issued, answered, followed up, closed, published and made anonymous."""
