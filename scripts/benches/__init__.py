"""What `scripts/bench` measures: the engine within this process, and the whole hotline as processes."""
