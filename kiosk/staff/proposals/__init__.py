"""What was proposed, its approval, and the neutral page."""
