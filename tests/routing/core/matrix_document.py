"""A generated release as the values of its document, for what reads the matrix without the decision core."""

from typing import Any

from routing.core.release import Release


def document_of(release: Release) -> dict[str, Any]:
    return {
        "data_classes": [
            {"name": each.name, "kinds": list(each.kinds), "requirements": list(each.requirements)}
            for each in release.data_classes.values()
        ],
        "providers": [
            {
                "name": each.name,
                "jurisdictions": list(each.jurisdictions),
                "retention_days": 0 if each.zero_retention else None,
                "trains_on_data": not each.no_training,
            }
            for each in release.providers.values()
        ],
        "certifications": [
            {name: getattr(each, name) for name in each.__slots__} for each in release.certifications
        ],
        "deployments": [
            {
                "name": each.name,
                "provider": each.provider,
                "country": each.country,
                "cells": {
                    name: {part: getattr(cell, part) for part in cell.__slots__}
                    for name, cell in each.cells.items()
                },
            }
            for each in release.deployments.values()
        ],
    }
