"use strict";
(() => {
const root = document.documentElement, byId = (id) => document.getElementById(id);
const words = JSON.parse(byId("words").textContent);
const PER_PAGE = 50, STRIDE = 8;
const zh = () => root.lang !== "en";
const pick = (pair) => (pair ? pair[zh() ? 0 : 1] : "");
const say = (key, fields) => {
  let text = words[key] ? pick(words[key]) : key;
  for (const name in fields || {}) text = text.replace("{" + name + "}", String(fields[name]));
  return text;
};
/* Data only ever becomes text nodes: nothing here builds markup from strings. */
const make = (tag, className, text) => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
};
const redraw = [];
const setLanguage = (tag) => { root.lang = tag; redraw.forEach((draw) => draw()); };
const button = byId("language");
button.hidden = false;
button.addEventListener("click", () => setLanguage(zh() ? "en" : "zh-CN"));
const printer = byId("print");
printer.hidden = false;
printer.addEventListener("click", () => window.print());
const wanted = /(?:^|[#&])lang=(zh|en)\b/.exec(location.hash);
if (wanted) setLanguage(wanted[1] === "en" ? "en" : "zh-CN");

let folded = [];
window.addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  folded.forEach((one) => { one.open = true; });
});
window.addEventListener("afterprint", () => { folded.forEach((one) => { one.open = false; }); });

let data = null;
const load = () => {
  if (!data) {
    data = JSON.parse(byId("data").textContent);
    data.excerpt = new Map(data.excerpts);
  }
  return data;
};

/* A text of the table of texts, in the language shown. */
const told = (number) => { const one = load().strings[number]; return Array.isArray(one) ? pick(one) : one; };

/* A table of which only one page is ever in the document. `find` gives the numbers of all matching rows. */
const browser = (box, columns, find, cells, more) => {
  const table = make("table"), head = make("thead"), body = make("tbody"), pager = make("div", "pager noprint");
  const back = make("button"), forth = make("button"), where = make("span");
  back.type = forth.type = "button";
  let page = 0, found = [];
  const header = make("tr");
  head.append(header);
  table.append(head, body);
  pager.append(back, where, forth);
  const draw = () => {
    header.replaceChildren(...columns.map((key) => make("th", "", say(key))));
    const pages = Math.max(1, Math.ceil(found.length / PER_PAGE));
    page = Math.min(page, pages - 1);
    const rows = [];
    for (const number of found.slice(page * PER_PAGE, (page + 1) * PER_PAGE)) {
      const row = make("tr");
      row.append(...cells(number));
      rows.push(row);
      if (more) row.lastChild.append(opener(row, number));
    }
    if (!rows.length) {
      const none = make("tr"), cell = make("td", "soft", say("ui.no-rows"));
      cell.colSpan = columns.length;
      none.append(cell);
      rows.push(none);
    }
    body.replaceChildren(...rows);
    back.textContent = say("ui.previous");
    forth.textContent = say("ui.next");
    back.disabled = page === 0;
    forth.disabled = page >= pages - 1;
    where.textContent = say("ui.page", { page: page + 1, pages, rows: found.length });
  };
  const opener = (row, number) => {
    const knob = make("button", "link small noprint", say("ui.details"));
    knob.type = "button";
    let shown = null;
    knob.addEventListener("click", () => {
      if (shown) { shown.remove(); shown = null; }
      else {
        shown = make("tr", "row-more");
        const cell = make("td");
        cell.colSpan = columns.length;
        cell.append(...more(number));
        shown.append(cell);
        row.after(shown);
      }
      knob.textContent = say(shown ? "ui.close" : "ui.details");
    });
    return knob;
  };
  back.addEventListener("click", () => { page -= 1; draw(); });
  forth.addEventListener("click", () => { page += 1; draw(); });
  const search = () => { page = 0; found = find(); draw(); };
  box.append(table, pager);
  redraw.push(draw);
  return { search };
};

const choice = (label, options) => {
  const select = make("select");
  const draw = () => {
    const kept = select.value;
    select.replaceChildren(...[["", say(label)], ...options.map(([value, key]) => [value, say(key)])].map(([value, text]) => {
      const option = make("option", "", text);
      option.value = value;
      return option;
    }));
    select.value = kept;
  };
  draw();
  redraw.push(draw);
  return select;
};
const searchField = () => {
  const field = make("input");
  field.type = "search";
  const draw = () => { field.placeholder = say("ui.search"); field.setAttribute("aria-label", say("ui.search")); };
  draw();
  redraw.push(draw);
  return field;
};
const later = (act) => { let timer = 0; return () => { clearTimeout(timer); timer = setTimeout(act, 150); }; };
const whenNear = (box, act) => {
  const watch = new IntersectionObserver((seen) => {
    if (seen.some((one) => one.isIntersecting)) { watch.disconnect(); act(); }
  }, { rootMargin: "300px" });
  watch.observe(box);
};

const verdictBox = byId("verdict-browser");
let showCheck = null;
if (verdictBox) {
  byId("noscript-note").hidden = true;
  verdictBox.hidden = false;
  verdictBox.append(make("p", "soft", "…"));
  let started = false;
  const start = () => {
    if (started) return;
    started = true;
    verdictBox.replaceChildren();
    const d = load(), count = d.rows.length / STRIDE;
    const status = choice("ui.all-statuses", d.statuses.map((name, n) => [String(n), "status." + name]));
    const severity = choice("ui.all-severities", d.severities.map((name, n) => [String(n), "severity." + name]));
    const kinds = [...new Set(d.targets.map((one) => one[1]))].filter(Boolean).sort();
    const kind = choice("ui.all-kinds", kinds.map((name) => [name, "kind." + name]));
    const text = searchField();
    const tools = make("div", "tools noprint");
    tools.append(text, status, severity, kind);
    verdictBox.append(tools);
    const at = (row, field) => d.rows[row * STRIDE + field];
    const find = () => {
      const needle = text.value.trim().toLowerCase();
      const has = (value) => value.toLowerCase().includes(needle);
      const checkOk = d.checks.map((one) => !needle || has(one[0]) || has(one[1]) || has(one[2]));
      const targetOk = d.targets.map((one) => !needle || has(one[0]));
      const stringOk = needle ? d.strings.map((one) => has(Array.isArray(one) ? one.join(" ") : one)) : null;
      const found = [];
      for (let row = 0; row < count; row += 1) {
        if (status.value !== "" && at(row, 2) !== Number(status.value)) continue;
        if (severity.value !== "" && d.checks[at(row, 0)][3] !== Number(severity.value)) continue;
        if (kind.value !== "" && d.targets[at(row, 1)][1] !== kind.value) continue;
        if (needle && !checkOk[at(row, 0)] && !targetOk[at(row, 1)] && !stringOk[at(row, 4)] && !stringOk[at(row, 5)] && !stringOk[at(row, 6)]) continue;
        found.push(row);
      }
      return found.sort((a, b) => at(a, 2) - at(b, 2) || d.checks[at(a, 0)][3] - d.checks[at(b, 0)][3] || a - b);
    };
    const tag = (name) => make("span", "tag " + name, say("status." + name));
    const level = (name) => make("span", "sev " + name, say("severity." + name));
    const cell = (...nodes) => { const td = make("td"); td.append(...nodes); return td; };
    const cells = (row) => {
      const check = d.checks[at(row, 0)], why = d.whys[at(row, 3)];
      const seen = cell(told(at(row, 4)));
      if (why[0]) seen.prepend(pick([why[1], why[2]]) + " ");
      return [
        cell(level(d.severities[check[3]])), cell(zh() ? check[1] : check[2], make("br"), make("code", "soft", check[0])),
        cell(d.targets[at(row, 1)][0]), cell(tag(d.statuses[at(row, 2)])), seen, cell(told(at(row, 5)) + " "),
      ];
    };
    const more = (row) => {
      const nodes = [], remark = told(at(row, 6));
      if (remark) nodes.push(make("p", "", say("col.detail") + "：" + remark));
      const cited = d.sets[at(row, 7)];
      for (const digest of cited) {
        const text = d.excerpt.get(digest), line = make("p");
        line.append(make("code", "", "sha256:" + d.digests[digest]));
        nodes.push(line, text === undefined ? make("p", "soft small", say("ui.no-excerpt")) : make("pre", "", text));
      }
      if (!cited.length) nodes.push(make("p", "soft", say("word.none")));
      return nodes;
    };
    const list = browser(verdictBox, ["col.severity", "col.check", "col.target", "col.status", "col.observed", "col.wanted"], find, cells, more);
    const again = later(list.search);
    text.addEventListener("input", again);
    for (const one of [status, severity, kind]) one.addEventListener("change", list.search);
    showCheck = (check) => {
      text.value = check;
      status.value = "0";
      severity.value = kind.value = "";
      list.search();
    };
    list.search();
  };
  whenNear(verdictBox, start);
  for (const knob of document.querySelectorAll("button.find")) {
    knob.hidden = false;
    knob.addEventListener("click", () => {
      start();
      showCheck(knob.dataset.check);
      byId("verdicts").scrollIntoView();
    });
  }
}

const evidenceBox = byId("evidence-browser");
if (evidenceBox && byId("data")) {
  evidenceBox.hidden = false;
  whenNear(evidenceBox, () => {
    const d = load(), text = searchField(), tools = make("div", "tools noprint");
    tools.append(text);
    evidenceBox.append(tools);
    const find = () => {
      const needle = text.value.trim().toLowerCase(), found = [];
      d.evidence.forEach((one, n) => {
        if (!needle || d.digests[one[0]].includes(needle) || told(one[1]).toLowerCase().includes(needle) || told(one[7]).toLowerCase().includes(needle)) found.push(n);
      });
      return found;
    };
    const cells = (n) => {
      const one = d.evidence[n], why = one[6] ? say("why." + one[6]) + " " : "";
      return [
        make("td", "mono", d.digests[one[0]]), make("td", "", told(one[1])), make("td", "", say("evidence-kind." + one[2])),
        make("td", "n", one[3] === null ? "—" : String(one[3])), make("td", "n", String(one[4])), make("td", "", why + told(one[7])),
      ];
    };
    const list = browser(evidenceBox, ["col.digest", "col.probe", "col.kind", "col.exit", "col.bytes", "col.detail"], find, cells, null);
    text.addEventListener("input", later(list.search));
    list.search();
  });
}
})();
