"""The dispatcher's pages: lists with their reasons, the crew, the day, the buildings, several tickets at once."""
