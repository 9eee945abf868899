"""How deployments do, by the register: figures of windows, and whom a fallback stands in for."""
