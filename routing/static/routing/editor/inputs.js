// One input for each kind of answer that is no part of the tree.
import { make, options } from "./dom.js";

const NONE = ["", "any"];

// `at` is where the answer stands in the document; `changed(redraw)` tells the editor.
export function input(editor, field, value, at, changed) {
  const id = editor.idOf(at);
  const help = field.help ? make("p", { class: "sb-help", id: `${id}-help` }, field.help) : null;
  const described = help ? { "aria-describedby": `${id}-help` } : {};
  const make_ = INPUTS[field.kind] || text;
  const control = make_(editor, field, value, { id, ...described }, changed);
  const label = field.kind === "many" ? null : make("label", { for: id }, field.label);
  const wide = ["prose", "json", "many"].includes(field.kind) ? " sb-wide" : "";
  const parts = field.kind === "flag" ? [control, label] : [label, control];
  const css = field.kind === "flag" ? "sb-field sb-flag" : `sb-field${wide}`;
  return make("div", { class: css, "data-at": at }, ...parts, help);
}

function listened(field, value, changed, control, read = (given) => given) {
  control.addEventListener("input", () => {
    value[field.name] = read(control.value);
    changed(false);
  });
  return control;
}

function text(editor, field, value, attributes, changed) {
  const control = make("input", { type: "text", ...attributes });
  control.value = value[field.name] ?? "";
  return listened(field, value, changed, control);
}

function prose(editor, field, value, attributes, changed) {
  const control = make("textarea", { rows: field.kind === "json" ? 4 : 2, ...attributes });
  control.value = value[field.name] ?? "";
  return listened(field, value, changed, control);
}

function number(editor, field, value, attributes, changed) {
  const control = make("input", {
    type: "number",
    step: field.kind === "decimal" ? "any" : 1,
    min: field.least ?? (field.kind === "decimal" ? null : 0),
    max: field.most,
    placeholder: field.kept ? null : field.default,
    ...attributes,
  });
  control.value = value[field.name] ?? "";
  const read = (given) => (/^\d{1,15}$/.test(given) ? Number(given) : given);
  return listened(field, value, changed, control, read);
}

function choice(editor, field, value, attributes, changed) {
  let choices = field.choices;
  if (field.narrowed_by) {
    const allowed = editor.offer.schema.ops[value[field.narrowed_by]] || [];
    choices = choices.filter(([name]) => allowed.includes(name));
  }
  const given = value[field.name] ?? field.default ?? "";
  const shown = field.kept || field.default !== undefined ? choices : [["", "choose"], ...choices];
  const control = options(make("select", attributes), shown, given);
  control.addEventListener("change", () => {
    value[field.name] = control.value;
    changed(true);
  });
  return control;
}

function named(editor, field, value, attributes, changed) {
  const model = field.narrowed_by ? value[field.narrowed_by] : "";
  const names = (editor.offer.names[field.source] || [])
    .filter(([, models]) => !model || !models.length || models.includes(model))
    .map(([name]) => [name, name]);
  const given = value[field.name] ?? "";
  if (given && !names.some(([name]) => name === given)) {
    names.push([given, `${given} (not registered)`]);
  }
  const control = options(
    make("select", attributes),
    [field.required ? ["", "choose"] : NONE, ...names],
    given,
  );
  control.addEventListener("change", () => {
    value[field.name] = control.value;
    changed(editor.offer.schema.nodes.model.fields.some((other) => other.narrowed_by === field.name));
  });
  return control;
}

function flag(editor, field, value, attributes, changed) {
  const control = make("input", { type: "checkbox", ...attributes });
  control.checked = value[field.name] === true;
  control.addEventListener("change", () => {
    value[field.name] = control.checked;
    changed(false);
  });
  return control;
}

function many(editor, field, value, attributes, changed) {
  const given = new Set(value[field.name] || field.default || []);
  const usual = JSON.stringify([...given].sort()) === JSON.stringify([...(field.default || [])].sort());
  const boxes = field.choices.map(([name, label], place) => {
    const box = make("input", { type: "checkbox", id: `${attributes.id}-${place}` });
    box.checked = given.has(name);
    box.addEventListener("change", () => {
      box.checked ? given.add(name) : given.delete(name);
      value[field.name] = field.choices.map(([known]) => known).filter((known) => given.has(known));
      changed(false);
    });
    return make("div", {}, box, make("label", { for: box.id }, label));
  });
  const summary = make("summary", {}, `${field.label}: ${usual ? "the usual" : [...given].join(", ")}`);
  return make("details", { id: attributes.id }, summary, make("div", { class: "sb-choices" }, ...boxes));
}

function words(editor, field, value, attributes, changed) {
  const known = editor.offer.facts[value.fact] || [];
  const list = make("datalist", { id: `${attributes.id}-known` });
  options(list, known.map((name) => [name, name]), null);
  const control = make("input", { type: "text", list: list.id, ...attributes });
  const given = value[field.name] ?? [];
  control.value = Array.isArray(given) ? given.join(", ") : given;
  listened(field, value, changed, control);
  return make("span", {}, control, list);
}

const INPUTS = {
  text,
  prose,
  json: prose,
  whole: number,
  decimal: number,
  choice,
  named,
  flag,
  many,
  words,
};
