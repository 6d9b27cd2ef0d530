// What needs a script: dropping a file, and a bar that moves. Everything else works without one.
"use strict";

const drop = document.querySelector("[data-drop]");
if (drop) {
  const input = drop.querySelector("input[type=file]");
  const fits = (files) => {
    let complaint = "";
    if (files.length > 1) complaint = drop.dataset.oneFile;
    else if (files[0]?.size > Number(drop.dataset.most)) complaint = drop.dataset.tooLarge;
    drop.querySelector("[data-complaint]").textContent = complaint;
    return !complaint;
  };
  // On the whole page: a browser would open what is dropped beside the field, and the page would be gone.
  for (const name of ["dragenter", "dragover"])
    document.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) drop.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    const files = event.dataTransfer.files;
    if (!files.length || !fits(files)) return;
    input.files = files;
    drop.requestSubmit();
  });
  input.addEventListener("change", () => {
    if (!fits(input.files)) input.value = "";
  });
}

// A page that was loaded anew by itself: whoever reads it by ear begins where it says something new.
if (sessionStorage.getItem("arriving")) {
  sessionStorage.removeItem("arriving");
  const at = document.getElementById(location.hash.slice(1)) ?? document.querySelector("h1");
  at.tabIndex = -1;
  // Whoever was quicker, and is somewhere already, stays there.
  if (document.activeElement === document.body) at.focus();
}

const poll = document.querySelector("[data-poll]");
if (poll) {
  const SELDOM = 30_000; // milliseconds between two numbers that are read aloud
  let aloud = { kind: "", at: 0 };
  const put = (name, text) => {
    const place = poll.querySelector(`[data-${name}]`);
    if (place && text !== undefined && place.textContent !== text) place.textContent = text;
  };
  const say = (text) => {
    const kind = text.replace(/[\d.,\s]/g, "");
    if (kind === aloud.kind && Date.now() - aloud.at < SELDOM) return;
    aloud = { kind, at: Date.now() };
    put("aloud", text);
  };
  const anew = () => {
    sessionStorage.setItem("arriving", "yes");
    location.reload();
  };
  const look = async () => {
    let state;
    try {
      const answer = await fetch(poll.dataset.poll, { headers: { Accept: "application/json" } });
      // Signed out, or not there any more: the page itself says so.
      if (!answer.ok || answer.redirected) return anew();
      state = await answer.json();
    } catch {
      return setTimeout(look, 3000); // the page's own server does not answer: it may be starting again
    }
    if (state.over) return anew();
    for (const name of ["say", "done", "failed", "rate", "left"]) put(name, state[`${name}_said`] ?? state[name]);
    say(state.say);
    const bar = poll.querySelector("[data-bar]");
    if (state.total) {
      bar.max = state.total;
      bar.value = state.done;
    } else bar.removeAttribute("value");
    setTimeout(look, 1000);
  };
  setTimeout(look, 500);
}
