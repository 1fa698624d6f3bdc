"""What a real process takes from outside itself."""

import uuid

from scimbridge.wiring.sources import new_id


def test_ids_are_uuids_of_version_7_that_sort_by_the_time_they_were_made() -> None:
    ids = [new_id() for _ in range(1000)]
    assert all(str(uuid.UUID(id_)) == id_ for id_ in ids)
    assert {(uuid.UUID(id_).version, uuid.UUID(id_).variant) for id_ in ids} == {(7, uuid.RFC_4122)}
    assert len(set(ids)) == len(ids)
    moments = [id_[:13] for id_ in ids]
    assert moments == sorted(moments)


def test_ids_made_in_one_moment_differ_in_what_no_one_can_foretell() -> None:
    tails = {new_id()[14:] for _ in range(1000)}
    assert len(tails) == 1000
    assert len({tail[-1] for tail in tails}) == 16
