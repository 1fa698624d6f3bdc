"""The people of a file that the judges provision, and what is to be at a target because of them."""

COLUMNS = ("id", "login", "firstName", "lastName", "email", "department", "groups")
ADA = ("1", "ada@example.test", "Ada", "Moss", "ada@example.test", "Tea", "staff;kc-red;kc-blue")
BO = ("2", "bo@example.test", "Bo", "Lind", "bo@example.test", "Tea", "staff;kc-red")
CAI = ("3", "cai@example.test", "Cai", "Reyes", "cai@example.test", "Milk", "staff;other")
DEE = ("4", "dee@example.test", "Dee", "Ray", "dee@example.test", "Milk", "kc-blue")


def rows(*people: tuple[str, ...]) -> list[dict[str, str]]:
    """As lines of the file."""
    return [dict(zip(COLUMNS, person, strict=True)) for person in people]


def change(person: tuple[str, ...], **columns: str) -> tuple[str, ...]:
    values = dict(zip(COLUMNS, person, strict=True)) | columns
    return tuple(values[column] for column in COLUMNS)
