// SPDX-License-Identifier: Apache-2.0
// Clicking a column heading sorts a table by that column, first ascending, then descending.
"use strict";

const sortKey = (row, column) => {
  const cell = row.cells[column];
  if (!("value" in cell.dataset)) return cell.textContent.trim();
  return cell.dataset.value === "" ? null : Number(cell.dataset.value);
};

const compareKeys = (a, b) =>
  typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true, sensitivity: "base" });

// Rows without a figure stay last in both directions; equal rows keep their order.
const sortRows = (table, column, descending) => {
  const body = table.tBodies[0];
  const keyed = Array.from(body.rows, (row) => ({ row, key: sortKey(row, column) }));
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) return (a.key === null) - (b.key === null);
    return descending ? compareKeys(b.key, a.key) : compareKeys(a.key, b.key);
  });
  body.append(...keyed.map(({ row }) => row));
};

const makeSortable = (table) => {
  const heads = Array.from(table.tHead.rows[table.tHead.rows.length - 1].cells);
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    const name = head.querySelector("span");
    name.replaceWith(button);
    button.append(name);
    button.addEventListener("click", () => {
      const descending = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      sortRows(table, column, descending);
    });
  });
};

document.querySelectorAll("table.sortable").forEach(makeSortable);
