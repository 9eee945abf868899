from billing.models.alert import BudgetAlert
from billing.models.budget import Budget
from billing.models.epoch import BudgetEpoch
from billing.models.ledger import LedgerEntry

__all__ = ["Budget", "BudgetAlert", "BudgetEpoch", "LedgerEntry"]
