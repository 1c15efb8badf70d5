import { useEffect } from "react"
import { t } from "../text"

/** useTitle names the page in tabs and in the history. */
export function useTitle(title: string) {
  useEffect(() => {
    document.title = title && title !== t.app ? `${title} · ${t.app}` : t.app
  }, [title])
}
