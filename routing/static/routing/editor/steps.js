// The tree: nodes, lists of members, records and gates, each with what can be done to it.
import { button, make, options } from "./dom.js";
import { input } from "./inputs.js";
import { become, formOf, fresh, isAsked, member } from "./model.js";

const NESTED = new Set(["route", "routes", "record", "records", "gates"]);
const join = (at, name) => (at === "" ? String(name) : `${at}.${name}`);

// A node, in its place: `put` replaces it there, `tools` are what its list can do with it.
export function step(editor, value, at, title, put, tools = null, depth = 1) {
  const form = formOf(editor.offer.schema, value);
  const kind = kindOf(editor, value, at, title, put, depth);
  const box = make("fieldset", { class: "sb-step", "data-at": at });
  box.append(make("legend", {}, form ? `${title}: ${form.label}` : title));
  box.append(make("div", { class: "sb-step-head" }, kind, tools));
  if (form) {
    box.append(value.node === "model" ? "" : make("p", { class: "sb-help" }, form.help));
    box.append(...body(editor, form, value, at, depth));
  }
  return box;
}

function kindOf(editor, value, at, title, put, depth) {
  const id = editor.idOf(join(at, "kind"));
  const select = make("select", { id });
  const given = value === null ? "refuse" : (value && value.node) || "";
  if (!given) {
    options(select, [["", "choose what is done here"]], given);
  }
  const groups = new Map();
  for (const [name, form] of Object.entries(editor.offer.schema.nodes)) {
    if (depth < editor.offer.schema.max_depth || name === "model") {
      groups.set(form.group, [...(groups.get(form.group) || []), [name, form.label]]);
    }
  }
  for (const [group, choices] of groups) {
    select.append(options(make("optgroup", { label: group }), choices, given));
  }
  if (at === "") {
    options(select, [["refuse", "Refuse the request"]], given);
  }
  select.addEventListener("change", () => {
    const next = select.value === "refuse" ? null : become(editor.offer.schema, value, select.value);
    editor.change(() => put(next), id, `${title} is ${select.selectedOptions[0].text} now.`);
  });
  const label = make("label", { for: id, class: "sb-visually-hidden" }, `${title}: what is done here`);
  return make("div", { class: "sb-kind" }, label, select);
}

function body(editor, form, value, at, depth) {
  const asked = form.fields.filter((field) => isAsked(field, value, form));
  const plain = asked.filter((field) => !NESTED.has(field.kind));
  const changed = (redraw, field) => editor.edited(redraw, editor.idOf(join(at, field.name)));
  const draw = (field) =>
    input(editor, field, value, join(at, field.name), (redraw) => changed(redraw, field));
  const narrowing = plain.filter((field) => field.kind === "named" && field.narrowed_by);
  const inputs = plain.filter((field) => !narrowing.includes(field)).map(draw);
  const parts = inputs.length ? [make("div", { class: "sb-fields" }, ...inputs)] : [];
  if (narrowing.length) {
    parts.push(narrowed(editor, narrowing, value, at, draw));
  }
  for (const field of asked) {
    if (NESTED.has(field.kind)) {
      parts.push(PARTS[field.kind](editor, field, value, join(at, field.name), depth));
    }
  }
  return parts;
}

// What hardly anybody narrows stays folded while it is empty.
function narrowed(editor, fields, value, at, draw) {
  const given = fields.filter((field) => value[field.name]);
  const names = fields.map((field) => field.label.toLowerCase()).join(", ");
  const summary = make("summary", {}, `Narrowed to a ${names}`);
  const attributes = { id: editor.idOf(join(at, "narrowed")), open: given.length > 0 };
  return make("details", attributes, summary, make("div", { class: "sb-fields" }, ...fields.map(draw)));
}

function route(editor, field, value, at, depth) {
  const given = value[field.name];
  if (!given && !field.required) {
    return adder(editor, field, at, `Add: ${field.label.toLowerCase()}`, () => (value[field.name] = {}));
  }
  const tools = field.required ? null : remover(editor, field.label, at, () => delete value[field.name]);
  const put = (next) => (value[field.name] = next);
  return step(editor, given || {}, at, field.label, put, tools, depth + 1);
}

function record(editor, field, value, at, depth) {
  const given = value[field.name];
  if (!given) {
    const add = () => (value[field.name] = fresh(field.of));
    return adder(editor, field, at, `Add a ${field.label.toLowerCase()}`, add);
  }
  const tools = field.required ? null : remover(editor, field.label, at, () => delete value[field.name]);
  return make(
    "fieldset",
    { class: "sb-step sb-record", "data-at": at },
    make("legend", {}, field.label),
    tools && make("div", { class: "sb-step-head" }, tools),
    ...body(editor, field.of, given, at, depth),
  );
}

