"""Small real files to carry receipts: a picture, a picture without loss, a clip."""

import io
from pathlib import Path

import numpy as np

SIDE = 48


def write(path: Path) -> str:
    """Write a file of the format that the suffix names; return its media type."""
    if path.suffix == ".mp4":
        path.write_bytes(_clip())
        return "video/mp4"
    from PIL import Image

    rows = np.random.default_rng(5).integers(0, 255, (SIDE, SIDE, 3), dtype=np.uint8)
    Image.fromarray(rows).save(path)
    return {".jpg": "image/jpeg", ".png": "image/png"}[path.suffix]


def _clip() -> bytes:
    import av

    content = io.BytesIO()
    with av.open(content, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = SIDE
        stream.pix_fmt = "yuv420p"
        for shade in range(0, 100, 20):
            frame = np.full((SIDE, SIDE, 3), shade, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return content.getvalue()
