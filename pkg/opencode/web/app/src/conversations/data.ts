import { infiniteQueryOptions, type QueryClient } from "@tanstack/react-query"
import { api, path, query } from "../api/client"
import type { ConversationList, Session } from "../api/types"
import { Store } from "../live/store"
import { stream } from "../live/stream"
import { fail, say } from "../shell/toast"
import { t } from "../text"

export interface Listed {
  id: string
  title: string
  updated: number
  pinned: boolean
  snippet?: string
  message?: string
}

export const conversationsQuery = (q: string) =>
  infiniteQueryOptions({
    queryKey: ["conversations", q],
    queryFn: ({ pageParam, signal }) => api<ConversationList>("GET", `/panther/v1/conversations${query({ q, cursor: pageParam })}`, undefined, signal),
    initialPageParam: "",
    getNextPageParam: (p: ConversationList) => p.next || undefined,
    select: (d) =>
      d.pages.flatMap((p) => p.conversations.map((c): Listed => ({ id: c.id, title: c.title, updated: new Date(c.updated).getTime(), pinned: c.pinned, snippet: c.excerpt, message: c.message }))),
  })

/** watchConversations keeps the lists as the server tells that they are. */
export function watchConversations(client: QueryClient) {
  let timer = 0
  stream.listen((e) => {
    if (!/^session\.(created|updated|deleted)$/.test(e.type)) return
    clearTimeout(timer)
    timer = window.setTimeout(() => void client.invalidateQueries({ queryKey: ["conversations"] }), 300)
  })
}

export const rename = (id: string, title: string) => api<Session>("PATCH", path("session", id), { title }).catch(fail)

export const pin = (id: string, on: boolean) => api("PATCH", path("panther", "v1", "conversations", id), { pinned: on }).catch(fail)

/** What was deleted a moment ago and can be had back. */
export const leaving = new Store<ReadonlySet<string>>(new Set())
const grace = 8_000

/** remove deletes a conversation, unless somebody wants it back within a moment. */
export function remove(id: string) {
  leaving.set(new Set([...leaving.get(), id]))
  const back = () => leaving.set(new Set([...leaving.get()].filter((x) => x !== id)))
  const now = () => {
    removeEventListener("pagehide", now)
    clearTimeout(timer)
    void fetch(path("session", id), { method: "DELETE", keepalive: true }).then(
      (r) => {
        if (!r.ok && r.status !== 404) {
          back()
          fail(`${r.status} ${r.statusText}`)
        }
      },
      (e) => {
        back()
        fail(e)
      },
    )
  }
  const timer = window.setTimeout(now, grace)
  addEventListener("pagehide", now)
  say(t.deleted, {
    label: t.undo,
    run: () => {
      clearTimeout(timer)
      removeEventListener("pagehide", now)
      back()
    },
  })
}
