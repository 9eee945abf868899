// Builds an editor around each text area of a route. Without this script the text area is what people use.
import { button, make, options } from "./dom.js";
import { clean } from "./model.js";
import { step } from "./steps.js";

const CHECK_AFTER_MS = 350;
const MAX_UNDO = 50;
let offered = null;

class Editor {
  constructor(host, offer) {
    this.host = host;
    this.offer = offer;
    this.area = host.querySelector("textarea");
    this.undone = [];
    this.timer = 0;
    this.asked = null;
    const given = host.dataset.route;
    this.root = given === "" || given === "unread" ? {} : JSON.parse(given);
    this.untouched = true;
    this.build();
    if (given !== "" && given !== "unread") {
      this.steps.open = "sent" in host.dataset;
      this.steps.open ? this.check() : null;
    } else {
      this.steps.open = given === "";
      this.text.open = given === "unread";
    }
    this.before = JSON.stringify(this.root);
    this.draw();
  }

  idOf(at) {
    return `${this.area.id}-${at.replaceAll(".", "-") || "root"}`;
  }

  build() {
    this.tree = make("div", { class: "sb-tree" });
    this.said = make("p", { class: "sb-said", role: "status" });
    this.seen = this.host.querySelector(".sb-editor-seen") || make("div", { class: "sb-editor-seen" });
    this.costs = make("p", { class: "sb-help" });
    this.notes = make("ul", { class: "sb-notes" });
    this.undo = button("Undo", () => this.back(), { disabled: true });
    const patterns = this.patterns();
    this.steps = make(
      "details",
      { class: "sb-editor-steps" },
      make("summary", {}, "Build the steps"),
      make("div", { class: "sb-bar" }, patterns, this.undo),
      this.tree,
      this.said,
      this.costs,
      this.notes,
    );
    this.outline = make("pre", { class: "sb-outline-text", tabindex: "0", "aria-label": "The route as an outline" });
    this.text = make("details", {}, make("summary", {}, "For experts: the route as text"));
    this.host.append(this.seen, this.steps, this.text);
    const help = make("p", { class: "sb-help" }, "JSON, or an outline. The steps above follow what is written here.");
    this.text.append(help, this.area, this.outline);
    this.area.addEventListener("input", () => this.written());
    this.steps.addEventListener("toggle", () => this.steps.open && this.check(), { once: true });
  }

  patterns() {
    const id = this.idOf("pattern");
    const select = make("select", { id });
    options(select, [["", "choose a pattern"]], "");
    this.offer.patterns.forEach((pattern, place) => {
      const label = pattern.route ? pattern.label : `${pattern.label} (needs ${pattern.needs})`;
      const option = make("option", { value: place, disabled: !pattern.route }, label);
      select.append(option);
    });
    const help = make("p", { class: "sb-help", id: `${id}-help` });
    select.setAttribute("aria-describedby", help.id);
    select.addEventListener("change", () => {
      help.textContent = select.value ? this.offer.patterns[select.value].help : "";
    });
    const use = button("Fill in", () => {
      const pattern = this.offer.patterns[select.value];
      if (pattern) {
        const put = () => (this.root = structuredClone(pattern.route));
        this.change(put, this.idOf("kind"), `${pattern.label} is filled in. Undo brings back what was here.`);
      }
    });
    const label = make("label", { for: id }, "Begin from a pattern");
    return make("div", { class: "sb-pattern" }, label, make("div", { class: "sb-kind" }, select, use), help);
  }

  draw() {
    const open = [...this.tree.querySelectorAll("details[open]")].map((details) => details.id);
    const put = (next) => (this.root = next);
    this.tree.replaceChildren(step(this, this.root, "", "The route", put));
    open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
    this.undo.disabled = !this.undone.length;
  }

  // A change of the tree: `focus` is an id, or a place whose first control gets it.
  change(work, focus, said) {
    work();
    this.keep();
    this.draw();
    this.said.textContent = said;
    this.focus(focus);
    this.later();
  }

  // An answer was changed in place.
  edited(redraw, focus) {
    this.keep();
    if (redraw) {
      this.draw();
      this.focus(focus);
    }
    this.undo.disabled = false;
    this.later();
  }

  keep() {
    this.undone.push(this.before);
    this.undone.splice(0, this.undone.length - MAX_UNDO);
    this.before = JSON.stringify(this.root);
    this.untouched = false;
    this.area.value = JSON.stringify(clean(this.offer.schema, this.root), null, 2);
  }

