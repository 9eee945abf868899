// Refreshes a running impact replay in place, until it is over.
(() => {
  "use strict";
  const INTERVAL_MS = 1500;
  const MAX_REFRESHES = 1200;

  async function refresh(panel, left) {
    if (left === 0 || panel.dataset.running !== "yes") {
      return;
    }
    const response = await fetch(panel.dataset.url, { credentials: "same-origin" });
    if (response.ok) {
      const holder = document.createElement("div");
      holder.innerHTML = await response.text();
      const next = holder.querySelector("#impact");
      if (next) {
        panel.replaceWith(next);
        panel = next;
      }
    }
    window.setTimeout(() => refresh(panel, left - 1), INTERVAL_MS);
  }

  document.addEventListener("DOMContentLoaded", () => {
    const panel = document.getElementById("impact");
    if (panel) {
      window.setTimeout(() => refresh(panel, MAX_REFRESHES), INTERVAL_MS);
    }
  });
})();
