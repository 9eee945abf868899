// A route as plain data: what a new node holds, and what stays when one becomes another.

export const EMPTY = {};

export function formOf(schema, node) {
  return (node && schema.nodes[node.node]) || null;
}

export function isAsked(field, value, form) {
  if (!field.when) {
    return true;
  }
  const [name, values] = field.when;
  const other = form.fields.find((known) => known.name === name);
  return values.includes(value[name] || (other ? other.default : undefined));
}

// What a new record or node holds; routes in it are still to be chosen.
export function fresh(form, tag) {
  const value = { ...tag };
  for (const field of form.fields) {
    if (field.kept && field.default !== undefined) {
      value[field.name] = structuredClone(field.default);
    } else if (field.required && (field.kind === "routes" || field.kind === "records")) {
      value[field.name] = Array.from({ length: field.least || 1 }, () => member(field));
    } else if (field.required && field.kind === "record") {
      value[field.name] = fresh(field.of);
    }
  }
  return value;
}

// A new member of a list.
export function member(field) {
  return field.kind === "records" ? fresh(field.of) : {};
}

const holdsRoute = (field) =>
  field.kind === "routes" ||
  (field.kind === "records" && field.of.fields.some((inner) => inner.name === "route"));

// The routes directly under a node that may answer in its place.
function routesUnder(schema, node) {
  const form = formOf(schema, node);
  if (!form || node.node === "model") {
    return node && node.node ? [node] : [];
  }
  const list = form.fields.find(holdsRoute);
  if (list) {
    const members = node[list.name] || [];
    return list.kind === "routes" ? members : members.map((record) => record.route || EMPTY);
  }
  const single = form.fields.filter((field) => field.kind === "route" && field.required);
  return single.map((field) => node[field.name]).filter((route) => route && route.node);
}

function firstModel(schema, node) {
  if (!node || !node.node || node.node === "model") {
    return node;
  }
  for (const route of routesUnder(schema, node)) {
    const found = firstModel(schema, route);
    if (found && found.node) {
      return found;
    }
  }
  return null;
}

// `node` as another kind: what stood in it is kept where the other kind has room for it.
export function become(schema, node, kind) {
  const form = schema.nodes[kind];
  if (kind === "model") {
    const found = firstModel(schema, node);
    return found && found.node ? found : { node: "model" };
  }
  const value = fresh(form, { node: kind });
  const kept = routesUnder(schema, node);
  const list = form.fields.find(holdsRoute);
  if (kept.length && list) {
    value[list.name] = kept.map((route) =>
      list.kind === "routes" ? route : { ...fresh(list.of), route },
    );
    while (value[list.name].length < (list.least || 1)) {
      value[list.name].push(member(list));
    }
    return value;
  }
  const single = form.fields.filter((field) => field.kind === "route" && field.required);
  kept.slice(0, single.length).forEach((route, place) => {
    value[single[place].name] = route;
  });
  return value;
}

// Without what is empty or not asked for: as it is sent.
export function clean(schema, value) {
  if (Array.isArray(value)) {
    return value.map((item) => clean(schema, item));
  }
  if (value === null || typeof value !== "object") {
    return value;
  }
  const form = formOf(schema, value);
  const kept = Object.entries(value).filter(([name, given]) => {
    const field = form && form.fields.find((known) => known.name === name);
    return given !== "" && given !== undefined && (!field || isAsked(field, value, form));
  });
  return Object.fromEntries(kept.map(([name, given]) => [name, clean(schema, given)]));
}
