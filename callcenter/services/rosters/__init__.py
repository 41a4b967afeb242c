"""The duty roster beyond single turns: a month at a glance, rotations laid out, and who is told of what is missing."""
