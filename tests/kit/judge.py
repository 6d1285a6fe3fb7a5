"""Programs and libraries of other people, held against many bundles in one go.

    python3 judge.py bundles BUNDLE FOLDER [BUNDLE FOLDER ...]
    python3 judge.py sheets FOLDER [FOLDER ...]

A FOLDER is a BUNDLE unpacked. Prints a line of figures for each; exits with 1 and says why when one is not in order,
with 3 when a library or program that it needs is not there, which it names. Knows nothing of Postern's but where the
lanes lie in a bundle.
"""

import csv
import importlib.util
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
import zipfile

MISSING = 3

# Comma, quote, UTF-8, from line 1, no columns, any language, "quoted field as text": as README.txt in a bundle says.
IMPORT_OF_CSV = "CSV:44,34,76,1,,0,true"

# LibreOffice forgets, without a word, what is named beyond some 250 files.
AT_ONCE = 200

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


class Wrong(Exception):
    """What is not in order."""


def demand(holds, what):
    if not holds:
        raise Wrong(what)


def package(name):
    """The folder of a package that is installed, without running any of it."""
    found = importlib.util.find_spec(name)
    if found is None:
        print(name)
        sys.exit(MISSING)
    return pathlib.Path(found.origin).parent


class Profiles:
    """The profiles of Data Package v2, in the package that its authors publish them in (dplib-py)."""

    NAMES = ["datapackage", "dataresource", "tableschema", "tabledialect"]

    def __init__(self):
        package("jsonschema")
        import jsonschema

        folder = package("dplib") / "profiles" / "2.0"
        self.validators = {}
        self.seen = set()
        for name in self.NAMES:
            schema = json.loads((folder / f"{name}.json").read_text("utf-8"))
            kind = jsonschema.validators.validator_for(schema)
            kind.check_schema(schema)
            self.validators[name] = kind(schema, format_checker=jsonschema.FormatChecker())

    def complaints(self, name, instance):
        return [f"{name} {error.json_path}: {error.message[:300]}" for error in self.validators[name].iter_errors(instance)]

    def judge(self, descriptor):
        parts = [("datapackage", descriptor)]
        for resource in descriptor["resources"]:
            # Sizes and sums alone tell many a resource from that of another bundle, and the package was seen with them.
            like = {**resource, "bytes": 1, "hash": "sha256:" + "0" * 64}
            parts.append(("dataresource", like))
            parts.extend((f"table{part}", resource[part]) for part in ("schema", "dialect") if part in resource)
        complaints = []
        for name, part in parts:
            key = (name, json.dumps(part))
            if key not in self.seen:
                self.seen.add(key)
                complaints.extend(self.complaints(name, part))
        demand(not complaints, "\n".join(complaints[:20]))

    def notice(self, descriptor):
        """A judge who takes anything is none."""

        def spoilt(change):
            other = json.loads(json.dumps(descriptor))
            change(other)
            return other

        first = descriptor["resources"][0]
        for name, other in [
            ("datapackage", spoilt(lambda d: d.pop("resources"))),
            ("datapackage", spoilt(lambda d: d["resources"][0].update(path="/etc/passwd"))),
            ("dataresource", {**first, "name": 7}),
            ("tableschema", {**first["schema"], "fields": [{"type": "string"}]}),
            ("tabledialect", {**first.get("dialect", {}), "header": "yes"}),
        ]:
            demand(self.complaints(name, other), f"the profile {name} takes anything")


def judge_archive(bundle):
    with zipfile.ZipFile(bundle) as archive:
        demand(archive.testzip() is None, "zipfile finds a damaged entry")
        demand(archive.namelist(), "zipfile finds no entry")


def judge_bag(folder):
    import bagit

    bagit.Bag(str(folder)).validate(processes=1)


def judge_by_frictionless(bundle, descriptor):
    import frictionless

    report = frictionless.validate(str(bundle))
    demand(report.valid, json.dumps(report.to_dict(), indent=1)[:4000])
    # A ZIP that it does not take for a package is "valid" too, with a single task.
    demand(len(report.tasks) == len(descriptor["resources"]), "frictionless has not looked at every resource")
    return sum(task.stats.get("rows") or 0 for task in report.tasks)


def rows_of(path):
    """The rows of an exact lane."""
    text = path.read_text("utf-8")
    if path.suffix == ".json":
        return json.loads(text)
    return [json.loads(line) for line in text.split("\n") if line]


