"""Batches: many requests in one file, each through the same gate as any other, answered in another file.

files      what a team stores: lines, encrypted
lines      one line in, one line out (pure)
batches    what a batch goes through, as conditional updates
running    a slice of a batch's work: whoever holds its lease runs what is left
"""
