"""What is published, made again from what is kept, and every difference told."""
