/* The form of a lead: spares the hand what it can. Its draft is kept by drafts.js.
 *
 *   [data-number-only]      on the channel: the keys of channels that ask for a number alone
 *   [data-add-row]          adds a row for one more person, from the page's template
 *   [data-reporters]        who reported: shown where the report is of that kind
 */
"use strict";

(() => {
  const form = document.querySelector("form[data-lead-form]");
  if (!form) {
    return;
  }

  /* --- A number alone, or words ------------------------------------------- */

  const channel = form.elements.channel;
  const words = ["title", "allegation", "place_detail"];

  function askFor() {
    const numbersOnly = channel.dataset.numberOnly.split(" ").includes(channel.value);
    for (const name of words) {
      const block = document.getElementById(`div_id_${name}`);
      block.hidden = numbersOnly;
      form.elements[name].disabled = numbersOnly;
    }
    // Units and villages meet a number with such channels only: one field less on a phone.
    const number = form.elements.external_number;
    document.getElementById("div_id_external_number").hidden =
      !numbersOnly && !number.value && form.hasAttribute("data-number-rarely");
    for (const part of form.querySelectorAll("[data-words-only]")) {
      part.hidden = numbersOnly;
    }
    for (const part of form.querySelectorAll("[data-number-only-note]")) {
      part.hidden = !numbersOnly;
    }
  }

  channel.addEventListener("change", askFor);
  askFor();

  /* --- One more person ---------------------------------------------------- */

  for (const add of form.querySelectorAll("[data-add-row]")) {
    const kind = add.dataset.addRow;
    const rows = form.querySelector(`[data-rows="${kind}"]`);
    const total = form.elements[`${kind}-TOTAL_FORMS`];
    add.type = "button";
    add.addEventListener("click", () => {
      const place = Number(total.value);
      const row = document.getElementById(`${kind}-row`).content.cloneNode(true);
      for (const element of row.querySelectorAll("*")) {
        for (const { name, value } of Array.from(element.attributes)) {
          element.setAttribute(
            name,
            value.replace("__prefix__", String(place)).replace("__number__", String(place + 1))
          );
        }
      }
      rows.append(row);
      total.value = String(place + 1);
      form.elements[`${kind}-${place}-name`].focus();
      add.disabled = place + 1 >= Number(add.dataset.most);
    });
  }

  /* --- Who reported -------------------------------------------------------- */

  const kindOfReporter = form.elements.reporter_kind;
  const reporters = form.querySelector("[data-reporters]");

  if (reporters) {
    const isFilled = () =>
      Array.from(reporters.querySelectorAll("input[type=text]")).some((field) => field.value);
    const follow = () => {
      const named = kindOfReporter.value === reporters.dataset.reporters;
      // What was typed stays in sight: it must be emptied before the report is anonymous.
      reporters.parentElement.hidden = !named && !isFilled();
      reporters.open = reporters.open || named;
    };
    kindOfReporter.addEventListener("change", follow);
    follow();
  }

  /* --- Keys --------------------------------------------------------------- */

  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit(form.querySelector(event.shiftKey ? "[name=another]" : "[data-register]"));
    }
  });
})();
