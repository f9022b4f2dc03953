/* under-way.js: what runs in the worker shows by itself how far it is, and a form that waits for a server says so. Without
   it, a link shows the page anew. What is read or held by the keyboard at the moment stays until the next look. */
(function () {
  const EVERY = 2000;
  const SAID_EVERY = 15000;
  let saidAt = Date.now();
  let isTold = false;

  const place = () => document.getElementById("under-way");

  function announce(words) {
    document.getElementById("announcer").textContent = words;
    saidAt = Date.now();
  }

  function isHeld(element) {
    const selection = getSelection();
    return element.contains(document.activeElement) || (!selection.isCollapsed && selection.containsNode(element, true));
  }

  function tell(words, finished) {
    if (finished && !isTold) announce(words);
    else if (!finished && Date.now() - saidAt > SAID_EVERY) announce(words);
    isTold = finished;
  }

  function show(fresh) {
    const finished = !("running" in fresh.dataset);
    const held = isHeld(place());
    tell(fresh.dataset.said, finished);
    if (!held) place().replaceWith(document.adoptNode(fresh));
    if (held || !finished) again();
  }

  async function look() {
    if (document.hidden) return again();
    try {
      const answer = await fetch(place().dataset.source);
      if (answer.redirected || (answer.status >= 400 && answer.status < 500)) return announce("This page is no longer up to date. Reload it");
      if (!answer.ok) return again();
      show(new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("under-way"));
    } catch {
      again();
    }
  }

  const again = () => setTimeout(look, EVERY);

  document.addEventListener("submit", function (event) {
    const form = event.target.closest("[data-waits]");
    if (!form) return;
    event.submitter?.setAttribute("aria-busy", "true");
    announce(form.dataset.waits);
  });

  if (place() && "running" in place().dataset) again();
})();
