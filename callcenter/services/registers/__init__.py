"""Registers: people, places, duty, working days and imports, every change kept."""
