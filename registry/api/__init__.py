"""The management API: everything under /api/. Thin views over the registry's services."""