  back() {
    const last = this.undone.pop();
    if (last !== undefined) {
      this.root = JSON.parse(last);
      this.before = last;
      this.area.value = JSON.stringify(clean(this.offer.schema, this.root), null, 2);
      this.draw();
      this.said.textContent = "Undone.";
      this.later();
    }
  }

  focus(where) {
    const place = CSS.escape(where);
    const found = document.getElementById(where) || this.tree.querySelector(`[data-at="${place}"] select`);
    (found && !found.disabled ? found : this.tree.querySelector("select")).focus();
  }

  // The text was changed by hand: the steps follow once it can be read.
  written() {
    this.untouched = false;
    let sent = this.area.value;
    try {
      sent = JSON.parse(sent);
    } catch {
      // an outline, which the server reads
    }
    this.later(sent);
  }

  later(sent) {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.check(sent), CHECK_AFTER_MS);
  }

  async check(sent) {
    this.asked?.abort();
    this.asked = new AbortController();
    const token = this.host.closest("form")?.querySelector("[name=csrfmiddlewaretoken]")?.value || "";
    try {
      const answer = await fetch(this.host.dataset.check, {
        method: "POST",
        credentials: "same-origin",
        headers: { "content-type": "application/json", "x-csrftoken": token },
        body: JSON.stringify(sent === undefined ? clean(this.offer.schema, this.root) : sent),
        signal: this.asked.signal,
      });
      if (answer.ok) {
        this.show(await answer.json(), sent !== undefined);
      }
    } catch (error) {
      if (error.name !== "AbortError") {
        this.said.textContent = "The route can't be checked now; saving it checks it.";
      }
    }
  }

  show(found, follows) {
    if (follows && "route" in found) {
      this.undone.push(this.before);
      this.root = found.route;
      this.before = JSON.stringify(this.root);
      this.draw();
    }
    this.tree.querySelectorAll(".sb-problem").forEach((problem) => problem.remove());
    this.tree.querySelectorAll("[aria-invalid]").forEach((input) => {
      input.removeAttribute("aria-invalid");
      input.setAttribute("aria-describedby", input.dataset.help);
    });
    found.troubles.forEach((trouble) => this.mark(trouble));
    this.costs.textContent = found.cost || "";
    this.notes.replaceChildren(...(found.notes || []).map((note) => make("li", {}, note)));
    if ("picture" in found) {
      this.seen.innerHTML = found.picture.replaceAll("sb-editor-picture", this.idOf("picture"));
      this.outline.textContent = found.text;
      if (!this.untouched && !follows) {
        this.area.value = JSON.stringify(found.route, null, 2);
      }
    }
    const left = found.troubles.length;
    const words = left === 1 ? "One thing is to be put right." : `${left} things are to be put right.`;
    this.said.textContent = left ? words : "";
  }

  // Beside the step that it is about, or the nearest around it.
  mark(trouble) {
    let at = trouble.at;
    let place = this.tree.querySelector(`[data-at="${CSS.escape(at)}"]`);
    while (!place && at) {
      at = at.includes(".") ? at.slice(0, at.lastIndexOf(".")) : "";
      place = this.tree.querySelector(`[data-at="${CSS.escape(at)}"]`);
    }
    place = place || this.tree;
    const problem = make("p", { class: "sb-problem", id: `${this.idOf(trouble.at)}-problem` }, trouble.message);
    const head = place.querySelector(":scope > .sb-step-head, :scope > .sb-list-title, :scope > legend");
    head ? head.after(problem) : place.append(problem);
    const control = place.querySelector(":scope > input, :scope > select, :scope > textarea, :scope > span > input");
    if (control) {
      control.dataset.help ??= control.getAttribute("aria-describedby") || "";
      control.setAttribute("aria-invalid", "true");
      control.setAttribute("aria-describedby", `${problem.id} ${control.dataset.help}`.trim());
    }
  }
}

async function begin(host) {
  if (host.dataset.built || host.querySelector("textarea")?.name.includes("__prefix__")) {
    return;
  }
  host.dataset.built = "yes";
  offered ??= fetch(host.dataset.offer, { credentials: "same-origin" }).then((answer) =>
    answer.ok ? answer.json() : null,
  );
  const offer = await offered.catch(() => null);
  if (offer) {
    new Editor(host, offer);
  }
}

const beginAll = (root) => root.querySelectorAll(".sb-editor").forEach(begin);
beginAll(document);
document.addEventListener("formset:added", (event) => beginAll(event.target));
