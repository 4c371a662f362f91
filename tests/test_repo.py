"""What the repository promises of itself: the Space's card, the examples, the house's order."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stylize.page.samples import TILES

from .conftest import EXAMPLES

ROOT = Path(__file__).parents[1]


def card():
    head = (ROOT / "README.md").read_text(encoding="utf-8").split("---")[1]
    return dict(re.findall(r"^(\w+): (.+)$", head, re.MULTILINE))


def test_the_card_is_a_space_and_agrees_with_the_requirements():
    values = card()
    assert values["sdk"] == "gradio"
    assert (ROOT / values["app_file"]).is_file()
    assert len(values["short_description"]) <= 60
    assert values["python_version"] == '"3.12"'
    least, below = re.search(r"gradio>=([\d.]+),<([\d.]+)", (ROOT / "requirements.txt").read_text()).groups()
    version, least, below = (tuple(map(int, v.split(".")[:2])) for v in (values["sdk_version"], least, below))
    assert (6, 31) <= least <= version < below


def test_the_readme_names_every_limit_that_can_be_set():
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "stylize").rglob("*.py"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    names = set(re.findall(r'\blimit\("(\w+)"', code))
    assert len(names) > 10
    assert {name for name in names if f"`STYLIZE_{name}`" not in readme} == set()


def test_the_requirements_are_the_cards_four_and_the_packages_own():
    tomllib = pytest.importorskip("tomllib")  # Python 3.11

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = (ROOT / "requirements.txt").read_text().split()
    assert {re.match(r"\w+", line)[0] for line in wanted} == {"gradio", "torch", "torchvision", "pillow"}
    assert sorted(wanted) == sorted(project["dependencies"] + project["optional-dependencies"]["page"])
    assert not any("gradio" in line for line in project["dependencies"])


@pytest.mark.slow
def test_a_wheel_in_an_environment_without_gradio_paints_and_says_what_the_page_needs(tmp_path):
    source, empty = tmp_path / "source", tmp_path / "empty"
    skipped = shutil.ignore_patterns(".git", "build", "*.egg-info", "__pycache__", ".*_cache", ".venv")
    shutil.copytree(ROOT, source, ignore=skipped)
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(empty), str(source)]
    subprocess.run(pip, check=True, capture_output=True)
    (tmp_path / "gradio.py").write_text("raise ImportError('as if it were not installed')\n")
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{empty}", "PYTHONSAFEPATH": "1"}

    def run(program, *arguments):
        code = f"import sys; sys.argv[0] = 'x'; from {program} import main; sys.exit(main())"
        command = [sys.executable, "-c", code, *map(str, arguments)]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    pictures = EXAMPLES / "content_face.jpg", EXAMPLES / "style_ink.jpg"
    painted = run("stylize.cli.main", *pictures, "-o", tmp_path / "a.png", "--size", 64, "--iterations", 2)
    assert painted.returncode == 0, painted.stderr
    page = run("stylize.page.__main__")
    assert page.returncode == 1
    assert "gradio, which cannot be imported (as if it were not installed)" in page.stderr
    assert "pip install" in page.stderr
    assert page.stderr.count("\n") == 1
    there = {path.name for path in (empty / "stylize" / "page" / "examples").glob("*.jpg")}
    assert {path.name for path in TILES} | {"first.jpg", "presets.jpg"} <= there


def test_the_page_decodes_files_in_the_child_process_alone_and_only_the_page_imports_gradio():
    for path in (ROOT / "stylize").rglob("*.py"):
        in_page = "page" in path.relative_to(ROOT).parts
        forbidden = r"\b(open_picture|open_mask)\(" if in_page else "gradio"
        assert not re.search(forbidden, path.read_text(encoding="utf-8")), path
