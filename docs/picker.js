// Shows what scripts/picker.py has written into renders.js (RENDERS).
const byId = (name) => document.getElementById(`picker-${name}`);
const names = Object.keys(RENDERS.offered);
const mark = { added: "+", changed: "~", gone: "\u2212", same: "" };
let files = new Map();
let before = files;
let shown = 0;

const isPostgresql = (answers) => answers.driver.startsWith("postgresql+");
const asked = {
  config: (answers) => answers.project === "new",
  models: (answers) => answers.project === "new",
  deployment: (answers) => answers.project === "new",
  tenants: isPostgresql,
};

// The answers nearest to what was wanted: a driver of the mode, defaults for what is not asked.
function allowed(wanted) {
  const answers = {};
  for (const name of names) {
    const offered = name === "driver" ? RENDERS.drivers[answers.mode] : RENDERS.offered[name];
    const open = !asked[name] || asked[name](answers);
    answers[name] = open && offered.includes(wanted[name]) ? wanted[name] : offered[0];
  }
  return answers;
}

// The files of these answers, by the number of their source: a file that moves is still the same.
function rendered(answers) {
  const found = new Map();
  RENDERS.files.forEach((file, number) => {
    const variant = file.variants[file.reads.map((name) => answers[name]).join(",")];
    if (variant) {
      found.set(number, { path: RENDERS.paths[variant[0]], text: RENDERS.texts[variant[1]] });
    }
  });
  return found;
}

function state(number) {
  const [old, now] = [before.get(number), files.get(number)];
  if (!before.size || (old && now && old.text === now.text && old.path === now.path)) return "same";
  if (!old) return "added";
  return now ? "changed" : "gone";
}

// The longest common subsequence, between the lines that both begin and end with.
function difference(old, now) {
  let start = 0;
  let end = 0;
  const shorter = Math.min(old.length, now.length);
  while (start < shorter && old[start] === now[start]) start++;
  while (end < shorter - start && old.at(-1 - end) === now.at(-1 - end)) end++;
  const [a, b] = [old.slice(start, old.length - end), now.slice(start, now.length - end)];
  const common = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i][j] = a[i] === b[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
    }
  }
  const lines = now.slice(0, start).map((line) => ["span", line]);
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) { lines.push(["span", a[i++]]); j++; }
    else if (j === b.length || (i < a.length && common[i + 1][j] >= common[i][j + 1])) lines.push(["del", a[i++]]);
    else lines.push(["ins", b[j++]]);
  }
  return lines.concat(now.slice(now.length - end).map((line) => ["span", line]));
}

function highlighted(kind, number) {
  const [text, tokens] = RENDERS.lines[number].split("\t");
  const line = document.createElement(kind);
  let place = 0;
  for (const [, letter, length] of tokens.matchAll(/(\D)(\d+)/g)) {
    const token = document.createElement("span");
    token.className = RENDERS.classes[letter];
    token.textContent = text.slice(place, (place += Number(length)));
    line.append(token);
  }
  return line;
}

function showFile() {
  const [old, now] = [before.get(shown), files.get(shown)];
  const moved = old && now && old.path !== now.path ? `, was ${old.path}` : "";
  byId("path").textContent = (now || old).path + (now ? moved : ", gone");
  const lines = difference(before.size ? (old?.text ?? []) : now.text, now?.text ?? []);
  byId("text").replaceChildren(...lines.map(([kind, number]) => highlighted(kind, number)));
  byId("text").closest("pre").scrollTop = 0;
}

function showFiles() {
  const all = [...new Map([...before, ...files])].sort(([, a], [, b]) => (a.path < b.path ? -1 : 1));
  const folders = Map.groupBy(all, ([, file]) => file.path.slice(0, file.path.lastIndexOf("/") + 1));
  const list = byId("files");
  list.replaceChildren(list.firstElementChild);
  for (const [folder, entries] of [...folders].sort()) {
    if (folder) list.append(Object.assign(document.createElement("b"), { textContent: folder }));
    for (const [number, file] of entries) {
      const label = document.createElement("label");
      const radio = Object.assign(document.createElement("input"), {
        type: "radio", name: "file", value: number, checked: number === shown,
      });
      radio.onchange = () => { shown = number; showFile(); };
      const owner = Object.assign(document.createElement("i"), {
        textContent: RENDERS.files[number].yours ? " yours" : "",
      });
      const sign = Object.assign(document.createElement("span"), {
        textContent: mark[state(number)], title: state(number),
      });
      label.append(radio, sign, file.path.slice(folder.length), owner);
      list.append(label);
    }
  }
}

// On GitHub Pages, the address of the site tells that of the repository.
function repository() {
  const [, owner] = location.hostname.match(/^(.+)\.github\.io$/) ?? [];
  return owner ? `gh:${owner}/${location.pathname.split("/")[1]}` : "<address of this repository>";
}

// A package that is there tells its own layout and placement, if they are not given.
function command(answers) {
  const standard = (name) => (name === "driver" ? RENDERS.drivers[answers.mode] : RENDERS.offered[name])[0];
  const starts = answers.project === "new";
  const given = names.filter(
    (name) => answers[name] !== standard(name) || (!starts && ["layout", "placement"].includes(name)),
  );
  const options = given.map((name) => `--data ${name}=${answers[name]} `).join("");
  return `copier copy ${starts ? "--defaults " : ""}${options}${repository()} ${starts ? "my-app" : "."}`;
}

function show(wanted) {
  const answers = allowed(wanted);
  before = files;
  files = rendered(answers);
  for (const name of names) {
    const select = byId("answers").elements[name];
    const offered = name === "driver" ? RENDERS.drivers[answers.mode] : RENDERS.offered[name];
    select.replaceChildren(...offered.map((value) => new Option(value, value)));
    select.value = answers[name];
    select.disabled = Boolean(asked[name] && !asked[name](answers));
  }
  if (!files.has(shown)) shown = [...files].find(([, file]) => file.path.endsWith("/env.py"))[0];
  byId("command").textContent = command(answers);
  const differ = [...new Set([...before.keys(), ...files.keys()])].filter((number) => state(number) !== "same");
  byId("status").textContent =
    `${files.size} files` + (before.size ? `, ${differ.length} differ from your last pick.` : ".");
  if (differ.length && !differ.includes(shown)) shown = differ.find((number) => files.has(number)) ?? shown;
  showFiles();
  showFile();
  history.replaceState(null, "", `#${new URLSearchParams(answers)}`);
}

for (const name of names) {
  const label = Object.assign(document.createElement("label"), { textContent: name, title: RENDERS.questions[name] });
  label.append(Object.assign(document.createElement("select"), { name }));
  byId("answers").append(label);
}
byId("answers").onchange = () => show(Object.fromEntries(new FormData(byId("answers"))));
byId("copy").onclick = () => navigator.clipboard.writeText(byId("command").textContent);
show(Object.fromEntries(new URLSearchParams(location.hash.slice(1))));
