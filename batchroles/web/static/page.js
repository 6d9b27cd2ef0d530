// What needs a script: dropping a file, and a bar that moves. Everything else works without one.
"use strict";

for (const form of document.querySelectorAll("[data-drop]")) {
  const input = form.querySelector("input[type=file]");
  for (const name of ["dragenter", "dragover"])
    form.addEventListener(name, (event) => {
      event.preventDefault();
      form.classList.add("over");
    });
  for (const name of ["dragleave", "drop"])
    form.addEventListener(name, () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length === 1) {
      input.files = event.dataTransfer.files;
      form.requestSubmit();
    }
  });
}

const poll = document.querySelector("[data-poll]");
if (poll) {
  const put = (name, text) => {
    const place = poll.querySelector(`[data-${name}]`);
    if (place && text !== undefined && place.textContent !== text) place.textContent = text;
  };
  const look = async () => {
    let state;
    try {
      const answer = await fetch(poll.dataset.poll, { headers: { Accept: "application/json" } });
      // Signed out, or not there any more: the page itself says so.
      if (!answer.ok || answer.redirected) return location.reload();
      state = await answer.json();
    } catch {
      return setTimeout(look, 3000); // the page's own server does not answer: it may be starting again
    }
    if (state.over) return location.reload();
    for (const name of ["say", "done", "failed", "rate", "left"]) put(name, state[`${name}_said`] ?? state[name]);
    const bar = poll.querySelector("[data-bar]");
    if (state.total) {
      bar.max = state.total;
      bar.value = state.done;
    } else bar.removeAttribute("value");
    setTimeout(look, 1000);
  };
  setTimeout(look, 500);
}
