/* portal.js: small comforts. Copying a digest, putting a toast away, "/" to search. Nothing in the portal depends on them. */
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

  document.addEventListener("keydown", function (event) {
    const writing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || writing || event.ctrlKey || event.metaKey || event.altKey) return;
    const search = document.getElementById("portal-search");
    if (!search || !search.checkVisibility()) return;
    event.preventDefault();
    search.focus();
  });
})();
