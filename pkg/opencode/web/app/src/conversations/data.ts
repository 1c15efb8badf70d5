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

let refresh = () => {}

/** watchConversations keeps the lists as the server tells that they are. */
export function watchConversations(client: QueryClient) {
  let timer = 0
  refresh = () => {
    clearTimeout(timer)
    timer = window.setTimeout(() => void client.invalidateQueries({ queryKey: ["conversations"] }), 300)
  }
  stream.listen((e) => {
    if (/^session\.(created|updated|deleted)$/.test(e.type)) refresh()
  })
}

export const rename = (id: string, title: string) => api<Session>("PATCH", path("session", id), { title }).catch(fail)

export const pin = (id: string, on: boolean) => api("PATCH", path("panther", "v1", "conversations", id), { pinned: on }).then(() => refresh(), fail)

/** What was deleted a moment ago, until the list says so. */
export const leaving = new Store<ReadonlySet<string>>(new Set())

/** remove deletes a conversation, which can be had back for some days. */
export async function remove(id: string) {
  const at = path("panther", "v1", "conversations", id)
  const back = () => leaving.set(new Set([...leaving.get()].filter((x) => x !== id)))
  leaving.set(new Set([...leaving.get(), id]))
  try {
    await api("DELETE", at)
  } catch (e) {
    back()
    fail(e)
    return
  }
  say(t.deleted, {
    label: t.undo,
    run: () =>
      void api("POST", `${at}/restore`).then(() => {
        back()
        refresh()
      }, fail),
  })
}
