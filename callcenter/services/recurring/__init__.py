"""What comes round again: days, weeks, months, shifts and samples, each with its promise."""
