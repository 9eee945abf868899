"""What was free text becomes countries and certifications.

A certification made of a text has no day of issue, so it counts for nothing until somebody completes it. A
jurisdiction that can't be read as countries is left unknown, and the text is kept in the notes.
"""

import re
from itertools import count

from django.db import migrations
from django.utils import timezone

from registry.core.countries import COUNTRIES

NAMES = {
    "austria": "AT", "belgium": "BE", "canada": "CA", "china": "CN", "denmark": "DK", "finland": "FI",
    "france": "FR", "germany": "DE", "india": "IN", "ireland": "IE", "israel": "IL", "italy": "IT",
    "japan": "JP", "luxembourg": "LU", "netherlands": "NL", "norway": "NO", "poland": "PL", "singapore": "SG",
    "south korea": "KR", "spain": "ES", "sweden": "SE", "switzerland": "CH", "united kingdom": "GB",
    "uk": "GB", "united states": "US", "united states of america": "US", "usa": "US", "u.s.": "US",
}
KINDS = {
    "soc2": "soc2", "iso27001": "iso27001", "iec27001": "iso27001", "hipaa": "hipaa_baa", "baa": "hipaa_baa",
    "pcidss": "pci_dss", "dpa": "dpa", "dataprocessing": "dpa", "standardcontractual": "scc",
    "adequacy": "adequacy", "dataprivacyframework": "dpf",
}
REASON = "Made of what was free text before."
MAX_NAME, MAX_KIND, MAX_REFERENCE = 128, 40, 300


def move(apps, schema_editor):
    _data_kinds(apps)
    _providers(apps)
    _deployments(apps)


def _data_kinds(apps):
    for row in apps.get_model("registry", "DataClass").objects.all():
        if "payment_card" in row.kinds:
            row.kinds = ["payment" if kind == "payment_card" else kind for kind in row.kinds]
            row.save(update_fields=["kinds"])
            _record(apps, "DataClass", row, "~")


def _providers(apps):
    for row in apps.get_model("registry", "Provider").objects.all():
        if row.jurisdiction.strip():
            codes = countries_of(row.jurisdiction)
            row.jurisdictions = codes
            if not codes:
                row.notes = f"{row.notes}\nJurisdiction, as it was written: {row.jurisdiction}".strip()
            row.save(update_fields=["jurisdictions", "notes"])
            _record(apps, "Provider", row, "~")
        if row.processing_agreement.strip():
            _certify(apps, "dpa", row.processing_agreement, provider=row)


def _deployments(apps):
    for row in apps.get_model("registry", "Deployment").objects.all():
        for line in row.certifications_text.splitlines():
            if line.strip():
                _certify(apps, kind_of(line), line, deployment=row)


def countries_of(text):
    """Codes, where every part of the text is one or a well-known name; otherwise none."""
    codes = []
    for part in re.split(r"[,;/&]| and ", text):
        name = part.strip().lower()
        codes.append(name.upper() if name in COUNTRIES else NAMES.get(name, ""))
    return sorted(set(codes)) if all(codes) else []


def kind_of(line):
    plain = re.sub(r"[^a-z0-9]", "", line.lower())
    known = next((kind for text, kind in KINDS.items() if text in plain), None)
    return known or _slug(line, "other")[:MAX_KIND].rstrip("-")


def _certify(apps, kind, text, **holder):
    model = apps.get_model("registry", "Certification")
    (owner,) = holder.values()
    base = f"{owner.name}-{kind}"[: MAX_NAME - 4]
    names = (base if at == 1 else f"{base}-{at}" for at in count(1))
    name = next(name for name in names if not model.objects.filter(name=name).exists())
    row = model.objects.create(
        name=name, kind=kind, scope=text.strip(), reference=text.strip()[:MAX_REFERENCE], **holder
    )
    _record(apps, "Certification", row, "+")


def _slug(text, otherwise):
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or otherwise


def _record(apps, name, row, kind):
    """A row of history, as simple-history writes it outside of migrations."""
    history = apps.get_model("registry", f"Historical{name}")
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    history.objects.create(
        **values, history_date=timezone.now(), history_type=kind, history_change_reason=REASON
    )


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0012_certifications'),
    ]

    operations = [migrations.RunPython(move, migrations.RunPython.noop)]
