"""Which colours, shapes and dashes do charts use? Told apart by the colour-blind, on white and on black."""

from collections.abc import Sequence
from dataclasses import dataclass

from emobench.views.heat_map import readable_on

# After Okabe & Ito (2008), darkened for white paper: each stands out from it by 3 to 1 (WCAG 2.1). `charts.js` has the
# same inks and the partner of each on a dark page.
COLOURS = ("#0072b2", "#b85000", "#00795c", "#a3478a", "#8a6500", "#2a7fae", "#5b4fc0", "#c22f2f")
GREYS = ("#6f6f6f", "#888888", "#595959")
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left")
SOLID: tuple[int, ...] = (1, 0)
DASHES: tuple[tuple[int, ...], ...] = (SOLID, (12, 3), (9, 3, 2, 3))
CONTROL_DASHES: tuple[tuple[int, ...], ...] = ((5, 4), (2, 3), (8, 3, 2, 3))
NOTHING = "#d0d0d0"

Colour = tuple[float, float, float, float]


@dataclass(frozen=True)
class Ink:
    """How one series is drawn: a colour, a shape for points and a dash for lines, so that colour is never alone."""

    colour: str
    shape: str
    dash: tuple[int, ...] = SOLID


def inks(controls: Sequence[bool]) -> list[Ink]:
    """An ink for every series; controls are grey and dashed, the others are told apart by all three."""
    found, models, greys = [], 0, 0
    for place, control in enumerate(controls):
        shape = SHAPES[place % len(SHAPES)]
        if control:
            found.append(Ink(GREYS[greys % len(GREYS)], shape, CONTROL_DASHES[greys % len(CONTROL_DASHES)]))
            greys += 1
        else:
            dash = DASHES[models // len(COLOURS) % len(DASHES)]
            found.append(Ink(COLOURS[models % len(COLOURS)], shape, dash))
            models += 1
    return found


def rgba(colour: str) -> Colour:
    """``#rrggbb`` as red, green, blue and 1, each 0 to 1."""
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue, 1.0


def ink_on(value: float | None, domain: Sequence[float], colours: Sequence[str]) -> str:
    """Black or white, whichever is easier to read on the colour that a linear scale gives a value.

    Args:
        value: None is drawn on `NOTHING`.
        domain: rising numbers.
        colours: ``#rrggbb`` of each; between them the scale mixes red, green and blue.
    """
    return readable_on(rgba(NOTHING) if value is None else mixed(value, domain, colours))


def hexadecimal(colour: Colour) -> str:
    """A colour as ``#rrggbb``."""
    return "#" + "".join(f"{round(255 * part):02x}" for part in colour[:3])


def mixed(value: float, domain: Sequence[float], colours: Sequence[str]) -> Colour:
    """The colour that a linear scale gives a value; beyond the ends, that of the end."""
    inside = min(max(value, domain[0]), domain[-1])
    place = next(place for place in range(1, len(domain)) if inside <= domain[place])
    low, high = domain[place - 1], domain[place]
    share = 0.0 if high == low else (inside - low) / (high - low)
    one, other = rgba(colours[place - 1]), rgba(colours[place])
    red, green, blue, _ = (a + share * (b - a) for a, b in zip(one, other, strict=True))
    return red, green, blue, 1.0
