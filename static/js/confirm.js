/* Asks before an act that cannot be taken back.
 *
 *   [data-confirm]          on a form or button: what is asked before it is submitted
 *   [data-confirm-verb]     what the button says that does it
 *
 * Loaded at once and not with the rest: on a slow line a form can be sent before that has come.
 */
"use strict";

(() => {
  function ask(text, verb, onYes) {
    const dialog = document.createElement("dialog");
    dialog.className = "confirm";
    dialog.setAttribute("aria-labelledby", "confirm-text");
    const words = document.createElement("p");
    words.className = "confirm-text";
    words.id = "confirm-text";
    words.textContent = text;
    const actions = document.createElement("div");
    actions.className = "confirm-actions";
    const no = document.createElement("button");
    no.type = "button";
    no.className = "btn btn-secondary";
    no.textContent = "取消";
    const yes = document.createElement("button");
    yes.type = "button";
    yes.className = "btn btn-primary";
    yes.textContent = verb;
    actions.append(no, yes);
    dialog.append(words, actions);
    no.addEventListener("click", () => dialog.close());
    yes.addEventListener("click", () => {
      dialog.close();
      onYes();
    });
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  // Also told by what holds a form back for a while after the person said yes (drafts.js).
  const confirmed = new WeakSet();
  document.addEventListener("portal:confirmed", (event) => confirmed.add(event.target));

  // Capture phase: runs before any other listener sends the form.
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      const button = event.submitter;
      const source =
        button && button.hasAttribute("data-confirm") ? button : form.closest("form[data-confirm]");
      if (confirmed.delete(form) || !source) {
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(source.dataset.confirm, source.dataset.confirmVerb || "确定", () => {
        confirmed.add(form);
        form.requestSubmit(button || undefined);
      });
    },
    true
  );
})();
