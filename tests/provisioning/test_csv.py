"""People in CSV files: what is read, and how each row that is not right is named."""

from pathlib import Path

import pytest

from scimbridge.adapters.csv_people import CsvPeople
from scimbridge.adapters.csv_table import read_people
from scimbridge.provisioning.errors import SourceUnreadable
from scimbridge.provisioning.sources.ports import Problem, Reading, Row
from scimbridge.provisioning.sources.source import CsvFile

FILE = CsvFile("people.csv")


def read(text: str, settings: CsvFile = FILE) -> Reading:
    return read_people(text, settings, "people.csv")


def people(reading: Reading) -> list[Row]:
    return [row for row in reading.rows if row.type == "User"]


def test_a_row_is_a_person_with_the_columns_as_attributes() -> None:
    reading = read("login,First Name\nada@example.test, Ada \n")
    assert reading.rows == [
        Row(
            "User",
            "ada@example.test",
            "people.csv, line 2",
            {"login": "ada@example.test", "First_Name": "Ada"},
        )
    ]
    assert reading.keys == {"User": frozenset({"ada@example.test"}), "Group": frozenset()}
    assert reading.is_whole


def test_quoted_values_may_hold_quotes_delimiters_and_line_breaks_and_lines_are_counted_all_the_same() -> None:
    reading = read('login,title\r\nada,"Countess, ""of""\r\nLovelace"\r\nbo,\r\n')
    assert [(row.where, row.values["title"]) for row in reading.rows] == [
        ("people.csv, line 2", 'Countess, "of"\r\nLovelace'),
        ("people.csv, line 4", ""),
    ]


async def test_empty_lines_and_a_byte_order_mark_count_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes("\ufefflogin\n\n  \nada\n,\n".encode())
    assert [row.key for row in (await CsvPeople(CsvFile(str(path))).read("")).rows] == ["ada"]


def test_the_key_is_the_column_that_the_settings_name_else_the_one_that_becomes_user_name() -> None:
    table = "number,userName\n7,ada\n"
    assert [row.key for row in read(table).rows] == ["ada"]
    assert [row.key for row in read(table, CsvFile("x", key="number")).rows] == ["7"]


def test_columns_with_names_that_mean_something_are_mapped() -> None:
    reading = read("login,first_name,LAST NAME,e-mail,email,Shoe size,name.givenName\nx,,,,,,\n")
    assert {mapping.target: mapping.expression for mapping in reading.usual} == {
        "userName": "appuser.login",
        "name.givenName": "appuser.first_name",
        "name.familyName": "appuser.LAST_NAME",
        'emails[type eq "work"].value': "appuser.e_mail",
        'emails[type eq "work"].primary': "true",
    }


def test_a_column_of_names_makes_groups() -> None:
    settings = CsvFile("x", groups="teams")
    reading = read("login,teams\nada,Blue; Red\nbo,blue;;blue\ncy,\n", settings)
    groups = {row.values["displayName"]: row.members for row in reading.rows if row.type == "Group"}
    assert groups == {"Blue": ("ada", "bo"), "Red": ("ada",)}
    assert reading.keys["Group"] == {"blue", "red"}


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (
            "login,title\nada\n",
            Problem("people.csv, line 2", "the row is 1 cells wide, and the first line 2"),
        ),
        (
            "login,title\nada,x,y\n",
            Problem("people.csv, line 2", "the row is 3 cells wide, and the first line 2"),
        ),
        (
            "login,title\n,x\n",
            Problem('people.csv, line 2, column "login"', "empty, and it is what tells the rows apart"),
        ),
        (
            "login\nada\nbo\nada\n",
            Problem('people.csv, line 4, column "login"', "the same value as in line 2", "ada"),
        ),
        (
            'login,title\nada,"x"y\n',
            Problem(
                "people.csv, line 2",
                'a quote (") inside a value has to stand twice, or the value ends too early',
            ),
        ),
        (
            'login,title\nada,"x\nbo,y\n',
            Problem("people.csv, line 2", 'a quote (") is opened here and never closed; what follows it is not read'),
        ),
        (
            "login,title\nada,Gr\udce4fin\n",
            Problem('people.csv, line 2, column "title"', "not UTF-8; save the file as CSV in UTF-8", "ada"),
        ),
    ],
)
def test_a_row_that_is_not_right_is_named_by_line_and_column(table: str, problem: Problem) -> None:
    reading = read(table)
    assert list(reading.problems) == [problem]
    assert reading.is_whole == bool(problem.key)


def test_the_rows_around_a_bad_one_are_read() -> None:
    reading = read('login,title\nada,x\nbo,"y"z\ncy,z\n')
    assert [row.key for row in reading.rows] == ["ada", "cy"]


def test_who_stands_in_a_bad_row_is_in_the_source_all_the_same() -> None:
    assert read("login,title\nada,\udcff\n").keys["User"] == {"ada"}


def test_who_stands_in_a_bad_row_is_in_their_groups_all_the_same() -> None:
    settings = CsvFile("x", groups="teams")
    reading = read("login,title,teams\nada,\udcff,Red\n", settings)
    assert [(row.type, row.members) for row in reading.rows] == [("Group", ("ada",))]
    assert reading.is_whole
    assert not read("login,title,teams\nada,x,\udcff\n", settings).is_whole


def test_trailing_empty_cells_that_a_spreadsheet_leaves_are_no_problem() -> None:
    reading = read("login,title\nada,x,,\n")
    assert [row.key for row in reading.rows] == ["ada"]
    assert not reading.problems


@pytest.mark.parametrize(
    ("content", "settings", "sentence"),
    [
        ("", FILE, "there is not a column that tells the rows apart"),
        ("name\nx\n", FILE, 'there are: "name".'),
        ("login;title\nada;x\n", FILE, 'Is ";" what stands between its values?'),
        ("login,log-in,log_in\n", FILE, 'line 1: "log-in" and "log_in" are one name to expressions'),
        ("login,login\n", FILE, 'line 1: "login" and "login" are one name to expressions'),
        ("login\n", CsvFile("x", key="id"), 'there is not the column "id"; there are: "login".'),
        ("login\n", CsvFile("x", groups="teams"), 'there is not the column "teams"'),
    ],
)
def test_a_first_line_that_is_no_use_says_what_is_missing(content: str, settings: CsvFile, sentence: str) -> None:
    with pytest.raises(SourceUnreadable) as refused:
        read(content, settings)
    assert sentence in refused.value.reason


async def test_a_file_that_is_not_there_or_is_utf_16_is_refused_as_a_whole(tmp_path: Path) -> None:
    missing = CsvPeople(CsvFile(str(tmp_path / "none.csv")))
    with pytest.raises(SourceUnreadable, match=r"none\.csv cannot be read: No such file"):
        await missing.read("")
    assert [attempt.good for attempt in await missing.test()] == [False]
    path = tmp_path / "wide.csv"
    path.write_text("login\nada\n", encoding="utf-16")
    with pytest.raises(SourceUnreadable, match="is UTF-16: save it as CSV in UTF-8"):
        await CsvPeople(CsvFile(str(path))).read("")


async def test_a_cell_that_is_not_utf_8_spoils_its_row_alone(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"login,title\nada,Gr\xe4fin\nbo,ok\n")
    reading = await CsvPeople(CsvFile(str(path))).read("")
    assert [row.key for row in people(reading)] == ["bo"]
    attempts = await CsvPeople(CsvFile(str(path))).test()
    assert [(attempt.outcome, attempt.good) for attempt in attempts] == [
        ("2 people, 0 groups", True),
        ("not UTF-8; save the file as CSV in UTF-8", False),
    ]
