// What the page does by itself: it says whether it is live, counts ages on, and tells screen
// readers of news. What is shown comes from the server whole; htmx puts it in place.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const live = byId("live"), pulse = byId("pulse"), away = byId("away"), said = byId("said");
  const states = { live: "live, read", trouble: "AWS is away, read", away: "not live, read" };
  const ended = "This browser is not let in any more: the dashboard was started again. " +
    "Open the address that it printed.";
  const silent = "The dashboard does not answer. Is it still running? " +
    "What is shown is as old as it says above; the page goes on by itself.";
  let connected = false;

  const span = (seconds) => {  // as zonemesh/duration.py writes it
    if (seconds < 60) return `${Math.floor(seconds)} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
    if (seconds < 172800) return `${Math.floor(seconds / 3600)} h`;
    return `${Math.floor(seconds / 86400)} d`;
  };

  const tick = () => {
    for (const each of document.querySelectorAll("time[data-ago]")) {
      const text = `${span(Math.max(0, Date.now() / 1000 - each.dataset.ago))} ago`;
      if (each.textContent !== text) each.textContent = text;
    }
  };

  const show = () => {
    const trouble = document.querySelector("#view .banner[role=alert]") !== null;
    const state = !connected ? "away" : trouble ? "trouble" : "live";
    pulse.dataset.state = state;
    byId("pulse-word").textContent = states[state];
  };

  const lost = (why) => {
    connected = false;
    if (away.hidden || away.textContent !== why) {
      away.textContent = why;
      away.hidden = false;
    }
    show();
  };

  const reached = () => {
    connected = true;
    away.hidden = true;
    show();
  };

  live.addEventListener("htmx:sse:after:connection", reached);
  live.addEventListener("htmx:sse:error", (event) => {
    lost(event.detail.status === 403 ? ended : silent);
  });
  for (const name of ["htmx:error", "htmx:response:error"]) {
    live.addEventListener(name, () => {  // before the first connection, nothing tries again
      lost(silent);
      setTimeout(() => htmx.trigger(live, "again"), 4000);
    });
  }
  live.addEventListener("mesh-read", (event) => {
    const at = byId("read-at").querySelector("time") || document.createElement("time");
    at.dataset.ago = event.detail.data;
    at.dateTime = new Date(event.detail.data * 1000).toISOString();
    byId("read-at").replaceChildren(at);
    const dot = pulse.querySelector(".dot");
    dot.classList.remove("beat");
    void dot.offsetWidth;  // starts the animation anew
    dot.classList.add("beat");
    tick();
  });

  let needs = byId("view").dataset.needs;
  document.addEventListener("htmx:after:swap", () => {
    show();
    tick();
    const now = byId("view")?.dataset.needs;
    if (now === needs) return;
    needs = now;
    said.textContent = now === "0" ? "Nothing needs you any more."
      : now ? `${now} ${now === "1" ? "thing needs" : "things need"} you now.` : "";
  });

  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;  // a second press is not a second order
    for (const button of event.target.querySelectorAll("button")) button.disabled = true;
  });

  setInterval(tick, 1000);
  tick();
})();
