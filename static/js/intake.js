/* The form of a lead: saves its draft by itself, and spares the hand what it can.
 *
 *   form[data-draft-url]    the draft's address; data-owner is the person that it is for
 *   [data-draft-status]     says when the draft was saved, or why it was not
 *   [data-number-only]      on the channel: the keys of channels that ask for a number alone
 *   [data-add-row]          adds a row for one more person, from the page's template
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

  const add = form.querySelector("[data-add-row]");
  const rows = form.querySelector("[data-rows]");
  const total = form.elements["subjects-TOTAL_FORMS"];

  if (add && rows && total) {
    add.type = "button";
    add.addEventListener("click", () => {
      const place = Number(total.value);
      const row = document.getElementById("subject-row").content.cloneNode(true);
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
      const first = form.elements[`subjects-${place}-name`];
      first.focus();
      add.disabled = place + 1 >= Number(add.dataset.most);
    });
  }

  /* --- Keys --------------------------------------------------------------- */

  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit(form.querySelector(event.shiftKey ? "[name=another]" : "[data-register]"));
    }
  });

  /* --- The draft ---------------------------------------------------------- */

  const url = form.dataset.draftUrl;
  if (!url) {
    return;
  }

  const PAUSE_MS = 2000; // after the last key
  const RETRY_MS = 8000; // while the network or the session is away
  const line = form.querySelector("[data-draft-status]");
  const ALIVE_BYTES = 60000; // what a browser lets go out from a page that is being closed
  let edits = 0; // counted up by each change, so that one typed meanwhile is seen
  let kept = 0; // the edits that the server has
  let timer = 0;
  let running = null;
  let signedOut = false;
  let stopped = false;

  function say(text, ...links) {
    line.replaceChildren(text, ...links);
  }

  function later(milliseconds) {
    clearTimeout(timer);
    timer = setTimeout(save, milliseconds);
  }

  function loginLink() {
    const link = document.createElement("a");
    link.href = form.dataset.loginUrl;
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = "打开登录窗口";
    return link;
  }

  function forkButton() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-link p-0 align-baseline";
    button.textContent = "把本页另存为新草稿";
    button.addEventListener("click", () => {
      form.elements.submission.value = newToken();
      form.elements.draft_version.value = "0";
      stopped = false;
      edits += 1;
      save();
    });
    return button;
  }

  /* A random UUID; crypto.randomUUID needs a newer browser, and https. */
  function newToken() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  /* The answer as { status, data }; status 0: no network, 302: sent to the sign-in page. */
  async function ask(options) {
    try {
      const response = await fetch(url, {
        redirect: "manual",
        headers: { Accept: "application/json" },
        ...options,
      });
      if (response.type === "opaqueredirect") {
        return { status: 302, data: {} };
      }
      const isJson = (response.headers.get("Content-Type") || "").includes("json");
      return { status: response.status, data: isJson ? await response.json() : {} };
    } catch {
      return { status: 0, data: {} };
    }
  }

  function body() {
    const data = new FormData(form);
    for (const [name, value] of Array.from(data.entries())) {
      if (value instanceof File) {
        data.delete(name);
      }
    }
    data.set("owner", form.dataset.owner);
    return new URLSearchParams(data);
  }

  /* After signing in anew the page's token is void: take the one that holds now. */
  async function renew() {
    const { status, data } = await ask({ method: "GET" });
    if (status !== 200) {
      return status;
    }
    if (String(data.owner) !== form.dataset.owner) {
      say("当前登录的是另一个账号，本页内容没有保存。请换回原账号登录后继续。");
      return 409;
    }
    for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) {
      field.value = data.token;
    }
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": data.token }));
    return 200;
  }

  async function send(options) {
    if (signedOut) {
      const status = await renew();
      if (status !== 200) {
        return { status, data: {} };
      }
      signedOut = false;
    }
    let answer = await ask({ method: "POST", body: body(), ...options });
    if (answer.status === 403) {
      const status = await renew();
      answer = status === 200 ? await ask({ method: "POST", body: body() }) : { status, data: {} };
    }
    return answer;
  }

  /* Save what is on the page; resolves to the status that the server gave. */
  async function run(options) {
    const seen = edits;
    const { status, data } = await send(options);
    if (status === 200) {
      kept = seen;
      form.elements.draft_version.value = String(data.version);
      if (data.saved_at) {
        say(`草稿已于 ${data.saved_at} 自动保存`);
        if (!new URLSearchParams(location.search).has("draft")) {
          history.replaceState(null, "", data.url);
        }
      }
      if (edits === kept) {
        form.dispatchEvent(new Event("portal:saved", { bubbles: true }));
      } else {
        later(PAUSE_MS);
      }
    } else if (status === 302) {
      signedOut = true;
      say("已退出登录，请在新窗口登录后继续；填写的内容仍在本页。", loginLink());
      later(RETRY_MS);
    } else if (status === 409) {
      stopped = true;
      if (data.error) {
        say(data.error, ...(data.can_fork ? [forkButton()] : []));
      }
    } else if (status === 422 || status === 403) {
      say(data.error || "草稿没有保存，请刷新页面后再试。");
    } else {
      say("网络不通，草稿还没有保存；填写的内容仍在本页，恢复后自动保存。");
      later(RETRY_MS);
    }
    return status;
  }

  async function save(options) {
    clearTimeout(timer);
    while (running) {
      await running;
    }
    running = run(options).finally(() => {
      running = null;
    });
    return running;
  }

  ["input", "change"].forEach((name) => {
    form.addEventListener(name, () => {
      edits += 1;
      if (!stopped && !signedOut) {
        later(PAUSE_MS);
      }
    });
  });

  window.addEventListener("online", () => {
    if (edits !== kept && !stopped) {
      save();
    }
  });
  window.addEventListener("focus", () => {
    if (signedOut) {
      save();
    }
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && edits !== kept && !stopped && !running) {
      save({ keepalive: body().toString().length < ALIVE_BYTES });
    }
  });

  /* Before the form leaves the page its text is safe with the server, or it does not leave. */
  let leaving = false;
  let asked = null;

  form.addEventListener("submit", async (event) => {
    if (leaving) {
      leaving = false;
      return;
    }
    event.preventDefault();
    if (asked) {
      return;
    }
    asked = event.submitter;
    const button = asked;
    const onlyDraft = button && button.name === "save_draft";
    const status = stopped && !onlyDraft ? 409 : await save();
    asked = null;
    if (onlyDraft || status === 0 || status === 302 || status >= 500) {
      line.scrollIntoView({ block: "nearest" });
      return;
    }
    leaving = true;
    form.requestSubmit(button || undefined);
  });
})();
