// The page of Panther. Answers are built node by node from text: nothing that a
// model or a page wrote is ever parsed as markup, no image is loaded, and links
// go only where the address can be read.
"use strict";
const $ = (id) => document.getElementById(id);
const el = (tag, cls, text) => { const e = document.createElement(tag); if (cls) e.className = cls; if (text !== undefined) e.textContent = text; return e; };
let session = location.hash.slice(1);
let messages = new Map(); // id -> {info, parts: Map, node}
let source = null, busy = false, drawing = 0;

async function api(method, path, body) {
  const r = await fetch(path, { method, headers: body ? { "Content-Type": "application/json" } : {}, body: body && JSON.stringify(body) });
  const text = await r.text();
  const v = text ? JSON.parse(text) : null;
  if (!r.ok) throw new Error((v && v.data && v.data.message) || r.statusText);
  return v;
}
function say(text, fault) { $("state").textContent = text; $("state").classList.toggle("fault", !!fault); }
function setBusy(on) { busy = on; $("send").classList.toggle("busy", on); $("state").classList.toggle("busy", on); $("send").setAttribute("aria-label", on ? "Stop" : "Ask"); if (on) say("Working …"); else if (!$("state").classList.contains("fault")) say(""); }

// Markdown in the one form in which the gate writes it (pkg/gate). No mark reaches further than 4000 letters.
const inlines = new RegExp([
  /\\([!-\/:-@[-`{-~])/, // 1: an escape
  /(`{1,32})([^`]|[^`][\s\S]{0,4000}?[^`])\2(?!`)/, // 3: code
  /<([a-z][a-z0-9+.-]*:[^\s<>]+)>/, // 4: an address
  /&(lt|gt|amp|#\d{1,7});/, // 5: an entity
  /\*\*((?:\\[\s\S]|[^\\]){1,4000}?)\*\*(?!\*)|__((?:\\[\s\S]|[^\\]){1,4000}?)__(?![_\w])/, // 6, 7: strong
  /\*(?![\s*])((?:\\[\s\S]|\*\*[^*]{1,4000}\*\*|[^*\\]){1,4000}?)\*|(?<![\w\\])_(?![\s_])((?:\\[\s\S]|[^_\\]){1,4000}?)_(?!\w)/, // 8, 9: emphasis
  /~~((?:\\[\s\S]|[^~\\]){1,4000}?)~~/, // 10: struck out
  /\[((?:\\[\s\S]|`[^`\n]{0,2000}`|[^\]\\]){1,2000})\]\((?:<([^<>\n]*)>|([^\s()<>]+))\)/, // 11: a link, 12, 13: its address
  /\[(\d{1,6})\]/, // 14: a citation
  /( {2,})\n/, // 15: the break of a line
].map((r) => r.source).join("|"), "gi");
function inline(into, text, cites) {
  const re = new RegExp(inlines);
  let at = 0, m;
  while ((m = re.exec(text))) {
    into.append(text.slice(at, m.index));
    at = re.lastIndex;
    const inner = (tag, s) => inline(into.appendChild(el(tag)), s, cites);
    if (m[1]) into.append(m[1]);
    else if (m[3]) into.append(el("code", "", m[3].replace(/^ ([\s\S]*[^ ][\s\S]*) $/, "$1")));
    else if (m[4]) into.append(link(m[4], m[4]));
    else if (m[5]) into.append(m[5][0] === "#" ? String.fromCodePoint(Math.min(+m[5].slice(1), 0x10ffff)) : { lt: "<", gt: ">", amp: "&" }[m[5].toLowerCase()]);
    else if (m[6] || m[7]) inner("strong", m[6] || m[7]);
    else if (m[8] || m[9]) inner("em", m[8] || m[9]);
    else if (m[10]) inner("del", m[10]);
    else if (m[11]) { const a = link(m[12] || m[13] || "", ""); a.textContent = ""; inline(a, m[11], new Map()); into.append(a); }
    else if (m[14]) { const c = cites.get(+m[14]); into.append(c ? link(c.link, m[14], "cite", c.title) : "[" + m[14] + "]"); }
    else into.append(el("br"));
  }
  into.append(text.slice(at));
}
function link(href, text, cls, title) {
  let u = null;
  try { u = new URL(href); } catch { /* no address */ }
  if (!u || (u.protocol !== "https:" && u.protocol !== "http:")) return el("span", cls, title ? title : text);
  const a = el("a", cls, text);
  a.href = u.href; a.target = "_blank"; a.rel = "noopener noreferrer nofollow"; a.title = title || u.href;
  return a;
}
const item = /^ {0,3}([-*+]|(\d{1,9})[.)])( +|$)/, rim = /^\s*\|[\s:|-]+\|?\s*$/, rule = /^ {0,3}(\*\s*){3,}$/;
function blocks(into, text, cites) {
  const lines = text.split("\n");
  let i = 0;
  while (i < lines.length) {
    const l = lines[i];
    if (!l.trim()) { i++; continue; }
    let m;
    if ((m = /^ {0,3}(`{3,}|~{3,})/.exec(l))) {
      const body = [], end = new RegExp("^ {0,3}" + m[1] + m[1][0] + "*\\s*$"); i++;
      while (i < lines.length && !end.test(lines[i])) body.push(lines[i++]);
      i++;
      into.append(el("pre")); into.lastChild.append(el("code", "", body.join("\n")));
    } else if ((m = /^#{1,6}\s+(.*)/.exec(l))) { inline(into.appendChild(el("h3")), m[1], cites); i++; }
    else if (rule.test(l)) { into.append(el("hr")); i++; }
    else if (l.startsWith(">")) {
      const body = [];
      while (i < lines.length && lines[i].startsWith(">")) body.push(lines[i++].replace(/^> ?/, ""));
      blocks(into.appendChild(el("blockquote")), body.join("\n"), cites);
    } else if ((m = item.exec(l))) {
      const list = into.appendChild(el(m[2] ? "ol" : "ul")), mark = m[1].slice(-1);
      if (m[2]) list.start = +m[2];
      while (i < lines.length && (m = item.exec(lines[i])) && m[1].slice(-1) === mark && !rule.test(lines[i])) {
        const indent = " ".repeat(m[0].length), body = [lines[i++].slice(m[0].length).replace(/^\[( |x)\] /i, (_, x) => (x === " " ? "☐ " : "☑ "))];
        while (i < lines.length && (lines[i].startsWith(indent) || !lines[i].trim())) body.push(lines[i++].slice(indent.length));
        const li = list.appendChild(el("li"));
        blocks(li, body.join("\n"), cites);
        if (li.firstChild && li.firstChild.tagName === "P") li.firstChild.replaceWith(...li.firstChild.childNodes);
      }
    } else if (l.includes("|") && rim.test(lines[i + 1] || "")) {
      const table = el("table"); let head = true;
      while (i < lines.length && lines[i].includes("|")) {
        if (!head || !rim.test(lines[i])) {
          const tr = table.appendChild(el("tr"));
          for (const c of lines[i].trim().replace(/^\|/, "").replace(/(?<!\\)\|$/, "").split(/(?<!\\)\|/)) inline(tr.appendChild(el(head ? "th" : "td")), c.trim().replace(/\\\|/g, "|"), cites);
          if (head) i++;
          head = false;
        }
        i++;
      }
      into.append(table);
    } else {
      const body = [];
      while (i < lines.length && lines[i].trim() && !/^ {0,3}(```|~~~|>|#{1,6}\s|[-*+]\s|\d+[.)]\s)/.test(lines[i])) body.push(lines[i++]);
      if (!body.length) body.push(lines[i++]);
      inline(into.appendChild(el("p")), body.join("\n"), cites);
    }
  }
}

function draw(m) {
  if (!m.node) { m.node = el("article"); $("log").append(m.node); }
  const user = m.info.role === "user";
  m.node.className = user ? "user" : "answer";
  m.node.replaceChildren();
  const parts = [...m.parts.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  if (user) { m.node.textContent = parts.filter((p) => p.type === "text").map((p) => p.text).join("\n"); return; }
  const cites = new Map();
  for (const p of parts) for (const c of (p.metadata && p.metadata.sources) || []) cites.set(c.n, c);
  for (const p of parts) {
    if (p.type === "text" && !p.ignored && !p.synthetic) blocks(m.node, p.text || "", cites);
    else if (p.type === "tool" && p.tool !== "task") {
      const s = p.state || {};
      m.node.append(el("p", "work" + (s.status === "error" ? " fault" : ""), (s.status === "running" ? "… " : "· ") + p.tool.replace(/_/g, " ") + ": " + (s.title || s.error || "")));
      for (const t of (s.status === "running" && s.metadata && s.metadata.tasks) || []) m.node.append(el("p", "work", "   " + t.description + ": " + t.status));
    }
  }
  if (m.info.error) m.node.append(el("p", "fault", m.info.error.data.message || m.info.error.name));
  const used = [...cites.values()].filter((c) => c.cited);
  if (used.length) {
    const ul = m.node.appendChild(el("ul", "sources"));
    for (const c of used) {
      const a = link(c.link, "", "", c.link);
      const text = el("span", "", c.title);
      if (a.hostname) text.append(el("small", "", a.hostname + a.pathname));
      a.textContent = ""; a.append(el("b", "", String(c.n)), text);
      ul.appendChild(el("li")).append(a);
    }
  }
}
const dirty = new Set();
function redraw(m) {
  dirty.add(m);
  if (!drawing) drawing = requestAnimationFrame(() => {
    drawing = 0;
    const log = $("log"), end = log.scrollHeight - log.scrollTop - log.clientHeight < 120;
    $("hello").hidden = messages.size > 0;
    for (const m of dirty) draw(m);
    dirty.clear();
    if (end) log.scrollTop = log.scrollHeight;
  });
}
function message(id, info) {
  let m = messages.get(id);
  if (!m) { m = { info: info || { id, role: "assistant" }, parts: new Map(), node: null }; messages.set(id, m); }
  if (info) m.info = info;
  return m;
}

function handle(e) {
  const p = e.properties;
  if (p.sessionID && p.sessionID !== session) { if (e.type === "permission.asked") permission(p); return; }
  switch (e.type) {
    case "message.updated": redraw(message(p.info.id, p.info)); break;
    case "message.removed": { const m = messages.get(p.messageID); if (m && m.node) m.node.remove(); messages.delete(p.messageID); break; }
    case "message.part.updated": { const m = message(p.part.messageID); m.parts.set(p.part.id, p.part); redraw(m); break; }
    case "message.part.delta": { const m = message(p.messageID), part = m.parts.get(p.partID); if (part && part.text.length + p.delta.length > part.text.length) { part.text += p.delta; redraw(m); } break; }
    case "session.updated": $("title").textContent = p.info.title; break;
    case "session.status": setBusy(p.status.type !== "idle"); if (p.status.type === "retry") say(p.status.message); break;
    case "session.idle": setBusy(false); list(); break;
    case "permission.asked": permission(p); break;
  }
}
function permission(p) {
  const box = el("div", "ask-box");
  box.append(el("p", "", "Allow the use of " + p.permission.replace(/_/g, " ") + "? " + JSON.stringify((p.metadata && p.metadata.input) || {}).slice(0, 400)));
  for (const [reply, text] of [["once", "Once"], ["always", "Always here"], ["reject", "No"]]) {
    const b = el("button", "", text);
    b.type = "button";
    b.onclick = () => { box.remove(); api("POST", "/permission/" + encodeURIComponent(p.id) + "/reply", { reply }).catch((err) => say(err.message, true)); };
    box.append(b);
  }
  $("log").append(box); box.scrollIntoView();
}

// listen opens the stream of a session. The browser resumes it by
// Last-Event-ID, so that a phone that slept misses nothing.
function listen() {
  if (source) source.close();
  return new Promise((ready) => {
    source = new EventSource("/event?session=" + encodeURIComponent(session));
    source.onmessage = (m) => { const e = JSON.parse(m.data); if (e.type === "server.connected") { if (!busy) say(""); ready(); } else handle(e); };
    source.onerror = () => say("Connection lost, trying again …", true);
    source.onopen = () => say(busy ? "Working …" : "");
  });
}
async function open(id) {
  session = id; history.replaceState(null, "", id ? "#" + id : "/");
  for (const n of [...$("log").children]) if (n.id !== "hello") n.remove();
  messages = new Map(); setBusy(false); $("hello").hidden = false; $("title").textContent = "Panther"; side(false);
  if (source) source.close();
  if (!id) return;
  try {
    await listen();
    $("title").textContent = (await api("GET", "/session/" + encodeURIComponent(id))).title;
    for (const m of await api("GET", "/session/" + encodeURIComponent(id) + "/message")) {
      const v = message(m.info.id, m.info);
      v.parts = new Map(m.parts.map((p) => [p.id, p]));
      redraw(v);
    }
    setBusy(id in (await api("GET", "/session/status")));
  } catch (err) { say(err.message, true); }
}
async function list() {
  try {
    const all = await api("GET", "/session?roots=true&limit=50");
    $("sessions").replaceChildren(...all.map((s) => {
      const li = el("li"), b = el("button", "open", s.title), x = el("button", "plain", "✕");
      if (s.id === session) b.setAttribute("aria-current", "true");
      b.onclick = () => open(s.id);
      x.setAttribute("aria-label", "Delete " + s.title);
      x.onclick = async () => { if (!confirm("Delete “" + s.title + "”?")) return; await api("DELETE", "/session/" + encodeURIComponent(s.id)).catch((e) => say(e.message, true)); if (s.id === session) open(""); list(); };
      li.append(b, x);
      return li;
    }));
  } catch (err) { say(err.message, true); }
}
function side(on) { $("side").hidden = !on; $("menu").setAttribute("aria-expanded", String(on)); if (on) list(); }

$("form").onsubmit = async (e) => {
  e.preventDefault();
  if (busy) { await api("POST", "/session/" + encodeURIComponent(session) + "/abort").catch((err) => say(err.message, true)); return; }
  const text = $("ask").value.trim();
  if (!text) return;
  try {
    $("send").disabled = true;
    if (!session) { const s = await api("POST", "/session", {}); session = s.id; history.replaceState(null, "", "#" + s.id); await listen(); }
    setBusy(true);
    await api("POST", "/session/" + encodeURIComponent(session) + "/prompt_async", { parts: [{ type: "text", text }] });
    $("ask").value = ""; grow();
  } catch (err) { setBusy(false); say(err.message, true); } finally { $("send").disabled = false; }
};
function grow() { const a = $("ask"); a.style.height = "auto"; a.style.height = a.scrollHeight + "px"; }
$("ask").oninput = grow;
$("ask").onkeydown = (e) => { if (e.key === "Enter" && !e.shiftKey && !e.isComposing) { e.preventDefault(); $("form").requestSubmit(); } };
$("menu").onclick = () => side($("side").hidden);
$("new").onclick = () => { open(""); $("ask").focus(); };
$("log").onclick = () => side(false);
open(session);
