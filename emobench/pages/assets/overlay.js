"use strict";
// Lays the layer curves of chosen backbones over each other: checkboxes with names, and a switch for the axis.
(() => {
  const { redraw: redrawn, EMPTY, box, group, inks, greys } = window.emobench;
  const DASHES = [[1, 0], [12, 3], [9, 3, 2, 3]]; // of the first eight models, of the next, of all others
  const SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left"];
  const CONTROL_DASHES = [[5, 4], [2, 3], [8, 3, 2, 3]];
  const SLOTS = 8;
  const MANY = 12;

  const short = (number) => (number === null ? "" : number.toFixed(3).replace(/^(-?)0\./, "$1."));

  function rowsOf(curve, relative, last) {
    const rows = curve.points.map(([layer, place, depth, value, low, high]) => ({
      series: curve.name, layer, x: relative ? depth : place, value, low, high,
      between: low === null ? "none" : `${short(low)} to ${short(high)}`,
    }));
    if (rows.length !== 1) return rows;
    return [{ ...rows[0], x: 0, across: true }, { ...rows[0], x: relative ? 1 : last, across: true }];
  }

  function filled(base, chosen, slots, relative, last) {
    const names = chosen.map((curve) => curve.name);
    const cycled = (list, place) => list[place % list.length];
    const dash = (curve, slot) => (curve.control ? cycled(CONTROL_DASHES, slot) : cycled(DASHES, Math.floor(slot / SLOTS)));
    const shape = (curve, slot) => cycled(SHAPES, curve.control ? slot + SLOTS / 2 : slot);
    const ranges = {
      color: chosen.map((curve) => cycled(curve.control ? greys : inks, slots.get(curve))),
      strokeDash: chosen.map((curve) => dash(curve, slots.get(curve))),
      shape: chosen.map((curve) => shape(curve, slots.get(curve))),
    };
    const spec = structuredClone(base);
    spec.data.values = chosen.flatMap((curve) => rowsOf(curve, relative, last));
    for (const layer of spec.layer) {
      if (layer.encoding.x) layer.encoding.x.title = relative ? "relative depth (0: first layer, 1: last)" : "layer, by its place";
      for (const [channel, range] of Object.entries(ranges)) {
        if (layer.encoding[channel]) layer.encoding[channel].scale = { domain: names, range };
      }
    }
    return spec;
  }

  function offer(figure) {
    const base = JSON.parse(figure.querySelector("script.spec").textContent);
    const { curves } = JSON.parse(figure.querySelector("script.curves").textContent);
    const last = Math.max(1, ...curves.flatMap((curve) => curve.points.map((point) => point[1])));
    const chosen = new Set(curves.filter((curve) => curve.shown));
    const slots = new Map();
    let relative = true;

    function redraw() {
      for (const curve of slots.keys()) if (!chosen.has(curve)) slots.delete(curve);
      for (const curve of chosen) {
        if (slots.has(curve)) continue;
        const alike = [...slots].filter(([other]) => other.control === curve.control);
        const taken = new Set(alike.map(([, slot]) => slot));
        let slot = 0;
        while (taken.has(slot)) slot += 1;
        slots.set(curve, slot);
      }
      const inOrder = curves.filter((curve) => chosen.has(curve));
      const spec = inOrder.length ? filled(base, inOrder, slots, relative, last) : EMPTY;
      return redrawn(figure, spec);
    }

    const names = document.createElement("div");
    names.className = "names";
    const labels = curves.map((curve) => box(curve.name + (curve.control ? " (control)" : ""), curve.shown, (checked) => {
      if (checked) chosen.add(curve); else chosen.delete(curve);
      redraw();
    }));
    names.append(...labels);
    const search = document.createElement("label");
    search.className = "filter";
    const input = document.createElement("input");
    input.type = "search";
    input.addEventListener("input", () => {
      const wanted = input.value.toLowerCase();
      labels.forEach((label) => { label.hidden = !label.textContent.toLowerCase().includes(wanted); });
    });
    search.append("Find a curve ", input);
    const axis = `${figure.id}-axis`;
    const places = figure.querySelector(".choices");
    places.append(
      group("Curves", ...(curves.length > MANY ? [search] : []), names),
      group("Across",
        box("relative depth", true, () => { relative = true; redraw(); }, "radio", axis),
        box("layer, by its place", false, () => { relative = false; redraw(); }, "radio", axis)),
    );
    places.hidden = false;
    redraw();
  }

  for (const figure of document.querySelectorAll("figure.overlay")) offer(figure);
})();
