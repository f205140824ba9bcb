"""leaderboard/formats"""
