"""What does a page consist of? Its elements, its texts and its charts, as a reader meets them."""

import json
from html.parser import HTMLParser


class Parts(HTMLParser):
    """The parts of a page.

    tags: (name, names of attributes) in order. texts: of elements other than scripts and styles. data: parsed JSON.
    """

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.tags, self.texts, self.data, self.values = [], [], [], []
        self._inside, self._json = "", ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.values += [(tag, name, value) for name, value in attrs]
        if tag in ("script", "style"):
            self._inside = "json" if ("type", "application/json") in attrs else tag

    def handle_endtag(self, tag):
        if self._inside == "json" and tag == "script":
            self.data.append(json.loads(self._json))
            self._json = ""
        if tag in ("script", "style"):
            self._inside = ""

    def handle_data(self, data):
        if self._inside == "json":
            self._json += data
        elif not self._inside and data.strip():
            self.texts.append(data)
