"use strict";
// Lets tables of class "sortable" be sorted and filtered. Without this script they are plain tables.
(() => {
  const ORDERS = ["none", "ascending", "descending"];

  function keyOf(cell, numeric) {
    const given = cell?.dataset.value;
    const text = given ?? cell?.textContent.trim() ?? "";
    if (text === "") return null;
    if (!numeric) return text;
    const number = Number(text);
    return Number.isFinite(number) ? number : null;
  }

  function sort(table, column, order, first) {
    const numeric = table.tHead.rows[0].cells[column].dataset.kind === "number";
    const sign = order === "descending" ? -1 : 1;
    const compare = numeric ? (a, b) => a - b : new Intl.Collator("en", { numeric: true }).compare;
    const rows = first.map((row) => [row, keyOf(row.cells[column], numeric)]);
    if (order !== "none") {
      rows.sort(([, a], [, b]) => {
        if (a === null || b === null) return (a === null) - (b === null);
        return sign * compare(a, b);
      });
    }
    table.tBodies[0].append(...rows.map(([row]) => row));
  }

  function sortable(table, said) {
    const first = [...table.tBodies[0].rows];
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        // Numbers begin with the largest: mostly that is what is looked for.
        const ways = head.dataset.kind === "number" ? ["none", "descending", "ascending"] : ORDERS;
        const order = ways[(ways.indexOf(head.getAttribute("aria-sort")) + 1) % ways.length];
        for (const other of heads) other.setAttribute("aria-sort", "none");
        head.setAttribute("aria-sort", order);
        sort(table, column, order, first);
        said.textContent = order === "none" ? "In the first order again." : `Sorted by ${button.textContent.trim()}, ${order}.`;
      });
    });
  }

  function filterable(table, said) {
    const rows = [...table.tBodies[0].rows];
    if (rows.length < 4 || "unfiltered" in table.dataset) return;
    const label = document.createElement("label");
    label.className = "filter";
    label.append("Filter rows ");
    const input = document.createElement("input");
    input.type = "search";
    input.autocomplete = "off";
    input.spellcheck = false;
    label.append(input);
    const texts = rows.map((row) => row.textContent.toLowerCase());
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row, index) => {
        row.hidden = !words.every((word) => texts[index].includes(word));
        if (!row.hidden) shown += 1;
      });
      said.textContent = `${shown} of ${rows.length} rows.`;
    });
    said.before(label);
  }

  // Wide tables begin with their main part; the others are a checkbox away.
  function parted(table, bar) {
    const names = JSON.parse(table.dataset.parts ?? "[]");
    if (!names.length) return;
    const field = document.createElement("fieldset");
    field.className = "parts";
    const legend = document.createElement("legend");
    legend.textContent = "More columns";
    field.append(legend);
    names.forEach((name, index) => {
      const cells = table.querySelectorAll(`[data-part="${index + 1}"]`);
      const label = document.createElement("label");
      const input = document.createElement("input");
      input.type = "checkbox";
      const show = () => { for (const cell of cells) cell.hidden = !input.checked; };
      input.addEventListener("change", show);
      label.append(input, ` ${name}`);
      field.append(label);
      show();
    });
    bar.append(field);
  }

  for (const table of document.querySelectorAll("table.sortable")) {
    if (!table.tHead || !table.tBodies.length) continue;
    const said = document.createElement("p");
    said.className = "said";
    said.setAttribute("aria-live", "polite");
    const bar = document.createElement("div");
    bar.className = "tools";
    bar.append(said);
    (table.closest(".scroll") ?? table).before(bar);
    filterable(table, said);
    parted(table, bar);
    sortable(table, said);
  }
})();
