"""What an overseer watches besides the promises: people at work, matters that wait for a decision, the sample, and the wall."""
