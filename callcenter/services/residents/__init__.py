"""The resident's pages: the link to one's own matter, where it stands, and what its customer may say there."""
