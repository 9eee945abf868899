"""The register's vocabulary, as dossiers tell it."""

from audit.selectors import words


def test_scores_of_trained_routers_are_told_with_their_reasons():
    kept = [
        {"router": "gain", "thousandths": 125, "reasons": ["a long text (+13)", "few commas (-8)"]},
        {"router": "other", "thousandths": 9, "outside": "its words are new"},
    ]
    assert words.scores(kept) == (
        "gain: 0.125 (a long text (+13), few commas (-8)); other: not judged (its words are new)"
    )
