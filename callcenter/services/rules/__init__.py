"""The rules in force as a person reads them."""
