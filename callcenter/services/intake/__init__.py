"""What the desk knows while a caller is talking: who rings, who and where they are, what to answer, and what is typed so far."""
