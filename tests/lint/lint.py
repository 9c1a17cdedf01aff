"""lint.py - shared by the checks that read C: the files, the text, the report."""
import os
import re
import subprocess
import sys

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))

# A comment, a string or a character: what a search for code must not see.
_NO_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def files(*patterns):
    """Paths of the checkout, new files included, what git ignores not."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--"]
    found = subprocess.run(command + list(patterns), check=True, capture_output=True, text=True)
    return sorted({path for path in found.stdout.split("\0") if os.path.isfile(path)})


def read(path):
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def code(text):
    """The text with comments and literals blanked, line for line."""
    return _NO_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def matches(pattern, text):
    """(line number, match) for each match of the pattern in the text."""
    for match in re.finditer(pattern, text, re.M):
        yield text.count("\n", 0, match.start()) + 1, match


def report(findings):
    """Print the verdict and leave."""
    name = os.path.basename(sys.argv[0])
    for finding in findings:
        print(finding)
    print(f"lint: {name}: {len(findings)} findings" if findings else f"lint: {name} ok")
    sys.exit(1 if findings else 0)
