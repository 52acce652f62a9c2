// SPDX-License-Identifier: Apache-2.0
// Runs in a report before its own script and stores its findings in `probed` (browser_test.cpp).
"use strict";

const probed = { done: false, errors: [], tables: [], figures: [] };
window.addEventListener("error", (event) => probed.errors.push(event.message));
document.addEventListener("securitypolicyviolation", (event) => probed.errors.push(`policy: ${event.violatedDirective}`));

const columnOf = (table, column) =>
  Array.from(table.tBodies[0].rows, ({ cells }) => cells[column].dataset.value ?? cells[column].textContent);

const probeColumn = (table, head, column) => {
  const button = head.querySelector("button");
  const found = { name: head.textContent, number: head.classList.contains("n"), focusable: button?.tabIndex === 0 };
  button?.click();
  found.up = columnOf(table, column);
  found.upSaid = head.getAttribute("aria-sort");
  button?.click();
  found.down = columnOf(table, column);
  found.downSaid = head.getAttribute("aria-sort");
  found.sortedHeads = table.querySelectorAll("th[aria-sort]").length;
  return found;
};

const probeTable = (table) => {
  const heads = Array.from(table.tHead.rows[table.tHead.rows.length - 1].cells);
  const before = Array.from(table.tBodies[0].rows, (row) => row.textContent).sort();
  const columns = heads.map((head, column) => probeColumn(table, head, column));
  const after = Array.from(table.tBodies[0].rows, (row) => row.textContent).sort();
  return { id: table.id, columns, sameRows: JSON.stringify(before) === JSON.stringify(after), rows: after.length };
};

// A figure's bounding box, the number of its shapes without extent, and its truncated texts.
const probeFigure = (figure) => {
  const svg = figure.querySelector("svg");
  const box = svg.getBBox();
  const seen = svg.getBoundingClientRect();
  const shapes = Array.from(svg.querySelectorAll("path, rect, circle, line"));
  const empty = shapes.filter((shape) => shape.getTotalLength() === 0).length;
  const texts = Array.from(svg.querySelectorAll("text"));
  const outside = texts.filter((text) => {
    const place = text.getBoundingClientRect();
    return place.left < seen.left - 1 || place.right > seen.right + 1 || place.bottom > seen.bottom + 1;
  });
  return {
    title: svg.querySelector("title").textContent, width: box.width, height: box.height, seenWidth: seen.width,
    shapes: shapes.length, empty, textsOutside: outside.map((text) => text.textContent),
  };
};

window.addEventListener("load", () => {
  try {
    for (const details of document.querySelectorAll("details")) details.open = true;
    probed.foreign = document.querySelectorAll("img, [onerror], [onload]").length;
    probed.innerWidth = window.innerWidth;
    probed.pageWidth = document.documentElement.scrollWidth;
    probed.tables = Array.from(document.querySelectorAll("table"), probeTable);
    probed.figures = Array.from(document.querySelectorAll("figure"), probeFigure);
  } catch (error) {
    probed.errors.push(String(error));
  }
  probed.done = true;
});
