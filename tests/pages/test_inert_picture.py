"""Is a picture that could do something kept off the site?"""

import pytest
from board_toys import BOARDS

from emobench.pages.inert_picture import inert

HARMFUL = (
    "<svg><script>1</script></svg>", "<svg onload='x()'/>", '<svg/onload="x()"/>', "<svg><a href='#x'/></svg>",
    "<svg><use href='http://host/x'/></svg>", "<svg><use xlink:href = data:text/html,x /></svg>",
    "<svg><image href='data:image/svg+xml;base64,x'/></svg>", "<svg><foreignObject/></svg>",
    "<svg><style>@import 'x'</style></svg>", "<svg><style>*{fill:url(http://x)}</style></svg>",
    "<!DOCTYPE svg [<!ENTITY a 'x'>]><svg/>", "<?xml-stylesheet href='x'?><svg/>", "<svg><animate/></svg>",
    "<svg>\x00</svg>", "<svg><text>&#60;script></text></svg>",
)  # fmt: skip


@pytest.mark.parametrize("picture", HARMFUL)
def test_what_acts_or_loads_is_no_picture(picture):
    """Programs, handlers, entities, and references to anything outside."""
    assert not inert(picture.encode())


def test_other_encodings_are_no_pictures():
    """UTF-16 could hide an element from whoever reads bytes."""
    assert not inert("<svg/>".encode("utf-16"))


def test_pictures_of_records_are_pictures():
    """All that stands on the project's boards is shown."""
    assert all(inert(path.read_bytes()) for path in BOARDS.rglob("*.svg"))
