"""What nobody may ask of the site: numbers that no database counts, and heavy papers without end."""

import pytest

from app.services import anchoring
from app.web import pages
from tests.builders import FILES, submit

ENDLESS = "9" * 5_000


@pytest.mark.parametrize("number", ["9" * 17, "9" * 30, ENDLESS])
@pytest.mark.parametrize("page", ["/{n}", "/{n}/certificate.pdf", "/{n}/file"])
def test_a_number_without_end_is_not_found(table, client_for, page, number):
    client = client_for(table.claimant)
    assert client.get(f"/cases/{table.number}/exhibits{page.format(n=number)}").status_code == 404
    assert client.get(f"/verify/ledger/blocks/{number}").status_code == 404


@pytest.mark.parametrize(
    ("paper", "limit"),
    [("exhibits/1/certificate.pdf", pages.CERTIFICATE_LIMIT), ("package.zip", pages.PACKAGE_LIMIT)],
)
def test_heavy_papers_are_not_made_without_end(services, table, client_for, paper, limit):
    submit(services, table.claimant, table.number, FILES / "gift-box-photo.jpg")
    client, most = client_for(table.claimant), int(limit.split()[0])
    address = f"/cases/{table.number}/{paper}"
    found = [client.get(address).status_code for _ in range(most + 1)]
    assert 429 not in found[:-1]
    assert found[-1] == 429
    anchoring.anchor_waiting(services)
    assert client.get(f"/cases/{table.number}/exhibits/1").status_code == 200
