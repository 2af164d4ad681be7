"""The EXIF of a photo that stays true when its pixels are restored."""

from PIL import ExifTags, Image
from PIL.ImageFile import ImageFile

KEPT = (
    ExifTags.Base.ImageDescription, ExifTags.Base.Make, ExifTags.Base.Model, ExifTags.Base.Software,
    ExifTags.Base.DateTime, ExifTags.Base.Artist, ExifTags.Base.Copyright,
    ExifTags.Base.XResolution, ExifTags.Base.YResolution, ExifTags.Base.ResolutionUnit,
)  # fmt: skip
UNTRUE = (  # sizes that restoring may change, and what points into the old file
    ExifTags.Base.ExifImageWidth, ExifTags.Base.ExifImageHeight, ExifTags.Base.MakerNote,
    ExifTags.Base.ExifInteroperabilityOffset,
)  # fmt: skip


def exif_of(image: ImageFile) -> bytes | None:
    """EXIF of an opened image: date, camera, settings, place and author, in bytes to be saved.

    Left out are the orientation, sizes, thumbnails and the maker's own notes. None where there is
    none, or it is damaged.
    """
    try:
        stored, kept = image.getexif(), Image.Exif()
        kept.update({tag: stored[tag] for tag in KEPT if tag in stored})
        parts = 0
        for part in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo):
            values = {tag: v for tag, v in stored.get_ifd(part).items() if tag not in UNTRUE}
            if values:
                kept.get_ifd(part).update(values)
                parts += 1
        return kept.tobytes() if len(kept) + parts else None
    except Exception:  # of damaged EXIF, which is no reason to lose the picture
        return None
