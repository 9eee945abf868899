"""How long an impact replay takes: `python bench/impact.py`.

Decodes recorded decisions and decides each under two releases, at 200 deployments and 300 rules, on one core.
The entries are made as a register holds them and decoded as the replay does; reading them from the database
is left out. Prints decisions a second and the CPU time of 100,000.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "platform"))

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signalbox.settings")
django.setup()

from audit.core.canonical import canonical_json  # noqa: E402
from routing import recordings  # noqa: E402
from routing.core import codec  # noqa: E402
from routing.core.decide import decide  # noqa: E402
from routing.core.impact import Impact, Used  # noqa: E402
from tests.routing.core import busy  # noqa: E402

DECISIONS = 20_000
WHOLE = 100_000


def main() -> int:
    release, live = busy.busy_release(), busy.busy_live()
    inputs = [busy.busy_facts(at) for at in range(500)]
    bodies = []
    for facts in inputs:
        decision = decide(release, facts, live)
        data = {
            "decision": codec.decision_value(decision),
            "facts": codec.facts_value(facts),
            "live": codec.live_value(live, decision),
        }
        bodies.append(canonical_json({"at": "2026-01-01", "data": data, "seq": 1}).decode())
    impact = Impact(release, release)
    began = time.process_time()
    for at in range(DECISIONS):
        data = recordings.decoder.decode(bodies[at % len(bodies)]).data
        assert data.facts is not None
        assert data.live is not None
        impact.add(codec.facts_from(data.facts), codec.live_from(data.live), Used(800, 200))
    took_s = time.process_time() - began
    print(f"{DECISIONS / took_s:,.0f} decisions a second; {WHOLE:,} take {took_s * WHOLE / DECISIONS:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
