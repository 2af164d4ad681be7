"""Cells that bear their headings, for screens where columns do not fit."""

from reports.pages.cards import label_cells

TABLE = """<p>td</p><table class="a"><thead><tr><th scope="col">Level<small>of noise</small></th>
<th scope="col"><a href="x">Mem
Net</a><small class="budget">9 steps</small> <small><code>net</code></small></th>
<th scope="col"><span class="unseen"></span></th></tr></thead>
<tbody><tr class="group"><th scope="rowgroup" colspan="3">S14</th></tr>
<tr><th scope="row">30</th><td class="text">1</td><td>2</td></tr>
<tr><th scope="row">50</th><td colspan="2">3</td></tr></tbody></table><td>4</td>"""


def test_a_cell_has_the_heading_of_its_column_alone() -> None:
    labelled = label_cells(TABLE)
    assert '<td class="text" data-label="Mem Net, net">1</td><td>2</td>' in labelled
    assert '<td colspan="2" data-label="Mem Net, net">3</td>' in labelled
    assert labelled.replace(' data-label="Mem Net, net"', "") == TABLE


def test_tables_do_not_mix() -> None:
    other = TABLE.replace("Net</a>", "Net &amp; co</a>")
    both = label_cells(TABLE + other)
    assert both == label_cells(TABLE) + label_cells(other)
    assert both.count('data-label="Mem Net &amp; co, net"') == 2
