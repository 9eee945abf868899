// Elements, made without markup in strings.

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function options(select, choices, chosen) {
  for (const [value, label] of choices) {
    const option = make("option", { value }, label);
    option.selected = value === chosen;
    select.append(option);
  }
  return select;
}

export const button = (label, onclick, attributes = {}) =>
  make("button", { type: "button", class: "sb-quiet", onclick, ...attributes }, label);
