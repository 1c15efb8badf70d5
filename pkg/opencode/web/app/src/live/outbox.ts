import { api, ApiError, path } from "../api/client"
import type { Prompt, PromptPart, Session } from "../api/types"
import { kept, Store } from "./store"
import { stream } from "./stream"

/** A question on its way. Its identifier lets it be sent twice and asked once. */
export interface Waiting {
  id: string
  session: string // "" until there is one
  parts: PromptPart[]
  agent?: string
  model?: { providerID: string; modelID: string }
  created: number
  fault?: string
}

const key = "outbox"
export const outbox = new Store<Waiting[]>(read())
const opened = new Map<string, (session: string) => void>()

function read(): Waiting[] {
  try {
    const list = JSON.parse(kept.get(key) || "[]") as Waiting[]
    return Array.isArray(list) ? list.filter((w) => typeof w.id === "string" && Array.isArray(w.parts)) : []
  } catch {
    return []
  }
}

function write(list: Waiting[]) {
  kept.set(key, list.length ? JSON.stringify(list) : "")
  outbox.set(list)
}

function update(id: string, change: Partial<Waiting>) {
  write(outbox.get().map((w) => (w.id === id ? { ...w, ...change } : w)))
}

export function discard(id: string) {
  write(outbox.get().filter((w) => w.id !== id))
}

export function watchOutbox() {
  addEventListener("online", () => void flush())
  window.addEventListener("storage", (e) => e.key === key && outbox.set(read()))
  stream.link.subscribe(() => stream.link.get() === "open" && void flush())
}

/** messageID is in OpenCode's form: the time first, so that they sort. */
export function messageID(): string {
  const time = (BigInt(Date.now()) * 4096n).toString(16).padStart(12, "0").slice(-12)
  const random = crypto.getRandomValues(new Uint8Array(14))
  const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
  return `msg_${time}${[...random].map((b) => letters[b % 62]).join("")}`
}

/** send keeps a question until the server has it. onSession hears where it is asked. */
export function send(w: Omit<Waiting, "id" | "created">, onSession?: (session: string) => void): string {
  const id = messageID()
  if (onSession) opened.set(id, onSession)
  write([...outbox.get(), { ...w, id, created: Date.now() }])
  void flush()
  return id
}

let flushing: Promise<void> | null = null
export function flush(): Promise<void> {
  flushing ??= withLock(all).finally(() => (flushing = null))
  return flushing
}

/** withLock keeps two pages of one browser from sending the same. */
function withLock(f: () => Promise<void>): Promise<void> {
  return "locks" in navigator ? navigator.locks.request(key, f) : f()
}

async function all() {
  const refused = new Set<string>()
  for (;;) {
    const w = read().find((x) => !x.fault && !refused.has(x.id))
    if (!w) return
    refused.add(w.id)
    try {
      await one(w)
      discard(w.id)
    } catch (e) {
      if (e instanceof ApiError && e.offline) return
      if (e instanceof ApiError && (e.denied || e.status === 503)) return
      update(w.id, { fault: (e as Error).message })
    }
  }
}

async function one(w: Waiting) {
  let session = w.session
  if (!session) {
    session = (await api<Session>("POST", "/session", {})).id
    update(w.id, { session })
  }
  opened.get(w.id)?.(session)
  opened.delete(w.id)
  const body: Prompt = { messageID: w.id, parts: w.parts, agent: w.agent, model: w.model }
  try {
    await api("POST", path("session", session, "prompt_async"), body)
  } catch (e) {
    if (!(e instanceof ApiError && e.status === 409)) throw e // 409: it had arrived
  }
}
