// The matrix as a grid for the keyboard. Without this file the page works by its links, boxes and forms.
(() => {
  "use strict";
  const PAGE_ROWS = 10;
  const PLACE = "signalbox-matrix-place";
  const MARGIN_PX = 6;
  const PAUSE_MS = 80;

  /** Roving focus over the first column and the cells: one of them is in the tab order at a time. */
  class Grid {
    constructor(table) {
      this.table = table;
      this.names = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
      this.rows = [...table.tBodies].flatMap((body) => [...body.rows].slice(1)).map((row) => [...row.cells]);
      table.setAttribute("role", "grid");
      table.setAttribute("aria-multiselectable", "true");
      for (const inner of table.querySelectorAll("tbody a, tbody input")) inner.tabIndex = -1;
      for (const row of this.rows) {
        for (const cell of row) {
          cell.tabIndex = -1;
          cell.setAttribute("role", cell === row[0] ? "rowheader" : "gridcell");
        }
      }
      this.current = this.rows[0][Math.min(1, this.rows[0].length - 1)];
      this.current.tabIndex = 0;
    }

    cellOf(node) {
      return node instanceof Element ? node.closest("tbody td, tbody th[scope=row]") : null;
    }

    labelOf(cell) {
      const { name } = cell.parentElement.dataset;
      return cell.cellIndex ? `${name}, ${this.names[cell.cellIndex]}` : name;
    }

    focus(cell) {
      this.current.tabIndex = -1;
      this.current = cell;
      cell.tabIndex = 0;
      cell.focus();
      cell.scrollIntoView({ block: "nearest", inline: "nearest" });
    }

    move(down, right) {
      const at = this.rows.indexOf(this.rows.find((row) => row.includes(this.current)));
      const clamped = (value, length) => Math.max(0, Math.min(length - 1, value));
      const row = this.rows[clamped(at + down, this.rows.length)];
      this.focus(row[clamped(this.current.cellIndex + right, row.length)]);
    }

    find(place) {
      return this.rows.flat().find((cell) => this.labelOf(cell) === place);
    }
  }

  /** What stands behind a cell, shown while it has the focus or the pointer; Escape hides it. It is asked for
      by the row, once, when the first of its cells is looked at for longer than in passing. */
  class Detail {
    constructor(box, names) {
      this.box = box;
      this.names = names;
      this.rows = new Map();
      this.of = null;
      this.timer = 0;
    }

    /** The lines of a cell, as a promise. */
    lines(cell) {
      const { name } = cell.parentElement.dataset;
      if (!this.rows.has(name)) this.rows.set(name, this.ask(name));
      return this.rows.get(name).then((row) => row[this.names[cell.cellIndex]] ?? []);
    }

    async ask(name) {
      try {
        const answer = await fetch(`${this.box.dataset.url}?${new URLSearchParams({ deployment: name })}`);
        if (answer.ok) return await answer.json();
      } catch {
        // Away from the network: asked for again with the next look.
      }
      this.rows.delete(name);
      return {};
    }

    show(cell) {
      if (this.of === cell) return;
      this.hide();
      if (!cell.cellIndex) return;
      this.of = cell;
      const known = this.rows.has(cell.parentElement.dataset.name);
      this.timer = setTimeout(
        async () => {
          const lines = await this.lines(cell);
          if (this.of === cell && lines.length) this.fill(cell, lines);
        },
        known ? 0 : PAUSE_MS,
      );
    }

    fill(cell, lines) {
      this.box.replaceChildren(
        ...lines.map((text) => {
          const line = document.createElement("p");
          line.textContent = text;
          return line;
        }),
      );
      this.box.hidden = false;
      cell.setAttribute("aria-describedby", this.box.id);
      const at = cell.getBoundingClientRect();
      const size = this.box.getBoundingClientRect();
      const below = at.bottom + MARGIN_PX;
      const fits = below + size.height < window.innerHeight;
      const left = Math.max(MARGIN_PX, Math.min(at.left, window.innerWidth - size.width - MARGIN_PX));
      this.box.style.left = `${left}px`;
      this.box.style.top = `${fits ? below : Math.max(MARGIN_PX, at.top - size.height - MARGIN_PX)}px`;
    }

    hide() {
      clearTimeout(this.timer);
      if (this.of) this.of.removeAttribute("aria-describedby");
      this.of = null;
      this.box.hidden = true;
    }
  }

  /** The forms below the table, each in a dialog of its own. */
  class Editors {
    constructor(form, grid) {
      this.form = form;
      this.grid = grid;
      for (const section of form.querySelectorAll("#sb-matrix-decide, #sb-matrix-copy")) this.frame(section);
    }

    frame(section) {
      const dialog = document.createElement("dialog");
      dialog.className = "sb-editor";
      dialog.setAttribute("aria-labelledby", section.getAttribute("aria-labelledby"));
      section.removeAttribute("aria-labelledby");
      section.replaceWith(dialog);
      dialog.append(section);
      const cancel = section.querySelector("[data-close]");
      cancel.hidden = false;
      cancel.addEventListener("click", () => dialog.close());
      dialog.addEventListener("close", () => this.grid.focus(this.grid.current));
      if ("wrong" in section.dataset) dialog.showModal();
    }

    tell(id, about) {
      const said = document.getElementById(id).querySelector("[data-about]");
      if (said) said.textContent = about;
    }

    open(id, about) {
      const section = document.getElementById(id);
      this.tell(id, about);
      section.parentElement.showModal();
      section.querySelector("select, input, textarea").focus();
    }
  }

  function start(table) {
    const grid = new Grid(table);
    const detail = new Detail(document.getElementById("sb-matrix-detail"), grid.names);
    const acts = document.getElementById("sb-matrix-acts");
    const form = document.getElementById("sb-matrix-form");
    document.getElementById("sb-matrix-keys").hidden = false;
    table.setAttribute("aria-labelledby", "sb-matrix-caption");
    table.parentElement.removeAttribute("tabindex");
    read(grid, detail, table);
    if (acts) edit(grid, detail, new Editors(form, grid), acts, form);
  }

  /** Moving, and what is told of each cell. */
  function read(grid, detail, table) {
    const moves = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
      PageUp: [-PAGE_ROWS, 0],
      PageDown: [PAGE_ROWS, 0],
      Home: [0, -Infinity],
      End: [0, Infinity],
    };
    table.addEventListener("keydown", (event) => {
      if (!(event.key in moves) || event.altKey || event.metaKey || !grid.cellOf(event.target)) return;
      event.preventDefault();
      const [down, right] = moves[event.key];
      const corner = event.ctrlKey && right ? right : 0;
      grid.move(down || corner, right);
    });
    table.addEventListener("focusin", (event) => {
      const cell = grid.cellOf(event.target);
      if (!cell) return;
      if (cell !== grid.current) {
        grid.current.tabIndex = -1;
        grid.current = cell;
        cell.tabIndex = 0;
      }
      detail.show(cell);
    });
    table.addEventListener("focusout", () => detail.hide());
    table.addEventListener("pointerover", (event) => {
      const cell = grid.cellOf(event.target);
      if (cell) detail.show(cell);
    });
    table.addEventListener("pointerleave", (event) => {
      if (event.relatedTarget !== detail.box) detail.hide();
    });
    detail.box.addEventListener("pointerleave", () => detail.hide());
    table.parentElement.addEventListener("scroll", () => detail.hide(), { passive: true });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") detail.hide();
    });
  }

  /** Selecting, and opening what to decide. */
  function edit(grid, detail, editors, acts, form) {
    const count = document.getElementById("sb-matrix-count");
    const ticked = (name) => [...form.querySelectorAll(`tbody input[name=${name}]:checked`)];
    const told = () => {
      const cells = ticked("cell").length;
      const rows = ticked("row").length;
      count.textContent = `Selected: ${cells} cell${cells === 1 ? "" : "s"}, ${rows} deployment${rows === 1 ? "" : "s"}.`;
    };
    const mark = (box) => {
      box.closest("td, th").setAttribute("aria-selected", String(box.checked));
      told();
    };
    const toggle = (cell) => {
      const box = cell.querySelector("input");
      box.checked = !box.checked;
      mark(box);
    };
    const open = async (cell) => {
      if (!ticked("cell").length && cell.cellIndex) toggle(cell);
      const chosen = ticked("cell").map((box) => box.closest("td"));
      const about =
        chosen.length === 1
          ? `${grid.labelOf(chosen[0])}.`
          : `${chosen.length} cells are selected.${chosen.length ? "" : " Close this, and select some first."}`;
      detail.hide();
      editors.open("sb-matrix-decide", about);
      if (chosen.length === 1) editors.tell("sb-matrix-decide", [about, ...(await detail.lines(chosen[0]))].join(" "));
    };
    acts.hidden = false;
    for (const box of form.querySelectorAll("tbody input")) {
      if (box.checked) mark(box);
      else box.closest("td, th").setAttribute("aria-selected", "false");
    }
    grid.table.addEventListener("change", (event) => mark(event.target));
    grid.table.addEventListener("keydown", (event) => {
      const cell = grid.cellOf(event.target);
      if (!cell || (event.key !== " " && event.key !== "Enter")) return;
      event.preventDefault();
      if (event.key === " ") toggle(cell);
      else if (cell.cellIndex) open(cell);
      else editors.open("sb-matrix-copy", "");
    });
    grid.table.addEventListener("click", (event) => {
      const text = event.target instanceof Element ? event.target.closest("td label") : null;
      if (!text || event.target instanceof HTMLInputElement || event.button) return;
      event.preventDefault();
      grid.focus(text.closest("td"));
      open(grid.current);
    });
    acts.addEventListener("click", (event) => {
      const { open: id } = event.target.dataset;
      if (id === "sb-matrix-decide") open(grid.current);
      else if (id) editors.open(id, "");
      if ("clear" in event.target.dataset) {
        for (const box of [...ticked("cell"), ...ticked("row")]) {
          box.checked = false;
          mark(box);
        }
      }
    });
    form.addEventListener("submit", () => sessionStorage.setItem(PLACE, grid.labelOf(grid.current)));
    const place = sessionStorage.getItem(PLACE);
    sessionStorage.removeItem(PLACE);
    const back = place && !document.querySelector("dialog[open]") ? grid.find(place) : null;
    if (back) grid.focus(back);
  }

  const table = document.getElementById("sb-matrix");
  if (table) start(table);
})();
