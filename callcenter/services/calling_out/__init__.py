"""Calls of the hotline's own: by a person to a customer, by machine to whoever must act, to hear how it went."""
