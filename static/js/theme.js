/* theme.js: remembers light or dark. The portal works without it: then the operating system decides.
   It runs before the first paint, so that a remembered theme does not flash, and tells the stylesheet that scripts run,
   and which keys the keyboard has. */
(function () {
  const root = document.documentElement;
  let saved = null;
  try { saved = localStorage.getItem("theme"); } catch { /* private mode: nothing is remembered */ }
  root.dataset.js = "on";
  root.dataset.keys = /mac|iphone|ipad/i.test(navigator.userAgentData?.platform || navigator.platform) ? "mac" : "other";
  if (saved) root.dataset.theme = saved;
  document.addEventListener("click", function (event) {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* private mode: nothing is remembered */ }
  });
})();
