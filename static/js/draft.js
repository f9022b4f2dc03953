/* draft.js: htmx sends what is typed a second after the last key; this says when it could not be kept, sends it again, and
   lets nobody leave before it is. Without either, a form is saved by its button as any other. */
(function () {
  const form = document.querySelector("[data-keeps-draft]");
  if (!form) return;
  const AGAIN = 5000;
  const source = form.getAttribute("hx-post");
  let typed = 0;
  let sent = 0;
  let kept = 0;
  let lost = "";
  let leaves = false;

  function tell(how) {
    lost = how;
    const words = how ? document.getElementById("draft-" + how).content.cloneNode(true) : "";
    document.getElementById("draft-lost").replaceChildren(words);
  }

  const keep = () => htmx.trigger(form, "keep");

  // Whoever is signed out is led to another page, which is no answer of ours.
  const isLedAway = (request) => request.status === 200 && new URL(request.responseURL).pathname !== source;

  async function freshen() {
    const answer = await fetch(source).catch(() => null);
    if (!answer || answer.status >= 500) return waitFor();
    if (answer.redirected) return tell("signed-out");
    if (!answer.ok) return tell("refused");
    form.elements.csrfmiddlewaretoken.value = await answer.text();
    tell("");
    if (kept !== typed) keep();
  }

  function waitFor() {
    tell("unreachable");
    setTimeout(keep, AGAIN);
  }

  form.addEventListener("input", () => typed++);
  form.addEventListener("htmx:beforeRequest", () => (sent = typed));
  form.addEventListener("htmx:beforeSwap", function (event) {
    if (isLedAway(event.detail.xhr)) event.detail.shouldSwap = false;
  });
  form.addEventListener("htmx:afterRequest", function (event) {
    const request = event.detail.xhr;
    if (request.status === 0 || request.status >= 500) return waitFor();
    if (request.status === 403) return freshen();
    if (isLedAway(request)) return tell("signed-out");
    if (request.status === 200) kept = sent;
    tell("");
  });

  document.addEventListener("visibilitychange", function () {
    if (!document.hidden && (lost || kept === typed)) freshen();
  });

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-gives-up]")) leaves = true;
  });

  form.addEventListener("submit", function (event) {
    if (lost !== "signed-out") return void (leaves = true);
    event.preventDefault();
    document.getElementById("draft-lost").scrollIntoView({ block: "center" });
  });

  window.addEventListener("beforeunload", function (event) {
    if (kept !== typed && !leaves) event.preventDefault();
  });
})();
