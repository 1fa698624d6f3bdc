"""Plans as people and machines read them."""

from scimbridge.provisioning.plan import Action, Change, Item, Phase, Plan
from scimbridge.provisioning.report import to_document, to_markdown, to_text


def change(action: Action, name: str, why: str = "changed here", **sides: dict[str, object]) -> Change:
    item = Item(Phase.UPDATE, action, "Group" if "group" in action else "User", f"id-{name}", name, "there-1", why)
    return Change(item, sides.get("before", {}), sides.get("after", {}))


UPDATE = change("update", "bo", before={"title": "Engineer"}, after={"title": "Lead", "nickName": "B"})
CREATE = change("create", "ada", "assigned", after={"userName": "ada"})
MEMBERS = change("change members", "red", before={"members": ["cy"]}, after={"members": ["ada", "bo"]})


def plan(*changes: Change, more: int = 0, **different: object) -> Plan:
    items = [item for item, _, _ in changes] + [UPDATE.item] * more
    return Plan("slack", items, linked=3, assigned=4, **different)  # type: ignore[arg-type]


class TestText:
    def test_each_line_says_who_what_why_before_and_after(self) -> None:
        assert to_text(plan(CREATE, UPDATE, MEMBERS), [CREATE, UPDATE, MEMBERS]) == (
            "Plan for slack: 4 people are assigned, 3 are active there\n"
            "  create          1\n"
            "  update          1\n"
            "  change members  1\n"
            "\n"
            "+ create  ada  (assigned)\n"
            '    userName: "ada"\n'
            "~ update  bo  (changed here)\n"
            '    title: "Engineer" -> "Lead"\n'
            '    nickName: "B"\n'
            "~ change members  red  (changed here)\n"
            "    members - cy\n"
            "    members + ada\n"
            "    members + bo"
        )

    def test_what_goes_away_is_seen_as_going(self) -> None:
        gone = change("update", "bo", before={"title": "Lead"})
        assert '    title: "Lead" -> (none)' in to_text(plan(gone), [gone])
        leaving = change("deactivate", "cy", before={"active": True}, after={"active": False})
        assert "- deactivate  cy" in to_text(plan(leaving), [leaving])

    def test_a_long_plan_is_cut_and_says_so(self) -> None:
        assert to_text(plan(UPDATE, more=9990), [UPDATE]).endswith("and 9,990 more")

    def test_an_empty_plan_is_one_sentence(self) -> None:
        text = "Nothing is to be done for slack: 4 people are assigned, 3 are active there."
        assert to_text(plan(), []) == text

    def test_a_safeguard_says_how_to_let_it_pass(self) -> None:
        text = to_text(plan(UPDATE, refused={"deactivations": "12 people lose access."}), [UPDATE])
        assert 'Held by the safeguard "deactivations": 12 people lose access.' in text
        assert text.endswith("--allow deactivations.")

    def test_a_name_cannot_write_a_line_of_its_own(self) -> None:
        nasty = change("update", "bo\n- delete  everybody\x1b[2J")
        assert "\n~ update  bo?- delete  everybody?[2J  (changed here)" in to_text(plan(nasty), [nasty])


class TestMarkdown:
    def test_a_change_is_a_row_of_a_table(self) -> None:
        text = to_markdown(plan(UPDATE, more=2), [UPDATE])
        assert text.startswith("## Plan for slack: 4 people are assigned, 3 are active there\n")
        assert "| update | 3 |" in text
        row = '| update | bo | changed here | title: "Engineer" | title: "Lead"<br>nickName: "B" |'
        assert row in text.splitlines()
        assert text.endswith("and 2 more\n")

    def test_values_break_neither_the_table_nor_the_page(self) -> None:
        nasty = change("update", "a|b<script>\nc")
        assert "| a\\|b&lt;script>?c |" in to_markdown(plan(nasty), [nasty])


class TestJson:
    def test_it_has_every_field_and_counts_what_is_not_shown(self) -> None:
        assert to_document(plan(UPDATE, more=1, losing=2, refused={"x": "y"}), [UPDATE]) == {
            "application": "slack",
            "linked": 3,
            "assigned": 4,
            "losing": 2,
            "items": 2,
            "counts": {"update": 2},
            "refused": {"x": "y"},
            "changes": [
                {
                    "action": "update",
                    "type": "User",
                    "id": "id-bo",
                    "name": "bo",
                    "target": "there-1",
                    "why": "changed here",
                    "before": {"title": "Engineer"},
                    "after": {"title": "Lead", "nickName": "B"},
                }
            ],
        }
