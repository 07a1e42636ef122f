/* Cells copied from a spreadsheet, pasted into a form of numbers.
 *
 *   form[data-cells]    a column or row pasted into one of its numbers goes on in the next ones;
 *                       beside the names of the numbers, each goes where its name says
 *   [data-cells-said]   says what became of every cell
 */
"use strict";

(() => {
  const SHOWN = 5; // so many of the cells that were not written are quoted

  /* What a cell says as a number field takes it; null where that is no whole number. */
  function numberOf(cell) {
    const digits = cell.normalize("NFKC").replace(/(\d),(?=\d{3})/g, "$1");
    const match = /^([+-]?\d+)(\.0+)?$/.exec(digits);
    return match ? String(Number(match[1])) : null;
  }

  /* A name without spaces, and without the unit of measure or the colon behind it. */
  function nameOf(words) {
    return words
      .normalize("NFKC")
      .replace(/\s+/g, "")
      .replace(/:$/, "")
      .replace(/\([^()]*\)$/, "");
  }

  /* The fields by their names; none by one that two of them have. */
  function byName(fields) {
    const known = new Map();
    for (const field of fields) {
      const name = nameOf(field.labels.length ? field.labels[0].textContent : "");
      known.set(name, known.has(name) ? null : field);
    }
    return known;
  }

  /* The columns with numbers in them, of those behind the column `after`. */
  function numeric(rows, width, after) {
    return Array.from({ length: width }, (_, column) => column).filter(
      (column) =>
        column > after && Array.from(rows).some((row) => numberOf(row[column] || "") !== null)
    );
  }

  /* Each row's number with the field of its name, by the column with the most names that are known;
   * undefined where none is, null where it cannot be told which number is meant. */
  function named(rows, width, fields) {
    const known = byName(fields);
    const names = Array.from({ length: width }, (_, column) =>
      Array.from(rows, (row) => nameOf(row[column] || ""))
    );
    const found = names.map((column) => Array.from(column).filter((name) => known.get(name)));
    const most = Math.max(...found.map((column) => column.length));
    if (most === 0) {
      return undefined;
    }
    const place = found.findIndex((column) => column.length === most);
    const [number, ...more] = numeric(rows, width, place);
    if (number === undefined || more.length || new Set(found[place]).size < most) {
      return null;
    }
    return Array.from(rows, (row, line) => ({
      cell: row[number] || "",
      field: known.get(names[place][line]),
      unknown: known.get(names[place][line]) ? "" : row[place] || "",
    })).filter(({ cell, field, unknown }) => field || cell !== "" || unknown !== "");
  }

  /* The cells one after another into `rest`; words above a column of numbers take no place. */
  function inOrder(cells, rest, headed) {
    const skipped = headed && cells[0] !== "" && numberOf(cells[0]) === null ? 1 : 0;
    return Array.from(cells, (cell, place) => ({
      cell,
      field: rest[Math.max(place - skipped, 0)],
    }));
  }

  /* Which cell goes into which field; null where nobody can tell. */
  function placed(rows, width, fields, rest) {
    if (width > 1) {
      const found = named(rows, width, fields);
      if (found !== undefined) {
        return found;
      }
    }
    if (width === 1 || rows.length === 1) {
      return inOrder(rows.flat(), rest, false);
    }
    const [number, ...more] = numeric(rows, width, -1);
    if (number === undefined || more.length) {
      return null;
    }
    const cells = Array.from(rows, (row) => row[number] || "");
    return inOrder(cells, rest, true);
  }

  /* Above the block into which was pasted: the eye is there. */
  function say(form, field, words) {
    const place = form.querySelector("[data-cells-said]");
    field.closest("section").before(place);
    place.textContent = words;
    place.hidden = false;
  }

  function quoted(cells) {
    const shown = `“${cells.slice(0, SHOWN).join("”“")}”`;
    return cells.length > SHOWN ? `${shown}等` : shown;
  }

  function isOutside(field, value) {
    return (
      (field.max !== "" && Number(value) > Number(field.max)) ||
      (field.min !== "" && Number(value) < Number(field.min))
    );
  }

  /* Write the numbers, and return what is to be said of each cell. */
  function write(pairs, measure) {
    const strange = [];
    const outside = [];
    const unknown = [];
    let [filled, empty, left] = [0, 0, 0];
    for (const pair of pairs) {
      const value = numberOf(pair.cell);
      if (pair.unknown) {
        unknown.push(pair.unknown);
      } else if (!pair.field) {
        left += 1;
      } else if (pair.cell === "") {
        empty += 1;
      } else if (value === null) {
        strange.push(pair.cell);
      } else if (isOutside(pair.field, value)) {
        outside.push(pair.cell);
      } else {
        pair.field.value = value;
        pair.field.dispatchEvent(new Event("input", { bubbles: true }));
        pair.field.dispatchEvent(new Event("change", { bubbles: true }));
        filled += 1;
      }
    }
    const said = [`粘贴了 ${pairs.length} ${measure}，填入 ${filled} 项`];
    if (strange.length) {
      said.push(`${strange.length} 格不是整数，没有填：${quoted(strange)}`);
    }
    if (outside.length) {
      said.push(`${outside.length} 格超出可填的范围，没有填：${quoted(outside)}`);
    }
    if (unknown.length) {
      said.push(`${unknown.length} 行的项目名称表中没有，没有填：${quoted(unknown)}`);
    }
    if (empty) {
      said.push(`${empty} 格是空的，原来的数没有动`);
    }
    if (left) {
      said.push(`多出 ${left} 格，没有项目可填`);
    }
    return `${said.join("；")}。请核对后再保存。`;
  }

  document.addEventListener("paste", (event) => {
    const field = event.target;
    const form = field.matches("input[type=number]") && field.closest("form[data-cells]");
    const text = event.clipboardData ? event.clipboardData.getData("text/plain") : "";
    const lines = text.replace(/\r?\n$/, "").split(/\r?\n/);
    const rows = Array.from(lines, (line) => Array.from(line.split("\t"), (cell) => cell.trim()));
    const width = Math.max(...rows.map((row) => row.length));
    const isOne = rows.length === 1 && width === 1;
    if (!form || text === "" || (isOne && numberOf(rows[0][0]) === rows[0][0])) {
      return; // nothing to spread, nothing to explain
    }
    event.preventDefault();
    const fields = Array.from(form.querySelectorAll("input[type=number]")).filter(
      (element) => !element.disabled && !element.readOnly
    );
    const pairs = placed(rows, width, fields, fields.slice(fields.indexOf(field)));
    if (pairs === null) {
      say(
        form,
        field,
        `粘贴的有 ${width} 列，分不清哪一列是要填的数，没有填。请只复制一列数字，或“项目名称、数字”两列。`
      );
      return;
    }
    say(form, field, write(pairs, width > 1 && rows.length > 1 ? "行" : "格"));
    const last = Array.from(pairs).filter((pair) => pair.field).pop();
    (last ? last.field : field).focus({ preventScroll: true });
  });
})();