// An ordered list; `draw(item, at, title, tools, put)` makes one of its members.
function list(editor, field, value, at, added, draw) {
  const items = value[field.name] || [];
  const each = field.each || "member";
  const drawn = items.map((item, place) => {
    const where = join(at, place);
    const title = `${each[0].toUpperCase()}${each.slice(1)} ${place + 1}`;
    const tools = toolsOf(editor, items, place, at, title, field);
    return make("li", {}, draw(item, where, title, tools, (next) => (items[place] = next)));
  });
  const add = () => (value[field.name] = [...items, added()]);
  const next = join(at, items.length);
  return make(
    "div",
    { class: "sb-list", "data-at": at },
    make("p", { class: "sb-list-title" }, field.label),
    field.help ? make("p", { class: "sb-help" }, field.help) : null,
    drawn.length ? make("ol", {}, ...drawn) : null,
    button(`Add a ${each}`, () => editor.change(add, next, `${each} ${items.length + 1} is added.`), {
      id: editor.idOf(join(at, "add")),
      disabled: items.length >= field.most,
    }),
  );
}

function toolsOf(editor, items, place, at, title, field) {
  const move = (by) => () => {
    const swap = () => ([items[place], items[place + by]] = [items[place + by], items[place]]);
    const key = by < 0 ? "up" : "down";
    const focus = editor.idOf(join(join(at, place + by), key));
    editor.change(swap, focus, `${title} is number ${place + by + 1} of ${items.length} now.`);
  };
  const id = (name) => editor.idOf(join(join(at, place), name));
  const again = () => items.splice(place + 1, 0, structuredClone(items[place]));
  const take = () => items.splice(place, 1);
  const said = (name) => ({ "aria-label": `${name}: ${title}`, title: name });
  return make(
    "div",
    { class: "sb-tools", role: "group", "aria-label": title },
    button("↑", move(-1), { id: id("up"), disabled: place === 0, ...said("Move up") }),
    button("↓", move(1), { id: id("down"), disabled: place === items.length - 1, ...said("Move down") }),
    button("Copy", () => editor.change(again, join(at, place + 1), `${title} is copied.`), {
      disabled: items.length >= field.most,
      ...said("Copy"),
    }),
    button("Remove", () => editor.change(take, editor.idOf(join(at, "add")), `${title} is removed.`), {
      id: id("remove"),
      ...said("Remove"),
    }),
  );
}

const routes = (editor, field, value, at, depth) =>
  list(editor, field, value, at, () => member(field), (item, where, title, tools, put) =>
    step(editor, item, where, title, put, tools, depth + 1),
  );

const records = (editor, field, value, at, depth) =>
  list(editor, field, value, at, () => member(field), (item, where, title, tools) =>
    make(
      "fieldset",
      { class: "sb-step sb-record", "data-at": where },
      make("legend", {}, title),
      make("div", { class: "sb-step-head" }, tools),
      ...body(editor, field.of, item, where, depth),
    ),
  );

function gates(editor, field, value, at, depth) {
  const known = editor.offer.schema.gates;
  const first = Object.keys(known)[0];
  return list(editor, field, value, at, () => ({ gate: first }), (item, where, title, tools, put) => {
    const id = editor.idOf(join(where, "kind"));
    const select = options(make("select", { id }), Object.keys(known).map((name) => [name, name]), item.gate);
    select.addEventListener("change", () =>
      editor.change(() => put({ gate: select.value }), id, `${title} is ${select.value} now.`),
    );
    const form = known[item.gate];
    const kind = make("div", { class: "sb-kind" }, make("label", { for: id }, title), select);
    return make(
      "div",
      { class: "sb-step sb-gate", "data-at": where },
      make("div", { class: "sb-step-head" }, kind, tools),
      form ? make("p", { class: "sb-help" }, form.help) : null,
      ...(form ? body(editor, form, item, where, depth) : []),
    );
  });
}

function adder(editor, field, at, label, add) {
  const id = editor.idOf(join(at, "add"));
  const attributes = { id, title: field.help };
  return make(
    "div",
    { class: "sb-adder", "data-at": at },
    button(label, () => editor.change(add, at, `${field.label} is added.`), attributes),
  );
}

const remover = (editor, label, at, take) =>
  button("Remove", () => editor.change(take, editor.idOf(join(at, "add")), `${label} is removed.`), {
    "aria-label": `Remove: ${label}`,
  });

const PARTS = { route, routes, record, records, gates };
