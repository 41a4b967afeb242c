"""The quality books: corrective actions, quality feedback, notices and orders as lists, call reviews, forbidden phrases."""
