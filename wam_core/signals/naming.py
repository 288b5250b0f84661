"""What a file is that is not read, and what would do: one row for each kind of file people have."""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

import puremagic

# Below this, puremagic's guess rests on two bytes or on one of several readings of three.
_CONFIDENT = 0.6
# What it is known to say of files that are something else.
_DOUBTFUL = re.compile(r"quattro|embroidery|1-2-3|comic book|audio|targa", re.IGNORECASE)
_WITHIN = 2**16

_SAVE_PICTURE = "exporting it as PNG or JPEG helps"
_SAVE_SOUND = "saving it as WAV or FLAC helps"
_SAVE_VOLUME = "saving it as NIfTI, NRRD or NPY helps"
_SAVE_MESH = "exporting it as STL, PLY or GLB helps"
_UNPACK = "the files in it are read one by one once they are unpacked"


@dataclass(frozen=True)
class Kind:
    """A kind of file that is not read.

    Attributes:
        name: in words that follow "is".
        advice: what would do; empty where nothing does.
        magic: its first bytes, one of these.
        at: where they are.
        test: in place of ``magic``, whether the beginning of a file is one.
    """

    name: str
    advice: str = ""
    magic: tuple[bytes, ...] = ()
    at: int = 0
    test: Callable[[bytes], bool] | None = None

    def fits(self, data: bytes) -> bool:
        """Whether a file is of this kind."""
        if self.test is not None:
            return self.test(data)
        return data[self.at :].startswith(self.magic)


def _text(*words: bytes) -> Callable[[bytes], bool]:
    """Whether a text begins with one of the words, after what may stand before it."""
    return lambda data: _start(data).startswith(words)


def _zip(*names: bytes) -> Callable[[bytes], bool]:
    """Whether a ZIP archive holds a member whose path begins like this."""
    return lambda data: (
        data[:4] == b"PK\3\4"
        and any(
            b"PK\1\2" in data and name in data[-_WITHIN:] or name in data[:_WITHIN]
            for name in names
        )
    )


def _brand(*brands: bytes) -> Callable[[bytes], bool]:
    """Whether the first box of an ISO media file names one of the brands."""
    return lambda data: data[4:8] == b"ftyp" and data[8 : 8 + len(brands[0])] in brands


def _riff(kind: bytes) -> Callable[[bytes], bool]:
    return lambda data: data[:4] == b"RIFF" and data[8:12] == kind


def _hdf5(word: bytes) -> Callable[[bytes], bool]:
    return lambda data: data[:8] == b"\x89HDF\r\n\x1a\n" and word in data[:_WITHIN]


def _start(data: bytes) -> bytes:
    return data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()


_CFB = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MATLAB5 = b"MATLAB 5.0 MAT-file"

