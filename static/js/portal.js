/* portal.js: small comforts. Copying a digest, putting a toast away, "/" to search, and a word about what takes longer
   than a second. Nothing in the portal depends on them. */
(function () {
  function announce(words) {
    const place = document.getElementById("announcer");
    if (place) place.textContent = words;
  }

  async function copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      announce("Not copied: the browser does not allow it. Select the text and copy it by hand");
      return;
    }
    const use = button.querySelector("use");
    const drawing = use.getAttribute("href");
    use.setAttribute("href", drawing.replace("#i-copy", "#i-check"));
    announce("Copied");
    setTimeout(() => use.setAttribute("href", drawing), 2000);
  }

  document.addEventListener("click", function (event) {
    const copies = event.target.closest("[data-copy]");
    if (copies) copy(copies);
    const dismissed = event.target.closest("[data-dismiss]");
    if (dismissed) dismissed.closest(".toast").remove();
  });

  const PATIENCE = 1000;
  const LOOK_AGAIN = 3000;

  function sizeOf(file) {
    const units = ["B", "kB", "MB", "GB"];
    const power = Math.min(Math.floor(Math.log10(Math.max(file.size, 1)) / 3), units.length - 1);
    return Number((file.size / 1000 ** power).toPrecision(3)) + " " + units[power];
  }

  function progressOf(words) {
    const progress = document.createElement("div");
    const bar = document.createElement("progress");
    const said = document.createElement("p");
    progress.className = "progress";
    bar.className = "progress__bar";
    bar.setAttribute("aria-label", words);
    said.textContent = words;
    progress.append(bar, said);
    return progress;
  }

  document.addEventListener("submit", function (event) {
    const file = event.target.querySelector("input[type=file]")?.files[0];
    if (!file || event.defaultPrevented) return;
    const progress = progressOf("Uploading " + file.name + ", " + sizeOf(file));
    event.submitter?.setAttribute("aria-busy", "true");
    setTimeout(function () {
      event.target.append(progress);
      progress.scrollIntoView({ block: "nearest" });
      announce(progress.textContent);
    }, PATIENCE);
    addEventListener("pageshow", function () {
      event.submitter?.removeAttribute("aria-busy");
      progress.remove();
    }, { once: true });
  });

  if (document.querySelector("[data-look-again]")) setTimeout(() => location.reload(), LOOK_AGAIN);

  document.addEventListener("keydown", function (event) {
    const writing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || writing || event.ctrlKey || event.metaKey || event.altKey) return;
    const search = document.getElementById("portal-search");
    if (!search || !search.checkVisibility()) return;
    event.preventDefault();
    search.focus();
  });
})();
