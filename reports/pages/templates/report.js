// What the pages can do beyond being read: switch what they show, sort tables, cut between images.
// Nothing is loaded, stored or sent; without scripts every control is hidden and every number shown.
"use strict";

const root = document.documentElement;
root.classList.add("scripted");

// A switch sets data-<name of its radio buttons> of <html>; the style sheet does the rest.
function makeSwitch(fieldset) {
  for (const radio of fieldset.querySelectorAll("input")) {
    const show = () => { root.dataset[radio.name] = radio.value; };
    radio.addEventListener("change", show);
    if (radio.checked) show();
  }
}

// A cell as it is read: a number at its beginning, else text; "not run" and the like have neither.
function keyOf(row, column) {
  const cell = row.cells[column];
  const text = cell ? cell.innerText.trim().replace("−", "-") : "";
  const number = text.startsWith("∞") ? Infinity : parseFloat(text.replaceAll(",", ""));
  const missing = Number.isNaN(number) && (!text || Boolean(cell.querySelector(".none")));
  return { text, number, missing };
}

function compare(a, b, sign) {
  if (a.missing || b.missing) return a.missing - b.missing; // last in either order
  const known = [a, b].map((key) => !Number.isNaN(key.number));
  if (known[0] && known[1]) return a.number === b.number ? 0 : sign * (a.number - b.number);
  if (known[0] || known[1]) return known[1] - known[0];
  return sign * a.text.localeCompare(b.text, "en", { numeric: true });
}

const NEXT = { none: "ascending", ascending: "descending", descending: "none" };

// Rows are sorted inside their <tbody>, below the heading of the group, by what is shown of them.
function makeSortable(table) {
  const headings = [...table.tHead.rows[0].cells];
  const groups = [...table.tBodies].map((body) => [body, [...body.querySelectorAll("tr:not(.group)")]]);
  const order = () => {
    const column = headings.findIndex((heading) => heading.getAttribute("aria-sort") !== "none");
    const sign = column >= 0 && headings[column].getAttribute("aria-sort") === "descending" ? -1 : 1;
    for (const [body, original] of groups) {
      const keys = new Map(original.map((row) => [row, keyOf(row, column)]));
      const rows = [...original];
      if (column >= 0) rows.sort((a, b) => compare(keys.get(a), keys.get(b), sign));
      body.append(...rows);
    }
  };
  for (const heading of headings) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.setAttribute("aria-label", `Sort by ${heading.innerText.trim().replace(/\s+/g, " ")}`);
    button.addEventListener("click", () => {
      const next = NEXT[heading.getAttribute("aria-sort")];
      for (const other of headings) other.setAttribute("aria-sort", "none");
      heading.setAttribute("aria-sort", next);
      order();
    });
    heading.setAttribute("aria-sort", "none");
    heading.append(button);
  }
  // Another metric is another order.
  document.addEventListener("change", (event) => { if (event.target.type === "radio") order(); });
}

// Two of a comparison's images over one another; the range input moves the cut between them.
function makeSlider(slider) {
  const pictures = slider.parentElement.querySelectorAll(".crop .image");
  const stage = slider.querySelector(".stage");
  const [left, right] = slider.querySelectorAll("select");
  const range = slider.querySelector("[type=range]");
  const cut = () => {
    const names = [left, right].map((select) => select.selectedOptions[0].text);
    stage.style.setProperty("--cut", `${range.value}%`);
    range.setAttribute("aria-valuetext", `${range.value} % ${names[0]}, the rest ${names[1]}`);
  };
  for (const select of [right, left]) { // the left image lies on top and is cut
    const image = new Image();
    image.className = select === left ? "over" : "under";
    const show = () => {
      image.src = pictures[select.value].src;
      image.alt = pictures[select.value].alt;
      cut();
    };
    select.addEventListener("change", show);
    stage.append(image);
    show();
  }
  range.addEventListener("input", cut);
  const drag = (event) => {
    if (!event.buttons) return;
    event.preventDefault();
    const box = stage.getBoundingClientRect();
    range.value = Math.round((100 * (event.clientX - box.left)) / box.width);
    cut();
  };
  stage.addEventListener("pointerdown", drag);
  stage.addEventListener("pointermove", drag);
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".switch").forEach(makeSwitch);
  document.querySelectorAll("table.sortable").forEach(makeSortable);
  document.querySelectorAll(".slider").forEach(makeSlider);
});
