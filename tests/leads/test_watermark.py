"""Pages that show what a lead says name who looks, from which unit; no browser keeps them."""

import pytest


@pytest.mark.parametrize("page", ["", "correct/", "assign/", "recuse/", "similar/"])
def test_a_page_with_content_names_who_looks(client_for, people, make_lead, page):
    lead = make_lead()
    response = client_for(people.office).get(f"/leads/{lead.number}/{page}")
    mark = response.content.decode().split('class="watermark"')[1]
    assert "办公室甲 扫黑办" in mark
    assert response["Cache-Control"] == "no-store"


def test_a_page_of_figures_has_no_mark(client_for, people, make_lead):
    response = client_for(people.town_leader).get(f"/leads/{make_lead().number}/")
    assert 'class="watermark"' not in response.content.decode()
