"""The ledgers F01–F27: what each shows, how it is found, page by page, and how it leaves the house."""
