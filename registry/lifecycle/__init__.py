"""The life of a model's version: what it needs to be approved, when it ends, and what then depends on it."""
