import { api, ApiError, path } from "../api/client"
import type { Event, Message, MessageWithParts, Part, Session } from "../api/types"
import { Store } from "./store"
import { stream } from "./stream"

export type Phase = "loading" | "ready" | "missing" | "failed"

/** One entry of a conversation; it is replaced when something of it changes. */
export type Entry = MessageWithParts & { pending?: boolean }

/**
 * A conversation as this page knows it: what the server has, read once, and what
 * its events have told since.
 */
export class Conversation {
  readonly order = new Store<string[]>([])
  readonly phase = new Store<Phase>("loading")
  readonly session = new Store<Session | null>(null)
  readonly busy = new Store(false)
  readonly note = new Store("")
  fault = ""
  private entries = new Map<string, Store<Entry>>()
  private changed = new Map<string, Entry>()
  private scheduled = false
  private reading = 0
  private early: Event[] = []
  private heard = new Map<string, Overlap>()
  private close: () => void

  constructor(readonly id: string) {
    this.close = stream.listen((e) => this.take(e))
    void this.load()
  }

  end() {
    this.close()
  }

  entry(id: string): Store<Entry> {
    let s = this.entries.get(id)
    if (!s) {
      s = new Store<Entry>({ info: { id, sessionID: this.id, role: "assistant", time: { created: Date.now() } } as Message, parts: [] })
      this.entries.set(id, s)
    }
    return s
  }

  async load() {
    this.reading++
    try {
      const [session, messages, running] = await Promise.all([
        api<Session>("GET", path("session", this.id)),
        api<MessageWithParts[]>("GET", path("session", this.id, "message")),
        api<Record<string, unknown>>("GET", "/session/status"),
      ])
      this.session.set(session)
      this.replace(messages)
      this.busy.set(this.id in running)
      this.phase.set("ready")
    } catch (e) {
      this.fault = (e as Error).message
      const gone = e instanceof ApiError && e.status === 404
      if (gone || this.phase.get() !== "ready") this.phase.set(gone ? "missing" : "failed")
    } finally {
      this.reading--
      const early = this.early
      this.early = []
      for (const e of early) this.apply(e)
    }
  }

  private replace(messages: MessageWithParts[]) {
    this.changed.clear()
    this.heard.clear()
    const early = this.early
    for (const m of messages) {
      this.entry(m.info.id).set(m)
      if (!m.info.time.completed) for (const p of m.parts) if (p.type === "text" || p.type === "reasoning") this.heard.set(p.id, new Overlap(p.text ?? ""))
    }
    const there = new Set(messages.map((m) => m.info.id))
    const kept = this.order.get().filter((id) => !there.has(id) && this.entry(id).get().pending)
    this.order.set([...messages.map((m) => m.info.id), ...kept])
    this.early = early
  }

  private take(e: Event) {
    const p = e.properties
    if (p.sessionID !== this.id) return
    if (this.reading) this.early.push(e)
    else this.apply(e)
  }

  private apply(e: Event) {
    const p = e.properties
    switch (e.type) {
      case "session.updated":
        this.session.set(p.info as Session)
        break
      case "session.deleted":
        this.phase.set("missing")
        break
      case "session.status":
        this.busy.set(p.status?.type !== "idle")
        this.note.set(p.status?.type === "retry" ? (p.status.message ?? "") : "")
        break
      case "session.idle":
        this.busy.set(false)
        this.note.set("")
        break
      case "message.updated": {
        const info = p.info as Message
        this.change(info.id, (m) => ({ info, parts: m.parts }))
        break
      }
      case "message.removed":
        if (p.messageID) this.remove(p.messageID)
        break
      case "message.part.updated":
        if (p.part) this.part(p.part)
        break
      case "message.part.removed":
        if (p.messageID) this.change(p.messageID, (m) => ({ ...m, parts: m.parts.filter((x) => x.id !== p.partID) }))
        break
      case "message.part.delta":
        if (p.messageID && p.partID && p.delta) this.grow(p.messageID, p.partID, p.delta)
    }
  }

  private part(part: Part) {
    this.heard.delete(part.id)
    this.change(part.messageID, (m) => {
      const i = m.parts.findIndex((x) => x.id === part.id)
      const parts = i < 0 ? [...m.parts, part].sort((a, b) => (a.id < b.id ? -1 : 1)) : m.parts.with(i, part)
      return { ...m, parts }
    })
  }

  private grow(message: string, id: string, delta: string) {
    const overlap = this.heard.get(id)
    this.change(message, (m) => {
      const i = m.parts.findIndex((x) => x.id === id)
      if (i < 0) return m
      const was = m.parts[i]!
      return { ...m, parts: m.parts.with(i, { ...was, text: overlap ? overlap.add(delta) : (was.text ?? "") + delta }) }
    })
  }

  /** add shows a question before the server has told of it. */
  add(m: Entry) {
    this.change(m.info.id, () => m)
  }

  remove(id: string) {
    this.changed.delete(id)
    this.entries.delete(id)
    this.order.set(this.order.get().filter((x) => x !== id))
  }

  private change(id: string, f: (m: Entry) => Entry) {
    const at = this.changed.get(id) ?? this.entry(id).get()
    this.changed.set(id, f(at))
    if (this.scheduled) return
    this.scheduled = true
    const publish = () => {
      this.scheduled = false
      this.publish()
    }
    if (document.hidden) setTimeout(publish, 200)
    else requestAnimationFrame(publish)
  }

  private publish() {
    const changed = this.changed
    this.changed = new Map()
    let order = this.order.get()
    for (const [id, entry] of changed) {
      this.entry(id).set(entry)
      if (!order.includes(id)) order = [...order, id].sort((a, b) => this.created(a) - this.created(b) || (a < b ? -1 : 1))
    }
    this.order.set(order)
  }

  private created(id: string): number {
    return this.entry(id).get().info.time.created
  }
}

/**
 * What was read of a part that is being written may hold some of the text that
 * its next events add, since events come after what they tell of is stored.
 */
export class Overlap {
  private said = ""
  constructor(private base: string) {}

  /** add returns the text with a delta, which may be in it already. */
  add(delta: string): string {
    this.said += delta
    const tail = this.base.slice(-4000)
    if (this.said.length <= tail.length && tail.includes(this.said)) return this.base
    for (let k = Math.min(tail.length, this.said.length); k > 0; k--) {
      if (tail.endsWith(this.said.slice(0, k))) return this.base + this.said.slice(k)
    }
    return this.base + this.said
  }
}
