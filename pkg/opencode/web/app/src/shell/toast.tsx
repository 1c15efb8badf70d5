import { useEffect } from "react"
import { Store, useStore } from "../live/store"

interface Note {
  text: string
  action?: { label: string; run: () => void }
  fault?: boolean
}

const note = new Store<Note | null>(null)

/** say shows a line for a while; one that has an action stays longer. */
export function say(text: string, action?: Note["action"]) {
  note.set({ text, action })
}

/** fail says why something did not work. */
export function fail(e: unknown) {
  note.set({ text: e instanceof Error ? e.message : String(e), fault: true })
}

export function Toast() {
  const n = useStore(note)
  useEffect(() => {
    if (!n) return
    const timer = setTimeout(() => note.set(null), n.action || n.fault ? 10_000 : 3_500)
    return () => clearTimeout(timer)
  }, [n])
  return (
    <div className="toast" role="status" data-fault={n?.fault || undefined} hidden={!n}>
      <span>{n?.text}</span>
      {n?.action && (
        <button
          type="button"
          onClick={() => {
            n.action!.run()
            note.set(null)
          }}
        >
          {n.action.label}
        </button>
      )}
    </div>
  )
}
