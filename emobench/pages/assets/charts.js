"use strict";
// Draws every chart of the page, again when light turns dark, and lets it be saved. Nothing is loaded; nothing is evaluated.
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  // Okabe and Ito (2008), darkened for white paper; beside each its partner on a dark page. Greys are of controls.
  const INKS = [["#0072b2", "#56b4e9"], ["#b85000", "#e69f00"], ["#00795c", "#2fc79a"], ["#a3478a", "#e093c2"],
    ["#8a6500", "#f0e442"], ["#2a7fae", "#8fb8ff"], ["#5b4fc0", "#b9b0ff"], ["#c22f2f", "#ff8f70"]];
  const GREYS = [["#6f6f6f", "#a0a0a0"], ["#888888", "#7d7d7d"], ["#595959", "#c4c4c4"]];
  const PARTNERS = new Map([...INKS, ...GREYS]);
  const views = new WeakMap();
  const EMPTY = null; // in place of a specification: nothing to draw

  const theme = () => {
    const night = dark.matches;
    const text = night ? "#e4e6ea" : "#1c2126";
    const soft = night ? "#b4bac4" : "#4d5661";
    const line = night ? "#3a414b" : "#d5dae0";
    return {
      background: "transparent",
      font: "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
      axis: { labelColor: soft, titleColor: text, gridColor: line, domainColor: soft, tickColor: soft,
        labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", labelLimit: 220 },
      legend: { labelColor: text, titleColor: text, labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal",
        labelLimit: 220, orient: "bottom", symbolSize: 90 },
      header: { labelColor: text, titleColor: text, labelFontSize: 12, titleFontWeight: "normal" },
      title: { color: text, subtitleColor: soft, fontSize: 13, fontWeight: 600, anchor: "start" },
      view: { stroke: null },
      text: { color: text },
      rule: { color: soft },
      tick: { color: text },
      range: { category: INKS.map((pair) => pair[Number(night)]) },
    };
  };

  // The inks of series as the page is now; colour scales of numbers stay as they are.
  function inked(value) {
    if (Array.isArray(value)) return value.map(inked);
    if (value === null || typeof value !== "object") return value;
    const made = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inked(inner)]));
    if (dark.matches && made.type === "nominal" && Array.isArray(made.scale?.range)) {
      made.scale = { ...made.scale, range: made.scale.range.map((one) => PARTNERS.get(one) ?? one) };
    }
    return made;
  }

  function ready({ data, datasets, ...spec }) {
    return { ...inked(spec), ...(data && { data }), ...(datasets && { datasets }) };
  }

  const fitting = (spec) => {
    const parts = ["hconcat", "vconcat", "concat", "facet", "repeat"];
    const single = !parts.some((part) => part in spec) && !(spec.encoding && ["row", "column", "facet"].some((c) => c in spec.encoding));
    const changed = { ...spec };
    if (single && !("width" in spec)) changed.width = "container";
    if (changed.width === "container") changed.autosize = { type: "fit-x", contains: "padding" };
    return changed;
  };

  const refuse = () => Promise.reject(new Error("a chart loads nothing"));

  async function draw(figure, spec) {
    const place = figure.querySelector(".drawing");
    views.get(figure)?.finalize();
    views.delete(figure);
    if (spec === EMPTY) {
      place.textContent = "Nothing is chosen.";
      return;
    }
    try {
      const made = await window.vegaEmbed(place, fitting(ready(spec)), {
        mode: "vega-lite", renderer: "svg", actions: false, ast: true, defaultStyle: false, config: theme(),
        tooltip: { disableDefaultStyle: true, theme: "page" }, loader: { load: refuse, sanitize: refuse },
      });
      views.set(figure, made);
      figure.classList.add("drawn");
      figure.querySelector(".problem")?.remove();
    } catch (problem) {
      let said = figure.querySelector(".problem");
      if (!said) {
        said = document.createElement("p");
        said.className = "problem";
        said.setAttribute("role", "alert");
        place.after(said);
      }
      said.textContent = `This chart could not be drawn: ${problem.message}`;
    }
  }

  function save(address, name) {
    const link = document.createElement("a");
    link.href = address;
    link.download = name;
    link.click();
  }

  function buttons(figure) {
    const row = document.createElement("p");
    row.className = "saving";
    for (const kind of ["SVG", "PNG"]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `Save ${kind}`;
      button.setAttribute("aria-label", `Save ${kind}: ${figure.querySelector("figcaption > :first-child")?.textContent ?? "chart"}`);
      button.addEventListener("click", async () => {
        const view = views.get(figure)?.view;
        if (view) save(await view.toImageURL(kind.toLowerCase(), 2), `${figure.id}.${kind.toLowerCase()}`);
      });
      row.append(button);
    }
    figure.append(row);
  }

  const figures = [...document.querySelectorAll("figure.chart")];
  const specs = new WeakMap();

  const drawing = new WeakMap();

  // The same figure, another specification: one after the other, and of those that wait only the last.
  function redraw(figure, spec) {
    specs.set(figure, spec);
    const turn = (drawing.get(figure) ?? Promise.resolve()).then(() => (specs.get(figure) === spec ? draw(figure, spec) : null));
    drawing.set(figure, turn);
    return turn;
  }

  async function drawAll() {
    for (const figure of figures) if (specs.has(figure)) await redraw(figure, specs.get(figure));
  }

  // A checkbox with its name, and boxes under a heading: how anything on a page is chosen, by pointer or keyboard.
  function box(text, checked, change, type = "checkbox", name = "") {
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.type = type;
    input.checked = checked;
    if (name) input.name = name;
    input.addEventListener("change", () => change(input.checked));
    const words = document.createElement("bdi");
    words.textContent = text;
    label.append(input, " ", words);
    return label;
  }

  function group(title, ...inside) {
    const field = document.createElement("fieldset");
    const legend = document.createElement("legend");
    legend.textContent = title;
    field.append(legend, ...inside);
    return field;
  }

  // The rows of a spec are shown but for those of series that were put aside; inks and places stay.
  function choosable(figure, spec) {
    const series = spec.usermeta?.series ?? [];
    if (series.length < 2) return;
    const hidden = new Set();
    const shown = () => ({
      ...spec,
      datasets: Object.fromEntries(Object.entries(spec.datasets).map(([name, rows]) =>
        [name, rows.filter((row) => !hidden.has(row.series))])),
    });
    const places = figure.querySelector(".choices");
    places.append(group("Shown", ...series.map((name) => box(name, true, (checked) => {
      if (checked) hidden.delete(name); else hidden.add(name);
      redraw(figure, shown());
    }))));
    places.hidden = false;
  }

  for (const figure of figures) {
    buttons(figure);
    const source = figure.querySelector("script.spec");
    if (!source || figure.hasAttribute("data-waits")) continue;
    const spec = JSON.parse(source.textContent);
    specs.set(figure, spec);
    choosable(figure, spec);
  }
  const light = (pairs) => pairs.map(([one]) => one);
  window.emobench = Object.freeze({ redraw, EMPTY, box, group, inks: light(INKS), greys: light(GREYS) });
  dark.addEventListener("change", drawAll);
  // What is folded away has no width: its charts learn theirs when it opens.
  for (const fold of document.querySelectorAll("details")) {
    fold.addEventListener("toggle", () => window.dispatchEvent(new Event("resize")));
  }
  drawAll();
})();
