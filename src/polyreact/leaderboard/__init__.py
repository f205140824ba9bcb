"""The leaderboard: one frozen board made from records, and the forms it is published in."""
