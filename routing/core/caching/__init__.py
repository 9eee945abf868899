"""Answers that may be given again: what a policy allows, which requests are the same, and what is near.

Pure: who keeps the answers, and where, is for routing.caching.
"""
