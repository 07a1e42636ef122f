/* Drafts that save themselves.
 *
 *   form[data-draft-url]    the draft's address; data-owner is the person that it is for
 *   data-draft-version      the field that holds the version which the page has
 *   data-draft-seen         the field that says against what the page was written, where there is one
 *   data-draft-local        what is typed is also held in the browser under this name, until the
 *                           server has it; after a lost network it is filled in again
 *   data-draft-unsaved      the page shows what was sent and not taken: the server has it not
 *   [data-draft-status]     says when the draft was saved, or why it was not
 *   [data-draft-other]      where two texts are shown, when another version was saved meanwhile
 */
"use strict";

(() => {
  const form = document.querySelector("form[data-draft-url]");
  if (!form) {
    return;
  }

  const url = form.dataset.draftUrl;
  const version = form.elements[form.dataset.draftVersion];
  const seen = form.elements[form.dataset.draftSeen];
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
      version.value = "0";
      stopped = false;
      edits += 1;
      save();
    });
    return button;
  }

  function reopenButton() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-link p-0 align-baseline";
    button.textContent = "重新打开，对照两份内容";
    button.addEventListener("click", () => {
      form.dispatchEvent(new Event("portal:saved", { bubbles: true })); // it is held in the browser
      location.reload();
    });
    return button;
  }

  /* --- Held in the browser ------------------------------------------------ */

  const place = form.dataset.draftLocal ? `portal.draft:${form.dataset.draftLocal}` : "";

  function values() {
    const found = {};
    for (const field of form.elements) {
      if (field.name && field.matches("input:not([type=hidden], [type=file]), select, textarea")) {
        found[field.name] = field.type === "checkbox" ? String(field.checked) : field.value;
      }
    }
    return found;
  }

  /* The names of fields that are not as the server sent them. */
  function changed() {
    const isChanged = (field) => {
      if (field.matches("[type=checkbox], [type=radio]")) {
        return field.checked !== field.defaultChecked;
      }
      if (field.matches("select")) {
        const sent = Array.from(field.options).findIndex((option) => option.defaultSelected);
        return field.selectedIndex !== Math.max(sent, 0);
      }
      return field.value !== field.defaultValue;
    };
    return Object.keys(values()).filter((name) => {
      const fields = form.elements[name];
      return (fields instanceof RadioNodeList ? Array.from(fields) : [fields]).some(isChanged);
    });
  }

  function fill(held) {
    for (const [name, value] of Object.entries(held)) {
      const field = form.elements[name];
      if (field && field.type === "checkbox") {
        field.checked = value === "true";
      } else if (field) {
        field.value = value;
      }
    }
  }

  /* What the page was opened on: where it is another by now, nothing is filled in unasked. */
  function base() {
    return seen ? `${version.value} ${seen.value}` : version.value;
  }

  function hold() {
    if (!place) {
      return;
    }
    const held = { version: base(), time: Date.now(), values: values() };
    try {
      localStorage.setItem(place, JSON.stringify(held));
    } catch {
      // A browser that holds nothing: the draft at the server is there all the same.
    }
  }

  function release() {
    if (place) {
      localStorage.removeItem(place);
    }
  }

  function read() {
    try {
      return place && JSON.parse(localStorage.getItem(place));
    } catch {
      return null;
    }
  }

  function edited() {
    edits += 1;
    hold();
    if (!stopped && !signedOut) {
      later(PAUSE_MS);
    }
  }

  /* What was typed here and never reached the server: filled in again, or shown beside. */
  function restore() {
    const held = read();
    const early = changed(); // typed before this script had come
    if (early.length || "draftUnsaved" in form.dataset) {
      edited();
    }
    if ("draftUnsaved" in form.dataset) {
      return;
    }
    if (!held) {
      return;
    }
    const now = values();
    const differing = Object.keys(held.values).filter(
      (name) => name in now && now[name] !== held.values[name] && !early.includes(name)
    );
    if (!differing.length) {
      if (!early.length) {
        release();
      }
    } else if (held.version === base()) {
      takeBack(held, differing, `已恢复本机 ${moment(held.time)} 填写的内容，正在保存。`);
    } else {
      showBoth(held, now, differing);
    }
  }

  function takeBack(held, names, words) {
    const taken = {};
    for (const name of names) {
      taken[name] = held.values[name];
    }
    fill(taken);
    edits += 1;
    say(words);
    hold();
    later(0);
  }

  function moment(milliseconds) {
    const at = new Date(milliseconds);
    const two = (number) => String(number).padStart(2, "0");
    return `${at.getMonth() + 1}月${at.getDate()}日 ${two(at.getHours())}:${two(at.getMinutes())}`;
  }

  function showBoth(held, now, differing) {
    const other = form.querySelector("[data-draft-other]");
    const rows = other.querySelector("tbody");
    other.querySelector("[data-draft-held-at]").textContent = moment(held.time);
    for (const name of differing) {
      const field = form.elements[name];
      const label = field.labels && field.labels.length ? field.labels[0].textContent : name;
      const said = (value) =>
        field.type === "checkbox" ? (value === "true" ? "是" : "否") : value || "（空）";
      const row = document.createElement("tr");
      for (const text of [label.trim(), said(now[name]), said(held.values[name])]) {
        const cell = document.createElement("td");
        cell.textContent = text;
        row.append(cell);
      }
      rows.append(row);
    }
    other.querySelector("[data-draft-take]").addEventListener("click", () => {
      other.hidden = true;
      takeBack(held, differing, "已填入本机内容，正在保存。");
    });
    other.querySelector("[data-draft-drop]").addEventListener("click", () => {
      other.hidden = true;
      release();
    });
    other.hidden = false;
  }

  /* --- Sending ------------------------------------------------------------ */

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
    const sent = edits;
    const { status, data } = await send(options);
    if (status === 200) {
      kept = sent;
      version.value = String(data.version);
      if (data.saved_at) {
        say(`草稿已于 ${data.saved_at} 自动保存`);
        if (data.url && !new URLSearchParams(location.search).has("draft")) {
          history.replaceState(null, "", data.url);
        }
      }
      if (edits === kept) {
        release();
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
        const ways = place ? [reopenButton()] : [];
        say(data.error, ...(data.can_fork ? [forkButton()] : ways));
      }
    } else if (status === 422 || status === 403) {
      say(data.error || "草稿没有保存，请刷新页面后再试。");
    } else {
      const where = place ? "保存在本机" : "仍在本页";
      say(`网络不通，草稿还没有保存；填写的内容${where}，恢复后自动保存。`);
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
    form.addEventListener(name, edited);
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
    // Of the form's own event nothing is sent anew: it has to be over first.
    const status =
      stopped && !onlyDraft ? await new Promise((go) => setTimeout(go, 0, 409)) : await save();
    asked = null;
    if (onlyDraft || status === 0 || status === 302 || status >= 500) {
      line.scrollIntoView({ block: "nearest" });
      return;
    }
    leaving = true;
    // Whatever was to be confirmed has been: else this would not have been asked to save.
    form.dispatchEvent(new Event("portal:confirmed", { bubbles: true }));
    form.requestSubmit(button || undefined);
  });

  restore();
})();
