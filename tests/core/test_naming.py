"""What is refused is named, with what would do: a file of each kind that people have."""

import io
import zipfile
from pathlib import Path

import pytest

from wam_core.errors import InputError
from wam_core.signals.intake import decode
from wam_core.signals.naming import KINDS, description


def zipped(*names, mimetype=None):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype)
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


# What tells a kind by more than its first bytes: a file of it.
EXAMPLES = {
    "a web page (HTML)": b"\n<!DOCTYPE html><html></html>",
    "a drawing (SVG), not a photograph": b'<?xml version="1.0"?><svg/>',
    "a document (PDF)": b"%PDF-1.7\n",
    "a drawing (EPS or PostScript)": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "a Word document (DOCX)": zipped("[Content_Types].xml", "word/document.xml"),
    "a spreadsheet (XLSX)": zipped("[Content_Types].xml", "xl/workbook.xml"),
    "a presentation (PPTX)": zipped("[Content_Types].xml", "ppt/presentation.xml"),
    "an OpenDocument file": zipped("c.xml", mimetype="application/vnd.oasis.opendocument.text"),
    "an electronic book (EPUB)": zipped("a.xhtml", mimetype="application/epub+zip"),
    "a text in Rich Text Format": b"{\\rtf1\\ansi",
    "a Jupyter notebook": b'{"cells": [], "nbformat": 4}',
    "a Krita picture": zipped("maindoc.xml", mimetype="application/x-krita"),
    "a camera's raw file (Canon CR3)": b"\0\0\0\x18ftypcrx \0\0\0\1crx isom",
    "an Analyze header or volume": b"\x5c\1\0\0" + bytes(34) + b"r" + bytes(400),
    "a MINC volume (version 2)": b"\x89HDF\r\n\x1a\n" + bytes(60) + b"minc-2.0",
    "a VTK file": b"# vtk DataFile Version 3.0\n",
    "a GIFTI surface": b'<?xml version="1.0"?><GIFTI Version="1.0">',
    "a 3MF model": zipped("[Content_Types].xml", "3D/3dmodel.model"),
    "a Collada model (DAE)": b'<?xml version="1.0"?><COLLADA>',
    "an X3D or VRML model": b"#VRML V2.0 utf8\n",
    "a 3D Studio model (3DS)": b"MM\x40\0\0\0\2\0" + bytes(40),
    "a CAD model (STEP)": b"ISO-10303-21;\nHEADER;\n",
    "a CAD drawing (DXF)": b"  0\nSECTION\n  2\nHEADER\n",
    "a film (AVI), which is not read yet": b"RIFF\0\0\0\0AVI LIST" + bytes(40),
    "a film (MPEG transport stream), which is not read yet": (b"G" + bytes(187)) * 3,
    "a recording of the body (EDF or BDF), which is not read yet": b"0       patient" + bytes(250),
    "a series of measurements (TS), which is not read yet": b"@problemName Motions\n@data\n",
    "a table of Weka (ARFF), which is not read yet": b"@relation iris\n@data\n",
    "weights of a network (safetensors)": b"\x40\0\0\0\0\0\0\0" + b'{"a":{}}' + bytes(60),
    "a checkpoint of PyTorch": zipped("net/data.pkl", "net/data/0"),
    "pickled Python objects, which are never opened": b"\x80\4\x95\0\0\0\0\0\0\0\0]\x94.",
    "a program of Windows": b"MZ" + bytes(60) + b"This program cannot be run",
    "a pointer of Git LFS, not the file itself": b"version https://git-lfs.github.com/spec/v1\n",
}
# Two kinds share their bytes: the second is never told apart.
SHADOWED = {"an Olympus, Zeiss or Leica microscope file (CFB)"}


def test_there_are_sixty_kinds_and_each_has_an_example():
    assert len(KINDS) >= 60
    assert {kind.name for kind in KINDS if kind.test is not None} == EXAMPLES.keys()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_each_kind_is_named_with_what_would_do(kind):
    files = (
        [EXAMPLES[kind.name]]
        if kind.test
        else [bytes(kind.at) + m + bytes(300) for m in kind.magic]
    )
    for data in files:
        found, advice = description(data)
        assert kind.name in SHADOWED or (found, advice) == (kind.name, kind.advice)
        with pytest.raises(InputError) as caught:
            decode(data, "file")
        message = str(caught.value)
        assert found in message or "cut short" in message or "cannot be decoded" in message
        assert "not recognised" not in message and "embroidery" not in message


@pytest.mark.parametrize("data", [b"\0\1\2\3" * 40, bytes(range(1, 256)), b"CHX 1" + bytes(90)])
def test_what_is_not_known_is_not_guessed(data):
    found, _ = description(data)
    assert "embroidery" not in found and "Quattro" not in found


def test_the_documentation_lists_every_kind():
    page = (Path(__file__).resolve().parents[2] / "docs" / "files.md").read_text()
    for kind in KINDS:
        assert f"| {kind.name} | {kind.advice or '—'} |" in page
