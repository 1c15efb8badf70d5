import { api, ApiError, path } from "../api/client"
import type { PermissionRequest } from "../api/types"
import { Store } from "./store"
import { stream } from "./stream"

export type Reply = "once" | "always" | "reject"

/** The requests that wait for this person, on whatever device. */
export const permissions = new Store<PermissionRequest[]>([])
const answered = new Set<string>()

async function load() {
  try {
    const list = await api<PermissionRequest[]>("GET", "/permission")
    permissions.set(list.filter((p) => !answered.has(p.id)))
  } catch {
    // The stream comes back, and then this is asked again.
  }
}

function drop(id: string) {
  answered.add(id)
  permissions.set(permissions.get().filter((p) => p.id !== id))
}

export function watchPermissions() {
  stream.link.subscribe(() => stream.link.get() === "open" && void load())
  stream.listen((e) => {
    if (e.type === "permission.asked") {
      const asked = e.properties as unknown as PermissionRequest
      if (!answered.has(asked.id)) permissions.set([...permissions.get().filter((p) => p.id !== asked.id), asked])
    } else if (e.type === "permission.replied" && e.properties.requestID) {
      drop(e.properties.requestID)
    }
  })
}

/** reply answers a request. One that another device has answered is gone, and that is no failure. */
export async function reply(id: string, answer: Reply) {
  try {
    await api("POST", path("permission", id, "reply"), { reply: answer })
  } catch (e) {
    if (!(e instanceof ApiError) || e.status !== 404) throw e
  }
  drop(id)
}
