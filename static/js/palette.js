/* palette.js: Ctrl-K (or Cmd-K) goes to anything by name, "?" lists the keys. The page /search/ does the same without it.
   The field keeps the focus; the chosen option is told to screen readers by aria-activedescendant. */
(function () {
  const palette = document.getElementById("palette");
  const keys = document.getElementById("keys");
  if (!palette) return;
  const field = document.getElementById("palette-text");
  const list = document.getElementById("palette-options");
  const none = document.getElementById("palette-none");
  const said = document.getElementById("palette-said");
  const PAUSE = 120;
  let timer = 0;
  let asking = null;

  const options = () => [...list.querySelectorAll("[role=option]")];
  const chosen = () => list.querySelector("[aria-selected=true]");

  function choose(option) {
    chosen()?.setAttribute("aria-selected", "false");
    if (!option) return field.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", option.id);
  }

  function move(step) {
    const all = options();
    if (all.length) choose(all[(all.indexOf(chosen()) + step + all.length) % all.length]);
  }

  function show(html) {
    list.innerHTML = html;
    const count = options().length;
    list.hidden = !count;
    none.hidden = Boolean(count);
    field.setAttribute("aria-expanded", String(Boolean(count)));
    choose(options()[0]);
    said.textContent = count ? `${count} ${count === 1 ? "place" : "places"}` : "Nothing found";
  }

  async function ask() {
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(`${palette.dataset.source}?${new URLSearchParams({ q: field.value })}`, { signal: asking.signal });
      if (answer.redirected || !answer.ok) throw new Error(answer.statusText);
      show(await answer.text());
    } catch (error) {
      if (error.name !== "AbortError") location.assign(`/search/?${new URLSearchParams({ q: field.value })}`);
    }
  }

  function open() {
    if (palette.open) return;
    keys.close();
    field.value = "";
    palette.showModal();
    field.focus();
    ask();
  }

  function close() {
    clearTimeout(timer);
    asking?.abort();
  }

  field.addEventListener("input", function () {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  palette.addEventListener("close", close);
  palette.addEventListener("keydown", function (event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      move(step);
    } else if (event.key === "Enter" && event.target === field) {
      event.preventDefault();
      chosen()?.click();
    }
  });

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-palette-open]")) {
      event.preventDefault();
      open();
    }
    const dialog = event.target.closest("dialog");
    if (dialog && (event.target === dialog || event.target.closest("[data-close]"))) dialog.close();
  });

  document.addEventListener("keydown", function (event) {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
      return;
    }
    const writing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "?" || writing || event.ctrlKey || event.metaKey || palette.open || keys.open) return;
    event.preventDefault();
    keys.showModal();
  });
})();
