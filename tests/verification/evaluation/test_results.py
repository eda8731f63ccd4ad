import json
from pathlib import Path

import pytest

from verification.evaluation.errors import OtherEvaluation
from verification.evaluation.results import ResultFile

OF = {"pack": "open", "conditions": "1"}


def test_results_are_there_again(tmp_path: Path) -> None:
    path = tmp_path / "deeper" / "results.jsonl"
    with ResultFile.opened(path, of=OF) as results:
        assert results.lines == []
        results.append({"name": "a"})
    with ResultFile.opened(path, of=OF) as results:
        assert results.lines == [{"name": "a"}]
        results.append({"name": "b"})
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        OF,
        {"name": "a"},
        {"name": "b"},
    ]


@pytest.mark.parametrize("kept", range(1, 14))
def test_a_line_that_was_cut_short_is_dropped_and_written_anew(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "results.jsonl"
    with ResultFile.opened(path, of=OF) as results:
        results.append({"name": "a"})
        whole = path.stat().st_size
        results.append({"name": "b"})
    with path.open("r+b") as file:
        file.truncate(whole + kept)
    with ResultFile.opened(path, of=OF) as results:
        assert [line["name"] for line in results.lines] == ["a"]
        results.append({"name": "c"})
    with ResultFile.opened(path, of=OF) as results:
        assert [line["name"] for line in results.lines] == ["a", "c"]


def test_results_of_something_else_are_not_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    with ResultFile.opened(path, of=OF):
        pass
    with (
        pytest.raises(OtherEvaluation, match="conditions"),
        ResultFile.opened(path, of={**OF, "conditions": "2"}),
    ):
        raise AssertionError
    path.write_text("not json\n")
    with pytest.raises(OtherEvaluation, match="no results"), ResultFile.opened(path, of=OF):
        raise AssertionError