def judge_rows(folder):
    """Every row of the exact lanes against its JSON Schema."""
    import jsonschema

    count = 0
    for file in sorted((folder / "data" / "schema").glob("*.schema.json")):
        schema = json.loads(file.read_text("utf-8"))
        kind = jsonschema.validators.validator_for(schema)
        kind.check_schema(schema)
        validator = kind(schema, format_checker=jsonschema.FormatChecker())
        table = file.name.removesuffix(".schema.json")
        for lane in ("ndjson", "json"):
            path = folder / "data" / lane / f"{table}.{lane}"
            for number, row in enumerate(rows_of(path) if path.exists() else []):
                error = next(validator.iter_errors(row), None)
                demand(error is None, f"{path.name}, row {number}: {error and error.message[:300]}")
                count += 1
    return count


def judge_bundles(arguments):
    for name in ("bagit", "frictionless", "jsonschema"):
        package(name)
    profiles = Profiles()
    for number, (bundle, folder) in enumerate(zip(arguments[::2], arguments[1::2], strict=True)):
        folder = pathlib.Path(folder)
        try:
            descriptor = json.loads((folder / "datapackage.json").read_text("utf-8"))
            judge_archive(bundle)
            judge_bag(folder)
            profiles.judge(descriptor)
            if number == 0:
                profiles.notice(descriptor)
            tabular = judge_by_frictionless(bundle, descriptor)
            exact = judge_rows(folder)
        except Exception as wrong:
            raise Wrong(f"{bundle}: {type(wrong).__name__}: {wrong}") from wrong
        print(json.dumps({"resources": len(descriptor["resources"]), "tabular": tabular, "exact": exact}))


def expected_sheet(path):
    """The header of a table's CSV or workbook, and how many rows the exact lane beside it has, or the CSV."""
    data = path.parent.parent
    table = path.stem
    with open(data / "csv" / f"{table}.csv", newline="", encoding="utf-8") as file:
        lines = csv.reader(file, strict=True)
        return next(lines), sum(1 for _ in lines)


def opened(path):
    """What a spreadsheet has made of a table: its lines that are not empty, and the first formula."""
    lines = []
    for _, element in xml.etree.ElementTree.iterparse(path):
        if element.tag == f"{TABLE}table-cell":
            formula = element.get(f"{TABLE}formula")
            demand(formula is None, f"{path.name} has the formula {formula}")
        if element.tag == f"{TABLE}table-row":
            cells = [
                ["\n".join("".join(text.itertext()) for text in cell.iter(f"{TEXT}p"))]
                * min(int(cell.get(f"{TABLE}number-columns-repeated", "1")), 1_000)
                for cell in element.iter(f"{TABLE}table-cell")
            ]
            cells = [text for repeated in cells for text in repeated]
            if any(cells):
                lines.extend([cells] * int(element.get(f"{TABLE}number-rows-repeated", "1")))
            element.clear()
    return lines


def batches(items, size):
    return [items[at : at + size] for at in range(0, len(items), size)]


def judge_sheets(folders):
    soffice = shutil.which("soffice")
    if soffice is None:
        print("soffice")
        sys.exit(MISSING)
    figures = {folder: {"csv": 0, "xlsx": 0} for folder in folders}
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        for lane, options in (("csv", [f"--infilter={IMPORT_OF_CSV}"]), ("xlsx", [])):
            # Tables have the same names in every bundle; what is opened lies in one folder.
            sheets = {}
            (work / lane).mkdir()
            for number, folder in enumerate(folders):
                for path in sorted(pathlib.Path(folder, "data", lane).glob(f"*.{lane}")):
                    sheet = work / lane / f"{number}-{path.name}"
                    shutil.copyfile(path, sheet)
                    sheets[sheet] = (folder, path)
            if not sheets:
                continue
            # As many at a start as it takes, which itself takes longer than a sheet does.
            for files in batches(list(sheets), AT_ONCE):
                subprocess.run(
                    [soffice, f"-env:UserInstallation=file://{work}/profile", "--headless", "--convert-to", "fods"]
                    + [*options, "--outdir", work / f"opened-{lane}", *files],
                    check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300,
                )
            for sheet, (folder, path) in sheets.items():
                result = work / f"opened-{lane}" / f"{sheet.stem}.fods"
                demand(result.exists(), f"{path} cannot be opened")
                header, count = expected_sheet(path)
                lines = opened(result)
                demand(lines and lines[0][: len(header)] == header, f"{path} has another header when it is opened")
                demand(len(lines) == count + 1, f"{path} has {len(lines)} lines when it is opened, not {count + 1}")
                figures[folder][lane] += 1
    for folder in folders:
        print(json.dumps(figures[folder]))


if __name__ == "__main__":
    try:
        {"bundles": judge_bundles, "sheets": judge_sheets}[sys.argv[1]](sys.argv[2:])
    except Wrong as wrong:
        sys.exit(str(wrong))
