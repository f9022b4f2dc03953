/* passkeys.js: makes and shows passkeys. A form with data-passkey="get" or "create" has a hidden field "credential", and
   its options in the element named by data-options, or at its own address. Without it, people sign in with a password. */
(function () {
  const canUse = "PublicKeyCredential" in window && "parseRequestOptionsFromJSON" in PublicKeyCredential
    && !/^[\d.]+$|^\[/.test(location.hostname);

  async function optionsOf(form) {
    if (form.dataset.options) return JSON.parse(document.getElementById(form.dataset.options).textContent);
    const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error("no options: " + answer.status);
    return answer.json();
  }

  async function credentialFor(form) {
    const options = await optionsOf(form);
    if (form.dataset.passkey === "create") {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options.creation_options.publicKey);
      return navigator.credentials.create({ publicKey });
    }
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.request_options.publicKey);
    return navigator.credentials.get({ publicKey });
  }

  async function show(form) {
    const refusal = form.querySelector("[data-passkey-refusal]");
    refusal.hidden = true;
    try {
      form.elements.credential.value = JSON.stringify((await credentialFor(form)).toJSON());
    } catch {
      refusal.hidden = false;
      return;
    }
    form.submit();
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!canUse) {
      const missing = form.querySelector("[data-passkey-missing]");
      if (missing) missing.hidden = false;
      (missing ? form.querySelector("button") : form).hidden = true;
      continue;
    }
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      show(form);
    });
  }
})();
