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

// Markdown, the part of it that answers use.
function inline(into, text, cites) {
  const re = /`([^`\n]+)`|\*\*(.+?)\*\*|\*([^*\s][^*\n]*?)\*|\[(\d{1,4})\](?!\()|\[([^\]\n]+)\]\(([^()\s]+)\)|(https?:\/\/[^\s<>")\]]+)|\\([\\`*_[\]<>#])/g;
  let at = 0, m;
  while ((m = re.exec(text))) {
    into.append(text.slice(at, m.index));
    at = re.lastIndex;
    if (m[1] !== undefined) into.append(el("code", "", m[1]));
    else if (m[2] !== undefined) inline(into.appendChild(el("strong")), m[2], cites);
    else if (m[3] !== undefined) inline(into.appendChild(el("em")), m[3], cites);
    else if (m[4] !== undefined) { const c = cites.get(+m[4]); into.append(c ? link(c.link, m[4], "cite", c.title) : "[" + m[4] + "]"); }
    else if (m[6] !== undefined) into.append(link(m[6], m[5]));
    else if (m[7] !== undefined) into.append(link(m[7], m[7]));
    else into.append(m[8]);
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
function blocks(into, text, cites) {
  const lines = text.split("\n");
  let i = 0;
  while (i < lines.length) {
    const l = lines[i];
    if (!l.trim()) { i++; continue; }
    let m;
    if ((m = /^\s*(```|~~~)/.exec(l))) {
      const body = []; i++;
      while (i < lines.length && !lines[i].trim().startsWith(m[1])) body.push(lines[i++]);
      i++;
      into.append(el("pre")); into.lastChild.append(el("code", "", body.join("\n")));
    } else if ((m = /^#{1,6}\s+(.*)/.exec(l))) { inline(into.appendChild(el("h3")), m[1], cites); i++; }
    else if (l.startsWith(">")) {
      const body = [];
      while (i < lines.length && lines[i].startsWith(">")) body.push(lines[i++].replace(/^> ?/, ""));
      blocks(into.appendChild(el("blockquote")), body.join("\n"), cites);
    } else if ((m = /^\s*([-*+]|\d+[.)])\s+/.exec(l))) {
      const list = el(/\d/.test(m[1]) ? "ol" : "ul");
      while (i < lines.length && (m = /^\s*(?:[-*+]|\d+[.)])\s+(.*)/.exec(lines[i]))) {
        let item = m[1]; i++;
        while (i < lines.length && /^\s{2,}\S/.test(lines[i]) && !/^\s*([-*+]|\d+[.)])\s/.test(lines[i])) item += " " + lines[i++].trim();
        inline(list.appendChild(el("li")), item, cites);
      }
      into.append(list);
    } else if (l.trim().startsWith("|") && /^\s*\|[\s:|-]+\|?\s*$/.test(lines[i + 1] || "")) {
      const table = el("table"); let head = true;
      while (i < lines.length && lines[i].trim().startsWith("|")) {
        if (!/^\s*\|[\s:|-]+\|?\s*$/.test(lines[i])) {
          const tr = table.appendChild(el("tr"));
          for (const c of lines[i].trim().replace(/^\||\|$/g, "").split("|")) inline(tr.appendChild(el(head ? "th" : "td")), c.trim(), cites);
          head = false;
        }
        i++;
      }
      into.append(table);
    } else {
      const body = [];
      while (i < lines.length && lines[i].trim() && !/^\s*(```|~~~|>|#{1,6}\s|[-*+]\s|\d+[.)]\s)/.test(lines[i])) body.push(lines[i++]);
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
    if (p.type === "text" && !p.ignored) blocks(m.node, p.text || "", cites);
    else if (p.type === "tool") {
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
