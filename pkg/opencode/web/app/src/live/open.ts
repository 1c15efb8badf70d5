import { useEffect, useState } from "react"
import { Conversation } from "./conversation"

const most = 6
const open = new Map<string, Conversation>()

/** conversation returns one that is kept while few others were looked at since. */
export function conversation(id: string): Conversation {
  let c = open.get(id)
  if (c && /^(failed|missing)$/.test(c.phase.get())) {
    c.end()
    c = undefined
  }
  c ??= new Conversation(id)
  open.delete(id)
  open.set(id, c)
  for (const [old, o] of open) {
    if (open.size <= most) break
    o.end()
    open.delete(old)
  }
  return c
}

export function useConversation(id: string): Conversation {
  const [c, set] = useState(() => conversation(id))
  useEffect(() => set(conversation(id)), [id])
  return c.id === id ? c : conversation(id)
}