KINDS: tuple[Kind, ...] = (
    # documents and pages
    Kind("a web page (HTML)", "saving the picture in it as a file of its own helps",
         test=_text(b"<!doctype html", b"<html")),
    Kind("a drawing (SVG), not a photograph", _SAVE_PICTURE, test=lambda d: b"<svg" in _start(d)),
    Kind("a document (PDF)", "exporting its page as PNG helps", test=_text(b"%pdf")),
    Kind("a drawing (EPS or PostScript)", _SAVE_PICTURE,
         test=_text(b"%!ps", b"\xc5\xd0\xd3\xc6")),
    Kind("a Word document (DOCX)", test=_zip(b"word/document.xml")),
    Kind("a spreadsheet (XLSX)", "saving its numbers as CSV helps", test=_zip(b"xl/workbook.xml")),
    Kind("a presentation (PPTX)", test=_zip(b"ppt/presentation.xml")),
    Kind("an OpenDocument file", test=_zip(b"mimetypeapplication/vnd.oasis")),
    Kind("an electronic book (EPUB)", test=_zip(b"mimetypeapplication/epub")),
    Kind("an older Office document (DOC, XLS or PPT)", magic=(_CFB,)),
    Kind("a text in Rich Text Format", test=_text(b"{\\rtf")),
    Kind("a Jupyter notebook", test=lambda d: d[:1] == b"{" and b'"nbformat"' in d[-4096:]),
    # pictures
    Kind("a JPEG XL picture", _SAVE_PICTURE,
         (b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")),
    Kind("a Photoshop picture (PSD)", _SAVE_PICTURE, (b"8BPS",)),
    Kind("a GIMP picture (XCF)", _SAVE_PICTURE, (b"gimp xcf",)),
    Kind("a Krita picture", _SAVE_PICTURE, test=_zip(b"mimetypeapplication/x-krita")),
    Kind("an OpenEXR picture", _SAVE_PICTURE, (b"v/1\x01",)),
    Kind("a Radiance HDR picture", _SAVE_PICTURE, (b"#?RADIANCE", b"#?RGBE")),
    Kind("a DirectDraw texture (DDS)", _SAVE_PICTURE, (b"DDS ",)),
    Kind("a KTX texture", _SAVE_PICTURE, (b"\xabKTX 11", b"\xabKTX 20")),
    Kind("a camera's raw file (Fujifilm RAF)", _SAVE_PICTURE, (b"FUJIFILMCCD-RAW",)),
    Kind("a camera's raw file (Canon CR3)", _SAVE_PICTURE, test=_brand(b"crx ")),
    Kind("a camera's raw file (Olympus ORF)", _SAVE_PICTURE, (b"IIRO", b"IIRS", b"MMOR")),
    Kind("a camera's raw file (Panasonic RW2)", _SAVE_PICTURE, (b"IIU\0",)),
    Kind("a camera's raw file (Canon CRW)", _SAVE_PICTURE, (b"HEAPCCDR",), 6),
    Kind("a camera's raw file (Sigma X3F)", _SAVE_PICTURE, (b"FOVb",)),
    Kind("an icon or a cursor of Windows", _SAVE_PICTURE, (b"\0\0\1\0", b"\0\0\2\0")),
    Kind("an icon of macOS (ICNS)", _SAVE_PICTURE, (b"icns",)),
    Kind("a Windows metafile", _SAVE_PICTURE, (b"\xd7\xcd\xc6\x9a", b"\1\0\0\0\x6c\0\0\0")),
    Kind("a DjVu document", _SAVE_PICTURE, (b"AT&TFORM",)),
    Kind("a FITS file of astronomy", "saving its values as NPY or TIFF helps", (b"SIMPLE  =",)),
    # medicine and volumes
    Kind("a volume of another kind (DICOM), which has to be converted to NIfTI",
         "dcm2niix converts a whole series", (b"DICM",), 128),
    Kind("an Analyze header or volume", _SAVE_VOLUME,
         test=lambda d: d[:4] in (b"\x5c\1\0\0", b"\0\0\1\x5c") and d[38:39] in (b"r", b"\0")),
    Kind("a MINC volume (version 2)", _SAVE_VOLUME, test=_hdf5(b"minc-2.0")),
    Kind("a MATLAB file (version 7.3)", _SAVE_VOLUME,
         (b"MATLAB 7.3 MAT-file",)),
    Kind("a sound of another kind (MATLAB) or other values of MATLAB",
         "saving the array as NPY or NIfTI helps", (_MATLAB5, b"MATLAB 5.0")),
    Kind("an HDF5 file", "saving one array of it as NPY helps", (b"\x89HDF\r\n\x1a\n",)),
    Kind("a NetCDF file", "saving one array of it as NPY helps", (b"CDF\1", b"CDF\2", b"CDF\5")),
    Kind("a VTK file", _SAVE_MESH, test=_text(b"# vtk datafile", b'<?xml version="1.0"?>\n<vtkfile', b"<vtkfile")),
    Kind("a GIFTI surface", _SAVE_MESH, test=lambda d: b"<gifti" in _start(d)),
    Kind("a FreeSurfer surface", _SAVE_MESH, (b"\xff\xff\xfe",)),
    Kind("an MRC map of electron microscopy", _SAVE_VOLUME, (b"MAP ",), 208),
    Kind("a sparse grid (OpenVDB)", _SAVE_VOLUME, (b" BDV",)),
    Kind("an Olympus, Zeiss or Leica microscope file (CFB)", "saving it as OME-TIFF helps", (_CFB,)),
    Kind("a Zeiss microscope file (CZI)", "saving it as OME-TIFF helps", (b"ZISRAWFILE",)),
    Kind("a Nikon microscope file (ND2)", "saving it as OME-TIFF helps", (b"\xda\xce\xbe\x0a",)),
    # meshes
    Kind("a 3MF model", _SAVE_MESH, test=_zip(b"3D/3dmodel.model")),
    Kind("a Blender scene", _SAVE_MESH, (b"BLENDER",)),
    Kind("an FBX model", _SAVE_MESH, (b"Kaydara FBX Binary", b"; FBX")),
    Kind("a Collada model (DAE)", _SAVE_MESH, test=lambda d: b"<collada" in _start(d)),
    Kind("an X3D or VRML model", _SAVE_MESH, test=lambda d: _start(d).startswith(b"#vrml") or b"<x3d" in _start(d)),
    Kind("a 3D Studio model (3DS)", _SAVE_MESH,
         test=lambda d: d[:2] == b"MM" and d[6:8] in (b"\2\0", b"\x3d\x3d")),
    Kind("a CAD model (STEP)", _SAVE_MESH, test=_text(b"iso-10303-21")),
    Kind("a CAD drawing (DWG)", _SAVE_MESH, (b"AC10",)),
    Kind("a CAD drawing (DXF)", _SAVE_MESH, test=lambda d: bool(re.match(rb"\s*0\r?\n\s*SECTION\r?\n", d[:64]))),
    Kind("a USD scene", _SAVE_MESH, (b"#usda", b"PXR-USDC")),
    Kind("a scan of E57", "saving its points as LAS or PLY helps", (b"ASTM-E57",)),
    # sounds and films
    Kind("a sound of another kind (big-endian WAV)", _SAVE_SOUND, (b"RIFX",)),
    Kind("a sound of another kind (OGG without Vorbis or Opus)", _SAVE_SOUND, (b"OggS",)),
    Kind("a music tag (ID3) without a sound that is known behind it", _SAVE_SOUND, (b"ID3",)),
    Kind("a sound of another kind (AMR)", _SAVE_SOUND, (b"#!AMR",)),
    Kind("a sound of another kind (MIDI, which holds notes and no sound)",
         "rendering it as WAV helps", (b"MThd",)),
    Kind("a sound or film of another kind (Windows Media)", _SAVE_SOUND, (b"\x30\x26\xb2\x75",)),
    Kind("a sound of another kind (Monkey's Audio)", _SAVE_SOUND, (b"MAC ",)),
    Kind("a sound of another kind (WavPack)", _SAVE_SOUND, (b"wvpk",)),
    Kind("a sound of another kind (Musepack)", _SAVE_SOUND, (b"MPCK", b"MP+")),
    Kind("a sound of another kind (DSD)", _SAVE_SOUND, (b"DSD ", b"FRM8")),
    Kind("a sound of another kind (True Audio)", _SAVE_SOUND, (b"TTA1", b"TTA2")),
    Kind("a recording of NIST SPHERE", _SAVE_SOUND, (b"NIST_1A",)),
    Kind("a film (AVI), which is not read yet", "saving one picture of it as PNG helps",
         test=_riff(b"AVI ")),
    Kind("a film (Flash Video), which is not read yet", magic=(b"FLV\1",)),
    Kind("a film (MPEG), which is not read yet", magic=(b"\0\0\1\xba", b"\0\0\1\xb3")),
    Kind("a film (MPEG transport stream), which is not read yet",
         test=lambda d: len(d) > 376 and d[0] == d[188] == d[376] == 0x47),
    # recordings of the body, series
    Kind("a recording of the body (EDF or BDF), which is not read yet",
         test=lambda d: d[:8] in (b"0       ", b"\xffBIOSEMI")),
    Kind("a series of measurements (TS), which is not read yet",
         test=lambda d: b"@problemname" in _start(d) or b"@timestamps" in _start(d)),
    Kind("a table of Weka (ARFF), which is not read yet", test=lambda d: b"@relation" in _start(d)),
    Kind("a Parquet table", "saving its columns as CSV or NPY helps", (b"PAR1",)),
    Kind("an Arrow or Feather table", "saving its columns as CSV or NPY helps", (b"ARROW1", b"FEA1")),
    # networks, programs and archives
    Kind("weights of a network (safetensors)", "weights are chosen under the network, not as an input",
         test=lambda d: d[8:10] == b'{"' and int.from_bytes(d[:8], "little") < 2**27),
    Kind("a checkpoint of PyTorch", "weights are chosen under the network, not as an input",
         test=_zip(b"/data.pkl")),
    Kind("pickled Python objects, which are never opened", "an array saved by numpy.save helps",
         test=lambda d: d[:1] == b"\x80" and d[1:2] in (b"\2", b"\3", b"\4", b"\5")),
    Kind("a database (SQLite)", magic=(b"SQLite format 3\0",)),
    Kind("a program (ELF)", magic=(b"\x7fELF",)),
    Kind("a program of Windows", test=lambda d: d[:2] == b"MZ" and b"This program" in d[:512]),
    Kind("a font", magic=(b"OTTO", b"wOFF", b"wOF2", b"\0\1\0\0\0")),
    Kind("a ZIP archive or an office document", _UNPACK, (b"PK\3\4", b"PK\5\6")),
    Kind("a RAR archive", _UNPACK, (b"Rar!\x1a\x07",)),
    Kind("a 7-Zip archive", _UNPACK, (b"7z\xbc\xaf\x27\x1c",)),
    Kind("a TAR archive", _UNPACK, (b"ustar",), 257),
    Kind("a file inside gzip that is no NIfTI or MGH volume", "it is read once it is unpacked",
         (b"\x1f\x8b",)),
    Kind("a file inside bzip2", "it is read once it is unpacked", (b"BZh",)),
    Kind("a file inside xz", "it is read once it is unpacked", (b"\xfd7zXZ\0",)),
    Kind("a file inside Zstandard", "it is read once it is unpacked", (b"\x28\xb5\x2f\xfd",)),
    Kind("a pointer of Git LFS, not the file itself", "git lfs pull fetches it",
         test=_text(b"version https://git-lfs")),
)  # fmt: skip


def description(data: bytes) -> tuple[str, str]:
    """What a refused file is, in words that follow "is"; and what would do, or nothing."""
    for kind in KINDS:
        if kind.fits(data):
            return kind.name, kind.advice
    try:
        best = puremagic.magic_string(data[:_WITHIN])[0]
    except (puremagic.PureError, ValueError):
        best = None
    if (
        best is not None
        and best.name
        and best.confidence >= _CONFIDENT
        and not _DOUBTFUL.search(best.name)
    ):
        return f"of another kind ({best.name})", ""
    start = data[:1024]
    try:
        # Incremental, because the last character may be cut in two.
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return "of a kind that is not recognised", ""
    return ("of a kind that is not recognised" if b"\0" in start else "plain text"), ""
