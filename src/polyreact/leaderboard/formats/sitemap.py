"""Where search engines find the pages (sitemaps.org 0.9); it takes whole addresses, and so the site's own."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote
from xml.etree import ElementTree as ET

_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def render_sitemap(address: str, pages: Iterable[str]) -> bytes:
    """The pages, by their paths below `address`, which ends with a slash."""
    ET.register_namespace("", _SITEMAP)
    root = ET.Element(f"{{{_SITEMAP}}}urlset")
    for page in sorted(pages):
        url = ET.SubElement(root, f"{{{_SITEMAP}}}url")
        ET.SubElement(url, f"{{{_SITEMAP}}}loc").text = address + quote(page)
    ET.indent(root)
    content: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def render_robots(address: str) -> bytes:
    """Everybody may read everything, and where the sitemap is."""
    return f"User-agent: *\nAllow: /\nSitemap: {address}sitemap.xml\n".encode()
