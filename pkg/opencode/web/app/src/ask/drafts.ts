import { useCallback, useState } from "react"
import { kept } from "../live/store"

/** useDraft is what somebody has written and not sent yet: it outlives everything. */
export function useDraft(of: string): [string, (v: string) => void] {
  const key = `draft:${of}`
  const [at, setAt] = useState({ key, text: kept.get(key) })
  const text = at.key === key ? at.text : kept.get(key)
  const set = useCallback(
    (v: string) => {
      kept.set(key, v)
      setAt({ key, text: v })
    },
    [key],
  )
  return [text, set]
}
