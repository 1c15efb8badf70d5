import type { Event } from "../api/types"
import { Store } from "./store"

export type Link = "opening" | "open" | "lost" | "denied"

const silence = 25_000 // the server says something every 10 s
const hiddenFor = 60_000 // a page that nobody sees gives its connection back

/**
 * The one stream of events of a page. It goes on where it was cut: the number of
 * the last event is sent again, and the server has kept what came after it.
 */
export class Stream {
  readonly link = new Store<Link>("opening")
  private source: EventSource | null = null
  private last = ""
  private heard = 0
  private tries = 0
  private timer = 0
  private away = 0
  private handlers = new Set<(e: Event) => void>()

  start() {
    this.open()
    setInterval(() => this.check(), 5_000)
    document.addEventListener("visibilitychange", () => this.seen())
    addEventListener("online", () => this.reopen())
    window.addEventListener("pageshow", (e) => e.persisted && this.reopen())
    document.addEventListener("resume", () => this.reopen())
  }

  listen(f: (e: Event) => void): () => void {
    this.handlers.add(f)
    return () => this.handlers.delete(f)
  }

  /** reopen tries at once, unless the stream is known to be good. */
  reopen() {
    if (this.link.get() === "open" && Date.now() - this.heard < silence) return
    this.tries = 0
    this.open()
  }

  private open() {
    clearTimeout(this.timer)
    this.source?.close()
    const source = new EventSource("/event" + (this.last && `?last_event_id=${this.last}`))
    this.source = source
    this.heard = Date.now()
    source.onmessage = (m) => {
      this.heard = Date.now()
      if (m.lastEventId) this.last = m.lastEventId
      this.tries = 0
      this.link.set("open")
      let e: Event
      try {
        e = JSON.parse(m.data) as Event
      } catch {
        return
      }
      for (const f of this.handlers) f(e)
    }
    source.onerror = () => {
      if (source !== this.source) return
      source.close() // its own retries end at any answer but 200, as a proxy gives during a restart
      void this.failed()
    }
  }

  private async failed() {
    this.link.set(this.link.get() === "denied" ? "denied" : "lost")
    try {
      const r = await fetch("/session/status")
      if (r.status === 401 || r.status === 403) this.link.set("denied")
    } catch {
      // The network is away.
    }
    clearTimeout(this.timer)
    this.timer = window.setTimeout(() => this.open(), Math.min(500 * 2 ** this.tries++, 10_000))
  }

  private check() {
    if (this.link.get() === "open" && this.source && Date.now() - this.heard > silence) {
      this.link.set("lost")
      this.open()
    }
  }

  private seen() {
    clearTimeout(this.away)
    if (document.hidden) {
      this.away = window.setTimeout(() => {
        clearTimeout(this.timer)
        this.source?.close()
        this.source = null
      }, hiddenFor)
    } else if (!this.source) {
      this.open()
    } else {
      this.reopen()
    }
  }
}

export const stream = new Stream()
