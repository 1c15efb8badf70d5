// The service worker: the page opens without a network, and shows the
// conversations and documents that were read last. It asks the network first for
// everything but the files whose names follow from what is in them.

interface Work extends Event {
  waitUntil(p: Promise<unknown>): void
}
interface Fetch extends Work {
  request: Request
  respondWith(r: Promise<Response>): void
}
interface Scope {
  skipWaiting(): Promise<void>
  clients: { claim(): Promise<void> }
  addEventListener(type: "install" | "activate", f: (e: Work) => void): void
  addEventListener(type: "fetch", f: (e: Fetch) => void): void
}

const sw = self as unknown as Scope
const files = "__FILES__" as unknown as string[] // put in by build/worker.ts
const shell = "shell-__VERSION__"
const data = "data"
const patience = 4_000 // milliseconds in which the network may give the shell
const most = 80 // answers of the server that are kept
const readable = /^\/(session(\/status|\/[^/]+(\/message)?)?|permission|agent|config\/providers|panther\/v1\/(overview|conversations|document|memories|sources(\/[^/]+)?))$/
const screens = /^\/($|c\/|conversations|read|search|library|memories|system|share)/

sw.addEventListener("install", (e) => {
  e.waitUntil(
    caches
      .open(shell)
      .then((c) => c.addAll(["/", ...files]))
      .then(() => sw.skipWaiting()),
  )
})

// The files of the version before stay: a page that is open may still want one.
sw.addEventListener("activate", (e) => {
  e.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((n) => n.startsWith("shell-") && n !== shell).slice(0, -1).map((n) => caches.delete(n))))
      .then(() => sw.clients.claim()),
  )
})

sw.addEventListener("fetch", (e) => {
  const r = e.request
  const url = new URL(r.url)
  if (r.method !== "GET" || url.origin !== location.origin) return
  if (r.mode === "navigate") {
    if (screens.test(url.pathname)) e.respondWith(page(r))
  } else if (url.pathname.startsWith("/web/")) {
    e.respondWith(caches.match(r, { ignoreSearch: true }).then((c) => c ?? fetch(r)))
  } else if (readable.test(url.pathname)) {
    e.respondWith(read(e, r))
  }
})

const away = (r: Response) => r.status >= 502 && r.status <= 504

async function page(r: Request): Promise<Response> {
  const kept = await caches.match("/")
  if (!kept) return fetch(r)
  const late = new Promise<Response>((ok) => setTimeout(() => ok(kept), patience))
  const now = fetch(r).then(
    (x) => (away(x) ? kept : x),
    () => kept,
  )
  return Promise.race([now, late])
}

/** read asks the server, and answers what it said last where it is away. */
async function read(e: Fetch, r: Request): Promise<Response> {
  const cache = await caches.open(data)
  let x: Response
  try {
    x = await fetch(r)
  } catch (fault) {
    const kept = await cache.match(r)
    if (kept) return kept
    throw fault
  }
  if (x.ok) {
    e.waitUntil(keep(cache, r, x.clone()))
  } else if (x.status === 401 || x.status === 403) {
    e.waitUntil(caches.delete(data)) // whoever is not let in any more reads nothing here either
  } else if (away(x)) {
    return (await cache.match(r)) ?? x
  }
  return x
}

async function keep(cache: Cache, r: Request, x: Response) {
  await cache.delete(r) // what was read last is last in the order of keys
  await cache.put(r, x)
  const keys = await cache.keys()
  for (const old of keys.slice(0, Math.max(0, keys.length - most))) await cache.delete(old)
}
