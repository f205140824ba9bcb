"""datasets/prepare"""
