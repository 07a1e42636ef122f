/* Enhancements only: every page and form works without this file.
 *
 *   form                    its buttons rest after the click (opt out: data-no-lock)
 *   [data-error-summary]    takes the focus when the page opens
 *   form[data-guard]        warns before leaving with unsaved changes
 *   [data-differs=FIELD]    shown where that field's number is not data-differs-from
 *   form[data-sign-out]     forgets the drafts that are held in the browser
 *   form[data-enter-next]   Enter goes to the next field, Shift+Enter back
 *   [data-copy]             copies its value, or with data-copy-from the text there
 *   [data-back]             goes back in history when that leads to its own link
 *   [data-keep-scroll]      this page is found again as far down as it was left
 *   [data-print]            prints the page
 *   [data-picker]           a list of boxes: [data-pick-find] narrows it, [data-picked] sums it up
 *   [data-check-all]        ticks every box named by its value, and shows how many
 */
"use strict";

(() => {
  const LOCK_MS = 15000; // a download leaves the page in place: free its button again
  const RETURNING = "portal.returning"; // where 返回 leads, until that is shown
  const FIELDS = "input:not([type=hidden]), select, textarea";

  document.documentElement.classList.add("js");

  /* One short line at the bottom, read aloud by screen readers. */
  let toastTimer = 0;
  function toast(text) {
    let line = document.querySelector(".toast-line");
    if (!line) {
      line = document.createElement("div");
      line.className = "toast-line";
      line.setAttribute("role", "status");
      document.body.append(line);
    }
    line.textContent = text;
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => line.remove(), 5000);
  }

  /* --- Buttons rest after the click -------------------------------------- */

  const locked = new Map(); // form → the buttons that were disabled

  function unlock(form) {
    for (const button of locked.get(form) || []) {
      button.disabled = false;
      button.removeAttribute("aria-busy");
    }
    locked.delete(form);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("data-no-lock")) {
      return;
    }
    if (locked.has(form)) {
      event.preventDefault();
      return;
    }
    const buttons = Array.from(form.elements).filter(
      (element) => element.type === "submit" && !element.disabled
    );
    locked.set(form, buttons);
    // A disabled button is left out of the data that is sent, so wait until that is built.
    setTimeout(() => {
      buttons.forEach((button) => {
        button.disabled = true;
        button.setAttribute("aria-busy", "true");
      });
    });
    setTimeout(() => unlock(form), LOCK_MS);
  });

  // Back from the next page: the browser may show this one as it was left.
  window.addEventListener("pageshow", () => Array.from(locked.keys()).forEach(unlock));

  /* --- Error summary ------------------------------------------------------ */

  function focusSummary(root) {
    const summary = root.querySelector("[data-error-summary]");
    if (summary) {
      summary.focus();
    }
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-error-summary] a[href^='#']");
    const place = link && document.getElementById(link.hash.slice(1));
    if (!place) {
      return;
    }
    const field = place.matches(FIELDS) ? place : place.querySelector(FIELDS);
    if (field) {
      event.preventDefault();
      (field.closest(".mb-3, td") || field).scrollIntoView({ block: "center" });
      field.focus({ preventScroll: true });
    }
  });

  /* --- Unsaved changes ---------------------------------------------------- */

  const dirty = new Set();

  ["input", "change"].forEach((name) => {
    document.addEventListener(name, (event) => {
      const form = event.target.form;
      if (form && form.hasAttribute("data-guard")) {
        dirty.add(form);
      }
    });
  });

  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) {
      dirty.delete(event.target);
    }
  });

  // A draft that has been saved leaves nothing to lose.
  document.addEventListener("portal:saved", (event) => dirty.delete(event.target));

  window.addEventListener("beforeunload", (event) => {
    if (Array.from(dirty).some((form) => form.isConnected)) {
      event.preventDefault();
      event.returnValue = "";
    }
  });

  /* --- Signing out leaves nothing of what was typed in this browser --------- */

  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-sign-out]")) {
      Object.keys(localStorage)
        .filter((name) => name.startsWith("portal.draft:"))
        .forEach((name) => localStorage.removeItem(name));
    }
  });

  /* --- A number that is not what the portal counts asks why ---------------- */

  document.addEventListener("input", (event) => {
    const asked = event.target.id && document.querySelector(`[data-differs="${CSS.escape(event.target.id)}"]`);
    if (asked) {
      const value = event.target.value.trim();
      const words = asked.querySelector("input").value.trim();
      asked.hidden = !words && (value === "" || Number(value) === Number(asked.dataset.differsFrom));
    }
  });

  /* --- Enter walks a grid ------------------------------------------------- */

  document.addEventListener("keydown", (event) => {
    const field = event.target;
    const form = event.key === "Enter" && !event.isComposing && field.form;
    if (!form || !form.hasAttribute("data-enter-next")) {
      return;
    }
    if (!field.matches("input, select") || field.matches("[type=submit], [type=file], [type=button]")) {
      return;
    }
    event.preventDefault();
    const stops = Array.from(form.elements).filter(
      (element) =>
        element.matches(`${FIELDS}, button[type=submit], input[type=submit]`) &&
        !element.disabled &&
        !element.readOnly &&
        element.offsetParent !== null
    );
    const next = stops[stops.indexOf(field) + (event.shiftKey ? -1 : 1)];
    if (next) {
      next.focus();
      if (next.matches("input:not([type=submit])")) {
        next.select();
      }
    }
  });

  /* --- Small buttons ------------------------------------------------------ */

  function copy(text) {
    // The clipboard API exists only over https; an intranet may not have that.
    if (navigator.clipboard && window.isSecureContext) {
      return navigator.clipboard.writeText(text);
    }
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done ? Promise.resolve() : Promise.reject(new Error("copy refused"));
  }

  /* An address in one spelling, whoever wrote it. */
  function placeOf(address) {
    return `${address.pathname}?${new URLSearchParams(address.search)}`;
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-copy], [data-back], [data-print]");
    if (!target) {
      return;
    }
    if (target.hasAttribute("data-print")) {
      window.print();
    } else if (target.hasAttribute("data-copy")) {
      const from = document.querySelector(target.dataset.copyFrom || null);
      copy(from ? from.textContent.trim() : target.dataset.copy).then(
        () => toast("已复制"),
        () => toast("没能复制，请手工选中后复制")
      );
    } else if (target.hasAttribute("data-back")) {
      // 返回 keeps filter, page and scroll: the first two are in its link.
      sessionStorage.setItem(RETURNING, placeOf(new URL(target.href)));
      if (document.referrer === target.href) {
        event.preventDefault();
        window.history.back();
      }
    }
  });

  /* --- A long list of boxes: narrowed by typing, summed up in a line -------- */

  for (const picker of document.querySelectorAll("[data-picker]")) {
    const find = picker.querySelector("[data-pick-find]");
    const boxes = Array.from(picker.querySelectorAll("input[type=checkbox]"));
    const nameOf = (box) => box.labels[0].textContent.trim();

    const sumUp = () => {
      const names = boxes.filter((box) => box.checked).map(nameOf);
      picker.querySelector("[data-picked]").textContent = names.length
        ? `已选 ${names.length} 个：${names.join("、")}`
        : "未选，点开选择";
    };

    const narrow = () => {
      const typed = find.value.trim();
      for (const box of boxes) {
        box.closest(".form-check").hidden = !nameOf(box).includes(typed) && !box.checked;
      }
      for (const kind of picker.querySelectorAll("[data-pick-kind]")) {
        kind.hidden = !kind.querySelector(".form-check:not([hidden])");
      }
      picker.querySelector("[data-pick-none]").hidden = boxes.some(
        (box) => nameOf(box).includes(typed)
      );
    };

    // What is typed here is no part of the form: nothing to save, nothing to send.
    ["input", "change"].forEach((name) => find.addEventListener(name, (event) => event.stopPropagation()));
    find.addEventListener("input", narrow);
    find.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
      }
    });
    picker.addEventListener("change", sumUp);
    sumUp();
  }

  /* --- Back to where a list was left --------------------------------------- */

  const kept = document.querySelector("[data-keep-scroll]");
  if (kept) {
    const place = placeOf(window.location);
    if (sessionStorage.getItem(RETURNING) === place) {
      const top = Number(sessionStorage.getItem(`portal.scroll:${place}`) || 0);
      window.scrollTo({ top, behavior: "instant" });
    }
    sessionStorage.removeItem(RETURNING);
    window.addEventListener("pagehide", () =>
      sessionStorage.setItem(`portal.scroll:${place}`, String(Math.round(window.scrollY)))
    );
  }

  /* --- Boxes that are ticked together --------------------------------------- */

  function sumUpBoxes(all) {
    const boxes = Array.from(document.getElementsByName(all.dataset.checkAll));
    const ticked = boxes.filter((element) => element.checked).length;
    all.checked = ticked > 0 && ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
    for (const element of document.querySelectorAll("[data-checked-count]")) {
      element.textContent = String(ticked);
    }
  }

  document.addEventListener("change", (event) => {
    const box = event.target;
    for (const all of document.querySelectorAll("[data-check-all]")) {
      if (box === all) {
        for (const element of document.getElementsByName(all.dataset.checkAll)) {
          element.checked = all.checked;
        }
      }
      if (box === all || box.name === all.dataset.checkAll) {
        sumUpBoxes(all);
      }
    }
  });
  // Some may be ticked before this has come, or by the browser on the way back.
  window.addEventListener("pageshow", () => {
    for (const all of document.querySelectorAll("[data-check-all]")) {
      sumUpBoxes(all);
    }
  });

  /* --- Fragments (htmx) --------------------------------------------------- */

  document.addEventListener("htmx:afterSettle", (event) => focusSummary(event.target));
  document.addEventListener("htmx:responseError", () =>
    toast("操作没有完成，请刷新页面后再试")
  );
  document.addEventListener("htmx:sendError", () => toast("网络不通，请稍后再试"));

  focusSummary(document);
})();
