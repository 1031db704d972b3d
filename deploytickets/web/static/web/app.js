// What the pages cannot do as plain forms: stay current, keep what is being typed, answer to keys.
// Every page works without it.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const texts = JSON.parse(document.body.dataset.texts || "{}");

  // == Times: relative ones move on by themselves
  const units = [[86400, "d", 48 * 3600], [3600, "h", 7200], [60, "min", 120], [1, "s", 0]];
  function sayTime(element) {
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(element.dateTime)) / 1000));
    const [size, unit] = units.find(([, , from]) => seconds >= from);
    const said = texts[unit].replace("%(n)s", Math.floor(seconds / size));
    const whole = "ago" in element.dataset ? texts.ago.replace("%(time)s", said) : said;
    if (element.textContent !== whole) element.textContent = whole;
  }
  const sayTimes = (root = document) => $$("time[data-since], time[data-ago]", root).forEach(sayTime);
  if (texts.s) setInterval(sayTimes, 1000);

  // == Live: a page is told that something changed and fetches its parts; with no stream it looks itself
  const live = $("#live");
  let source = null;
  let isLive = "on";
  function sayLive(state) {
    isLive = state;
    $$("[data-live]").forEach((element) => {
      element.dataset.live = state;
      $("[data-live-word]", element).textContent = texts[`live_${state}`];
    });
  }
  if (live && window.htmx) {
    document.body.addEventListener("htmx:sseOpen", (event) => {
      source = event.detail.source;
      sayLive("on");
    });
    document.body.addEventListener("htmx:sseError", (event) => {
      source = event.detail.source;
      sayLive("slow");
    });
    document.body.addEventListener("htmx:sseMessage", (event) => sayLive(event.detail.data === "away" ? "slow" : "on"));
    setInterval(() => {
      if (document.visibilityState === "visible" && (!source || source.readyState !== EventSource.OPEN)) {
        sayLive("slow");
        htmx.trigger(live, "poll");
      }
    }, 4000);
  }

  // == Parts that change in place: equal ones stay, what is being typed stays, what changed is marked
  const plain = (element) => {
    const copy = element.cloneNode(true);
    $$("input[name=csrfmiddlewaretoken]", copy).forEach((input) => input.remove());
    $$("time[data-since], time[data-ago]", copy).forEach((time) => { time.textContent = ""; });
    $$("[data-live]", copy).forEach((element) => { element.dataset.live = $("[data-live-word]", element).textContent = ""; });
    $$(".htmx-request", copy).forEach((form) => form.classList.remove("htmx-request"));
    $$("[disabled]", copy).forEach((button) => button.removeAttribute("disabled"));
    $$(".changed, .at", copy).forEach((row) => row.classList.remove("changed", "at"));
    $$("details", copy).forEach((details) => details.removeAttribute("open"));
    return copy.innerHTML.replace(/ class=""/g, "").replace(/\s+/g, " ");
  };
  const rows = (root) => new Map($$("[data-row]", root).map((row) => [row.id, plain(row)]));

  function remember(root) {
    const fields = $$("input[id], textarea[id], select[id]", root).map((field) => [field.id, field.value, field.checked,
      field.value !== field.defaultValue || field.checked !== field.defaultChecked]);
    const open = $$("details[id]", root).map((details) => [details.id, details.open]);
    const active = root.contains(document.activeElement) ? document.activeElement : null;
    return { fields, open, active: active && active.id, from: active && active.selectionStart, to: active && active.selectionEnd };
  }
  function restore(kept) {
    for (const [id, value, checked, changed] of kept.fields) {
      const field = changed && document.getElementById(id);
      if (field) { field.value = value; field.checked = checked; }
    }
    for (const [id, open] of kept.open) {
      const details = document.getElementById(id);
      if (details) details.open = open;
    }
    const active = kept.active && document.getElementById(kept.active);
    if (active) {
      active.focus({ preventScroll: true });
      if (kept.from != null && active.setSelectionRange && /^(text|search|textarea)$/.test(active.type)) active.setSelectionRange(kept.from, kept.to);
    }
  }
  let swap = null;
  let asker = null;
  document.body.addEventListener("htmx:beforeSwap", (event) => { asker = event.detail.requestConfig.elt; });
  document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
    const before = event.detail.target;
    const after = event.detail.fragment.firstElementChild;
    if (!after || before.id !== after.id) return;
    // A form whose answer is on its way stays: torn out of the page it could not show that answer.
    const sending = $(".htmx-request", before);
    const isBeingSent = sending && sending !== asker;
    if (isBeingSent || (plain(before) === plain(after) && before.className === after.className)) {
      event.detail.shouldSwap = false;
      return;
    }
    swap = { id: before.id, kept: remember(before), rows: rows(before) };
  });
  document.body.addEventListener("htmx:oobAfterSwap", () => {
    const now = swap && document.getElementById(swap.id);
    if (!now) return;
    restore(swap.kept);
    if (swap.rows.size) $$("[data-row]", now).forEach((row) => {
      if (swap.rows.get(row.id) !== plain(row)) row.classList.add("changed");
    });
    sayTimes(now);
    // The server cannot know how this page hears of changes, and says "live" in each part it renders.
    sayLive(isLive);
    swap = null;
  });

  // == What went wrong between here and the server
  function sayProblem(text) {
    const box = document.createElement("div");
    box.className = "finding bad refusal";
    const words = document.createElement("p");
    words.textContent = text;
    box.append(words);
    $("#problems").replaceChildren(box);
  }
  const isBackground = (event) => event.detail.elt === live || "preview" in event.detail.elt.dataset;
  document.body.addEventListener("htmx:sendError", (event) => isBackground(event) || sayProblem(texts.unreachable));
  document.body.addEventListener("htmx:timeout", (event) => isBackground(event) || sayProblem(texts.unreachable));
  document.body.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status >= 500 && !isBackground(event)) sayProblem(texts.broken);
  });
  document.body.addEventListener("htmx:beforeRequest", (event) => isBackground(event) || $("#problems").replaceChildren());

  // == A form that was taken is empty again
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && "clears" in event.detail.elt.dataset) event.detail.elt.reset();
  });

  // == Buttons that may not be pressed stay focusable, so that their reason can be read
  document.addEventListener("click", (event) => {
    if (event.target.closest("[aria-disabled=true]")) { event.preventDefault(); event.stopPropagation(); }
  }, true);

  // == Menus close when one looks elsewhere
  document.addEventListener("click", (event) => $$("details.menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  }));

  // == Filters are applied as they are chosen
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-submits]");
    if (form) form.requestSubmit();
  });

  // == New ticket: typing another version chooses it
  document.addEventListener("input", (event) => {
    const chooses = event.target.dataset && event.target.dataset.chooses;
    if (chooses) document.getElementById(chooses).checked = event.target.value !== "";
  });

  // == Keys: they lead somewhere, they never decide
  const keysDialog = $("#keys");
  const single = {
    get on() { try { return localStorage.getItem("single-keys") !== "off"; } catch { return true; } },
    set on(value) { try { localStorage.setItem("single-keys", value ? "on" : "off"); } catch { /* not kept, then */ } },
  };
  $$("[data-opens=keys]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => keysDialog.showModal());
  });
  $$("[data-single-keys]").forEach((box) => {
    box.checked = single.on;
    box.addEventListener("change", () => { single.on = box.checked; });
  });
  function step(by) {
    const all = $$("[data-item]").filter((item) => item.offsetParent !== null);
    if (!all.length) return;
    const at = all.findIndex((item) => item.classList.contains("at"));
    const next = all[Math.min(all.length - 1, Math.max(0, at + by))] || all[0];
    all.forEach((item) => item.classList.toggle("at", item === next));
    ($("a", next) || next).focus();
    next.scrollIntoView({ block: "nearest" });
  }
  function leadTo(name) {
    const place = $(`[data-key="${name}"]`);
    if (!place) return;
    const details = place.closest("details");
    if (details) details.open = true;
    if (place.tagName === "DETAILS") place.open = true;
    const goal = place.matches("a, button, input, textarea") ? place : $("summary, button, textarea, input:not([type=hidden])", place);
    (goal || place).focus();
    place.scrollIntoView({ block: "center" });
  }
  let afterG = 0;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") $$("details.menu[open]").forEach((menu) => { menu.open = false; $("summary", menu).focus(); });
    const typing = event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable], dialog[open]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !keysDialog) return;
    if (event.key === "?") { keysDialog.showModal(); return; }
    if (!single.on) return;
    if (afterG && Date.now() - afterG < 1500) {
      afterG = 0;
      const page = $(`[data-go="${CSS.escape(event.key)}"]`);
      if (page) { event.preventDefault(); page.click(); }
      return;
    }
    if (event.key === "g") afterG = Date.now();
    else if (event.key === "/") { event.preventDefault(); $("#search").focus(); }
    else if (event.key === "n") { event.preventDefault(); $("[data-key=n]").click(); }
    else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "a") { event.preventDefault(); leadTo("approve"); }
    else if (event.key === "v") { event.preventDefault(); leadTo("verify"); }
  });
})();
