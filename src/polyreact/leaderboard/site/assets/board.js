/* Sort, search, filter, choose columns and compare two, on a page's `table[data-board]`. Without this script every row
   and column is there, and the controls are not. Of more than fifty rows that fit the first fifty are shown until
   all are asked for: a browser takes ten times as long to lay out a thousand.

   What the page tells it:
     table[data-board]      data-track: the track of the command; data-compare: the folder of the pages that compare two;
                            data-compared: ids, between spaces, of which every two have such a page
     th[data-key]           the column's name in the address; data-sort: `rank`, `number` or `text`; data-first: the
                            order of the first press, `ascending` or `descending`
     tr[data-id]            the submission; data-<facet> for each select; data-about: more text that is searched
     td.state, td.absent    no value: sorted last, whichever way
     form[data-controls]    the id of its table; input[name=q], a select for each facet, checkboxes named `column`

   What the address says behind its #, so that a view can be sent: `q`, each facet by its name, `sort` (a key, with -
   before it for descending), `hide` (keys) and `pick` (ids), the last two between commas. Whatever else stands there
   is left out of account. Nothing of it is ever read as HTML. */
(() => {
  "use strict";

  const NUMBER = /[-\u2212]?\d[\d,]*(?:\.\d+)?/g;
  const PICKED_MOST = 2;
  const SHOWN_FIRST = 50;
  const LONGEST_SEARCH = 200;
  const TYPING_MS = 120;
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  const table = document.querySelector("table[data-board]");
  const form = table && document.querySelector(`form[data-controls="${CSS.escape(table.id)}"]`);
  const body = table && table.tBodies[0];
  const rows = body ? [...body.querySelectorAll("tr[data-id]")] : [];
  if (!form || rows.length === 0) {
    return;
  }

  const heads = [...table.tHead.rows[0].cells];
  const columns = new Map(heads.map((head, index) => [head.dataset.key, { head, index, keys: null }]));
  const facets = [...form.querySelectorAll("select")];
  const boxes = [...form.querySelectorAll("input[name=column]")];
  const byId = new Map(rows.map((row) => [row.dataset.id, row]));
  const compared = new Set((table.dataset.compared || "").split(" ").filter(Boolean));
  const picks = new Map();
  const more = document.querySelector(`[data-more="${CSS.escape(table.id)}"]`);
  let texts = null;
  let shown = [];
  let all = false;
  let view = emptyView();

  function emptyView() {
    return { q: "", facets: {}, sort: "", descending: false, hide: [], pick: [] };
  }

  /* The address */

  function readAddress() {
    const hash = location.hash.slice(1);
    if (hash && !hash.includes("=")) {
      return null; // a place on the page, and no view
    }
    const told = new URLSearchParams(hash);
    const read = emptyView();
    read.q = (told.get("q") || "").slice(0, LONGEST_SEARCH);
    for (const { name, options } of facets) {
      const value = told.get(name);
      if (value && [...options].some((option) => option.value === value)) {
        read.facets[name] = value;
      }
    }
    const sort = told.get("sort") || "";
    const key = sort.replace(/^-/, "");
    if (columns.get(key)?.head.dataset.sort) {
      Object.assign(read, { sort: key, descending: sort.startsWith("-") });
    }
    const list = (name) => [...new Set((told.get(name) || "").split(","))];
    const choices = new Set(boxes.map((box) => box.value));
    read.hide = list("hide").filter((hidden) => choices.has(hidden));
    read.pick = list("pick").filter((id) => byId.has(id)).slice(0, PICKED_MOST);
    return read;
  }

  function writeAddress(replace) {
    const told = new URLSearchParams();
    if (view.q) told.set("q", view.q);
    for (const { name } of facets) {
      if (view.facets[name]) told.set(name, view.facets[name]);
    }
    if (view.sort) told.set("sort", (view.descending ? "-" : "") + view.sort);
    if (view.hide.length) told.set("hide", view.hide.join(","));
    if (view.pick.length) told.set("pick", view.pick.join(","));
    const address = location.href.split("#")[0] + (told.size ? `#${told}` : "");
    if (address !== location.href) {
      history[replace ? "replaceState" : "pushState"](null, "", address);
    }
  }

  function change(changes, replace = false) {
    view = { ...view, ...changes };
    writeAddress(replace);
    show();
  }

  /* Order */

  function readKey(cell, kind) {
    if (cell.classList.contains("state") || cell.classList.contains("absent")) {
      return null;
    }
    const text = (cell.querySelector(".name") || cell).textContent.trim();
    if (kind === "text") {
      return text === "" || text === "\u2013" ? null : text;
    }
    const numbers = (text.match(NUMBER) || []).map((found) => Number(found.replace("\u2212", "-").replaceAll(",", "")));
    if (numbers.length === 0) {
      return null;
    }
    return kind === "rank" ? numbers[0] + Math.abs(numbers[1] ?? numbers[0]) / 1e6 : numbers[0];
  }

  /** The places in `rows` in the order of the view; rows of equal value stay in the order of the page. */
  function order() {
    const places = rows.map((_row, place) => place);
    const column = columns.get(view.sort);
    if (!column) {
      return places;
    }
    const kind = column.head.dataset.sort;
    column.keys ??= rows.map((row) => readKey(row.cells[column.index], kind));
    const compare = kind === "text" ? collator.compare : (one, other) => one - other;
    const sign = view.descending ? -1 : 1;
    const { keys } = column;
    const valued = places.filter((place) => keys[place] !== null);
    valued.sort((one, other) => sign * compare(keys[one], keys[other]));
    return [...valued, ...places.filter((place) => keys[place] === null)];
  }

  /* What is shown */

  function plain(text) {
    return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  }

  function searchable(row) {
    const told = [".model", ".authors"].map((part) => row.querySelector(part)?.textContent || "");
    return plain([...told, row.dataset.about || ""].join(" "));
  }

  function fits(place, words) {
    const { dataset } = rows[place];
    const chosen = Object.entries(view.facets).every(([name, value]) => !value || dataset[name] === value);
    return chosen && words.every((word) => texts[place].includes(word));
  }

  function showRows() {
    const words = plain(view.q).split(/\s+/).filter(Boolean);
    if (words.length) {
      texts ??= rows.map(searchable);
    }
    const fitting = order().filter((place) => fits(place, words)).map((place) => rows[place]);
    const next = all ? fitting : fitting.slice(0, SHOWN_FIRST);
    const kept = new Set(next);
    for (const row of shown) {
      row.hidden = !kept.has(row);
    }
    for (const row of next) {
      row.hidden = false;
    }
    if (next.some((row, place) => body.children[place] !== row)) {
      body.prepend(...next);
    }
    shown = next;
    showCount(fitting.length);
  }

  function showCount(fitting) {
    const [some, total] = [fitting, rows.length].map((count) => count.toLocaleString("en"));
    const counted = fitting === rows.length ? `${total} entries` : `${some} of ${total} entries`;
    const first = shown.length < fitting ? `, the first ${shown.length} shown` : "";
    say(form.querySelector("[data-count]"), fitting ? counted + first : `No entry fits; there are ${total}`);
    more.hidden = shown.length === fitting;
    say(more.querySelector("button"), `Show all ${some}`);
  }

  function showOrder() {
    for (const [key, { head }] of columns) {
      if (key === view.sort) {
        head.setAttribute("aria-sort", view.descending ? "descending" : "ascending");
      } else {
        head.removeAttribute("aria-sort");
      }
    }
  }

  function showColumns() {
    const hidden = new Set(view.hide);
    for (const [key, { head, index }] of columns) {
      if (head.hidden !== hidden.has(key)) {
        head.hidden = hidden.has(key);
        for (const row of rows) {
          row.cells[index].hidden = head.hidden;
        }
      }
    }
  }

  function showControls() {
    const search = form.elements.namedItem("q");
    if (search.value.trim() !== view.q) search.value = view.q;
    for (const facet of facets) facet.value = view.facets[facet.name] || "";
    for (const box of boxes) box.checked = !view.hide.includes(box.value);
  }

  function showPicked() {
    for (const [id, pick] of picks) {
      pick.checked = view.pick.includes(id);
    }
    const part = form.querySelector("[data-chosen]");
    const words = form.querySelector("[data-chosen-words]");
    const link = form.querySelector("[data-compare]");
    part.hidden = view.pick.length === 0;
    link.hidden = true;
    const names = view.pick.map((id) => isolate(byId.get(id).querySelector(".name").textContent));
    if (view.pick.length < PICKED_MOST) {
      say(words, names.length ? `Chosen: ${names[0]}. Choose a second one to compare.` : "");
      return;
    }
    const ids = [...view.pick].sort();
    if (ids.every((id) => compared.has(id))) {
      link.href = `${table.dataset.compare}/${ids.map(encodeURIComponent).join("--")}.html`;
      link.hidden = false;
      say(words, `Chosen: ${names.join(" and ")}.`);
      return;
    }
    const command = document.createElement("code");
    command.textContent = `polyreact compare ${ids.join(" ")} --track ${table.dataset.track}`;
    words.replaceChildren(`Chosen: ${names.join(" and ")}. They have no page of their own; this command compares them: `, command);
  }

  function isolate(name) {
    return `\u2068${name}\u2069`; // a name from right to left leaves the words around it in place
  }

  function say(place, words) {
    if (place.textContent !== words) place.textContent = words;
  }

  function show() {
    showOrder();
    showRows();
    showColumns();
    showPicked();
    showControls();
  }

  /* What is pressed */

  function addSortButtons() {
    for (const [key, { head }] of columns) {
      if (!head.dataset.sort) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...[...head.childNodes].filter((node) => !node.classList?.contains("axis-words")));
      button.addEventListener("click", () => {
        const first = head.dataset.first === "descending";
        change({ sort: key, descending: view.sort === key ? !view.descending : first });
      });
      head.prepend(button);
    }
  }

  function addPicks() {
    const pattern = document.createElement("input");
    pattern.type = "checkbox";
    pattern.className = "pick";
    for (const row of rows) {
      const pick = pattern.cloneNode();
      const name = row.querySelector(".model .name");
      pick.setAttribute("aria-label", `Choose ${name.textContent} to compare`);
      name.closest("th").prepend(pick);
      picks.set(row.dataset.id, pick);
    }
    body.addEventListener("change", ({ target }) => {
      if (!target.classList.contains("pick")) return;
      const id = target.closest("tr").dataset.id;
      const others = view.pick.filter((picked) => picked !== id);
      change({ pick: target.checked ? [...others, id].slice(-PICKED_MOST) : others });
    });
  }

  function listen() {
    let typing = 0;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", (event) => {
      event.preventDefault();
      change(emptyView());
    });
    form.elements.namedItem("q").addEventListener("input", ({ target }) => {
      clearTimeout(typing);
      typing = setTimeout(() => change({ q: target.value.trim() }, true), TYPING_MS);
    });
    for (const facet of facets) {
      facet.addEventListener("change", () => change({ facets: { ...view.facets, [facet.name]: facet.value } }));
    }
    for (const box of boxes) {
      box.addEventListener("change", () => change({ hide: boxes.filter((b) => !b.checked).map((b) => b.value) }));
    }
    form.querySelector("[data-clear]").addEventListener("click", () => {
      change({ pick: [] });
      form.elements.namedItem("q").focus();
    });
    addEventListener("popstate", () => {
      view = readAddress() || view;
      show();
    });
    more.querySelector("button").addEventListener("click", () => {
      const next = shown.length;
      all = true;
      show();
      shown[next]?.querySelector("a").focus({ preventScroll: true });
    });
    addEventListener("beforeprint", () => {
      all = true;
      show();
    });
    closeMenu(form.querySelector("details"));
  }

  function closeMenu(menu) {
    addEventListener("click", ({ target }) => {
      if (!menu.contains(target)) menu.open = false;
    });
    menu.addEventListener("keydown", ({ key }) => {
      if (key === "Escape" && menu.open) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    });
  }

  addSortButtons();
  addPicks();
  listen();
  view = readAddress() || view;
  shown = rows;
  show();
  form.hidden = false;
})();
