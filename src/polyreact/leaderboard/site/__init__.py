"""leaderboard/site"""
