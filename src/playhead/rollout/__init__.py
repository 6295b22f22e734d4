"""A rollout of streams that watches itself: a plan, a judge of what people got, and an actor that moves the slider."""
