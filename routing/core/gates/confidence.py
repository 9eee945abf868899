"""How sure the model was of its own words."""

from routing.core.gates.contract import Answer, Said, Settings, failed


def logprob(answer: Answer, settings: Settings) -> Said:
    """The mean log-probability of its tokens, where the provider tells it. What isn't told does not pass."""
    if answer.logprob_milli is None:
        return failed("the provider told no log-probabilities")
    least = int(settings["least"])
    mean = answer.logprob_milli
    return Said(max(0, 1_000 + mean), mean >= least, f"mean log-probability {mean}, not under {least}")
