"""Writes the documentation and the page's list of formats: `python -m infra.formats`."""

from infra.formats.files import FILES

if __name__ == "__main__":
    for path, text in FILES.items():
        path.write_text(text())
