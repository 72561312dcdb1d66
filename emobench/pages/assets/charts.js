"use strict";
// Draws every chart of the page, again when light turns dark, and lets it be saved. Nothing is loaded; nothing is evaluated.
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  // Okabe and Ito (2008), the light ones darkened for white paper and the dark ones lightened for a dark page.
  const COLOURS = {
    light: ["#0072b2", "#b85000", "#00795c", "#a3478a", "#8a6500", "#2a7fae", "#444444", "#c22f2f"],
    dark: ["#56b4e9", "#e69f00", "#2fc79a", "#e093c2", "#f0e442", "#8fb8ff", "#c8c8c8", "#ff8f70"],
  };
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
      range: { category: COLOURS[night ? "dark" : "light"] },
    };
  };

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
      const made = await window.vegaEmbed(place, fitting(spec), {
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

  for (const figure of figures) {
    buttons(figure);
    const source = figure.querySelector("script.spec");
    if (source && !figure.hasAttribute("data-waits")) specs.set(figure, JSON.parse(source.textContent));
  }
  window.emobench = Object.freeze({ redraw, EMPTY, colours: () => COLOURS[dark.matches ? "dark" : "light"] });
  dark.addEventListener("change", () => {
    document.dispatchEvent(new Event("emobench:theme"));
    drawAll();
  });
  // What is folded away has no width: its charts learn theirs when it opens.
  for (const fold of document.querySelectorAll("details")) {
    fold.addEventListener("toggle", () => window.dispatchEvent(new Event("resize")));
  }
  drawAll();
})();
