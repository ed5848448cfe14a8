"use strict";
// Everything works without this script. It shows local times and countdowns, and userinfo on the same page, and saves a
// click at a logout.
(() => {
  // Before the page is loaded completely: then it leaves no entry in the history, and the back button does not repeat it.
  document.querySelector("form[data-submit]")?.submit();

  const when = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const local = (time) => {
    const moment = new Date(time.dateTime);
    return Number.isNaN(moment.getTime()) ? time.textContent : when.format(moment);
  };

  for (const time of document.querySelectorAll("time[data-local]")) {
    time.title = time.textContent;
    time.textContent = local(time);
  }

  const two = (number) => String(number).padStart(2, "0");
  const left = (seconds) => {
    const [days, hours, minutes] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
    if (days > 0) return `${days} d ${hours} h`;
    if (hours > 0) return `${hours} h ${two(minutes)} min`;
    return `${minutes} min ${two(seconds % 60)} s`;
  };

  const clocks = [...document.querySelectorAll("time[data-ends]")];
  for (const clock of clocks) {
    clock.title = clock.textContent;
    clock.parentElement.nextElementSibling.prepend(`${local(clock)}. `);
  }
  const tick = () => {
    for (const clock of clocks) {
      const seconds = Math.round((Date.parse(clock.dateTime) - Date.now()) / 1000);
      clock.textContent = seconds > 0 ? left(seconds) : clock.dataset.ends === "session" ? "ended" : "now";
      clock.dataset.left = seconds > 60 ? "plenty" : seconds > 0 ? "little" : "nothing";
      if (seconds <= 0 && clock.dataset.ends === "session") document.querySelector("[data-session-ended]").hidden = false;
    }
  };
  if (clocks.length > 0) {
    tick();
    setInterval(tick, 1000);
  }

  for (const picture of document.querySelectorAll(".avatar img")) {
    const settle = () => picture.naturalWidth > 0 ? picture.previousElementSibling.remove() : picture.remove();
    if (picture.complete) settle();
    else for (const event of ["load", "error"]) picture.addEventListener(event, settle, { once: true });
  }

  const ask = document.querySelector("[data-live]");
  const status = document.querySelector("[data-live-status]");
  const answer = document.querySelector("[data-live-answer]");
  const words = { 401: "Your session has ended. Please sign in again.", 502: "The response from ZITADEL was not usable. Please try again.", 503: "ZITADEL cannot be reached at the moment. Please try again." };
  ask?.addEventListener("click", async (event) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (ask.getAttribute("aria-busy") === "true") return;
    ask.setAttribute("aria-busy", "true");
    status.textContent = "Asking ZITADEL …";
    answer.hidden = true;
    try {
      const response = await fetch(ask.href, { headers: { Accept: "application/json" }, cache: "no-store" });
      if (!response.ok) throw new Error(words[response.status]);
      answer.textContent = JSON.stringify(await response.json(), null, 2);
      answer.hidden = false;
      status.textContent = `Answered on ${when.format(new Date())}.`;
    } catch (problem) {
      status.textContent = Object.values(words).includes(problem.message) ? problem.message : "The request failed. Please try again.";
    }
    ask.removeAttribute("aria-busy");
  });

  // The back button must not show a page of a session that has ended.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
