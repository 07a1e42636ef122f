/* Cells copied from a spreadsheet, pasted into a form of numbers.
 *
 *   form[data-cells]    a column or row pasted into one of its numbers goes on in the next ones
 *   [data-cells-said]   says what became of every cell
 */
"use strict";

(() => {
  const SHOWN = 5; // so many of the cells that are no numbers are quoted

  /* What a cell says as a number field takes it; null where that is no whole number. */
  function numberOf(cell) {
    const digits = cell.normalize("NFKC").replace(/(\d),(?=\d{3})/g, "$1");
    const match = /^([+-]?\d+)(\.0+)?$/.exec(digits);
    return match ? String(Number(match[1])) : null;
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

  document.addEventListener("paste", (event) => {
    const field = event.target;
    const form = field.matches("input[type=number]") && field.closest("form[data-cells]");
    const text = event.clipboardData ? event.clipboardData.getData("text/plain") : "";
    const cells = Array.from(text.replace(/\r?\n$/, "").split(/\r?\n|\t/), (cell) => cell.trim());
    if (!form || text === "" || (cells.length === 1 && numberOf(cells[0]) === cells[0])) {
      return; // nothing to spread, nothing to explain
    }
    event.preventDefault();
    const fields = Array.from(form.querySelectorAll("input[type=number]")).filter(
      (element) => !element.disabled && !element.readOnly
    );
    const rest = fields.slice(fields.indexOf(field));
    const strange = [];
    let filled = 0;
    let empty = 0;
    for (const [place, cell] of cells.slice(0, rest.length).entries()) {
      const value = numberOf(cell);
      if (cell === "") {
        empty += 1;
      } else if (value === null) {
        strange.push(cell);
      } else {
        rest[place].value = value;
        rest[place].dispatchEvent(new Event("input", { bubbles: true }));
        rest[place].dispatchEvent(new Event("change", { bubbles: true }));
        filled += 1;
      }
    }
    const said = [`粘贴了 ${cells.length} 格，填入 ${filled} 项`];
    if (strange.length) {
      said.push(`${strange.length} 格不是整数，没有填：${quoted(strange)}`);
    }
    if (empty) {
      said.push(`${empty} 格是空的，原来的数没有动`);
    }
    if (cells.length > rest.length) {
      said.push(`多出 ${cells.length - rest.length} 格，没有项目可填`);
    }
    say(form, field, `${said.join("；")}。请核对后再保存。`);
    rest[Math.min(cells.length, rest.length) - 1].focus({ preventScroll: true });
  });
})();
