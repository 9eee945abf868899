"""Answers given again: kept in Valkey as ciphertext, found by a keyed hash, recorded like any other answer.

Losing them costs nothing but the calls that they would have saved.
"""
