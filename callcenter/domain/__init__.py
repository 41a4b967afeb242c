"""The rules of the trade: pure functions of (policy, facts, act, now). Standard library only."""
