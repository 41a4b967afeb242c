"""What pages show of tickets and follow-up calls, cut to what their reader may see."""
