import type { KeyboardEvent } from "react"
import { typing } from "./Shell"

/** move goes through what is marked data-move by j, k and the arrows. */
export function move(e: KeyboardEvent<HTMLElement>) {
  const step = e.key === "j" || e.key === "ArrowDown" ? 1 : e.key === "k" || e.key === "ArrowUp" ? -1 : 0
  if (!step || e.ctrlKey || e.metaKey || e.altKey) return
  if (typing(e.target) && e.key.length === 1) return
  const all = [...e.currentTarget.querySelectorAll<HTMLElement>("[data-move]")]
  const at = all.indexOf(document.activeElement as HTMLElement)
  const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + step))]
  if (!next) return
  e.preventDefault()
  next.focus()
  next.scrollIntoView({ block: "nearest" })
}
