"""Processes: the one command and its supervisor, the worker, the clock. Only here are RQ and APScheduler known."""
