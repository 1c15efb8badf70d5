import { api } from "../api/client"
import { Store } from "./store"
import { stream } from "./stream"

/** The conversations in which something runs. */
export const running = new Store<ReadonlySet<string>>(new Set())

async function load() {
  try {
    running.set(new Set(Object.keys(await api<Record<string, unknown>>("GET", "/session/status"))))
  } catch {
    // Asked again when the stream is open.
  }
}

export function watchRunning() {
  stream.link.subscribe(() => stream.link.get() === "open" && void load())
  stream.listen((e) => {
    const id = e.properties.sessionID
    if (!id || (e.type !== "session.status" && e.type !== "session.idle")) return
    const on = e.type === "session.status" && e.properties.status?.type !== "idle"
    if (on === running.get().has(id)) return
    const next = new Set(running.get())
    if (on) next.add(id)
    else next.delete(id)
    running.set(next)
  })
}
