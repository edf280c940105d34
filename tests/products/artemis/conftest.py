"""What the tests of Artemis share: the catalogue, the fields, and small worlds."""

from __future__ import annotations

from pathlib import Path

import pytest

from handrail.procedure.catalogue import Catalogue, load_catalogue
from handrail.procedure.fields import Fields, load_fields

PRODUCT = Path(__file__).parents[3] / "procedures" / "artemis"


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """What Artemis prints."""
    return load_catalogue(PRODUCT / "messages.toml")


@pytest.fixture(scope="session")
def fields() -> Fields:
    """What can be read of Artemis."""
    return load_fields(PRODUCT / "fields.toml")
