import { useInfiniteQuery } from "@tanstack/react-query"
import { useNavigate } from "@tanstack/react-router"
import { useDeferredValue, useState } from "react"
import { send } from "../live/outbox"
import { conversationsQuery } from "../conversations/data"
import { t } from "../text"
import { Icon, type IconName } from "./icons"
import { Modal } from "./Modal"
import "./palette.css"

interface Entry {
  key: string
  icon: IconName
  label: string
  run: () => void
}

/** Ctrl-K: every screen and conversation, and a question or a search from what is typed. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("")
  const [at, setAt] = useState(0)
  const q = useDeferredValue(text.trim())
  const navigate = useNavigate()
  const found = useInfiniteQuery(conversationsQuery(q)).data ?? []
  const go = (to: string) => () => void navigate({ to: to as "/" })
  const screens: Entry[] = (
    [
      ["/", t.newConversation, "plus"],
      ["/conversations", t.conversations, "list"],
      ["/search", t.search, "search"],
      ["/library", t.library, "library"],
      ["/memories", t.memories, "memories"],
      ["/system", t.system, "system"],
    ] as [string, string, IconName][]
  ).map(([to, label, icon]) => ({ key: to, icon, label, run: go(to) }))
  const typed = text.trim()
  const words = typed.toLowerCase()
  const entries: Entry[] = [
    ...screens.filter((s) => s.label.toLowerCase().includes(words)),
    ...found.slice(0, 8).map((c): Entry => ({ key: c.id, icon: "ask", label: c.title, run: () => void navigate({ to: "/c/$id", params: { id: c.id } }) })),
    ...(typed
      ? [
          {
            key: "ask",
            icon: "up" as const,
            label: t.paletteAsk(typed),
            run: () => void send({ session: "", parts: [{ type: "text", text: typed }] }, (id) => void navigate({ to: "/c/$id", params: { id } })),
          },
          { key: "find", icon: "search" as const, label: t.paletteSearch(typed), run: () => void navigate({ to: "/search", search: { q: typed } }) },
        ]
      : []),
  ]
  const chosen = Math.min(at, entries.length - 1)
  const run = (e: Entry) => {
    onClose()
    e.run()
  }
  return (
    <Modal title={t.palette} className="palette" onClose={onClose}>
      <input
        className="field"
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={entries[chosen] ? `palette-${chosen}` : undefined}
        aria-label={t.palette}
        placeholder={t.paletteHint}
        value={text}
        onChange={(e) => {
          setText(e.target.value)
          setAt(0)
        }}
        onKeyDown={(e) => {
          if (e.key === "ArrowDown") setAt(Math.min(entries.length - 1, chosen + 1))
          else if (e.key === "ArrowUp") setAt(Math.max(0, chosen - 1))
          else if (e.key === "Enter" && entries[chosen]) run(entries[chosen])
          else return
          e.preventDefault()
        }}
      />
      <ul id="palette-list" role="listbox" aria-label={t.palette}>
        {entries.map((e, i) => (
          <li key={e.key} id={`palette-${i}`} role="option" aria-selected={i === chosen} onClick={() => run(e)} onPointerMove={() => setAt(i)}>
            <Icon name={e.icon} />
            <bdi>{e.label}</bdi>
          </li>
        ))}
      </ul>
    </Modal>
  )
}
