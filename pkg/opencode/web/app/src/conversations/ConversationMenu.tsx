import { useInfiniteQuery } from "@tanstack/react-query"
import { useNavigate } from "@tanstack/react-router"
import { useState } from "react"
import type { Session } from "../api/types"
import { copy } from "../ask/copy"
import { Item, Line, LinkItem, Menu } from "../shell/Menu"
import { Modal } from "../shell/Modal"
import { t } from "../text"
import { conversationsQuery, pin, remove, rename } from "./data"

/** What can be done with a conversation. */
export function ConversationMenu({ session: s, here }: { session: Session; here?: boolean }) {
  const [naming, setNaming] = useState(false)
  const [title, setTitle] = useState("")
  const navigate = useNavigate()
  const pinned = useInfiniteQuery(conversationsQuery("")).data?.find((c) => c.id === s.id)?.pinned ?? false
  const export_ = (format: string) => `/session/${encodeURIComponent(s.id)}/export?format=${format}`
  return (
    <>
      <Menu label={`${t.menu}: ${s.title}`}>
        <Item
          icon="edit"
          onSelect={() => {
            setTitle(s.title)
            setNaming(true)
          }}
        >
          {t.rename}
        </Item>
        <Item icon="pin" onSelect={() => void pin(s.id, !pinned)}>
          {pinned ? t.unpin : t.pin}
        </Item>
        <Item icon="link" onSelect={() => copy(`${location.origin}/c/${s.id}`)}>
          {t.copyLink}
        </Item>
        <Line />
        <LinkItem icon="share" href={export_("markdown")} download={`${s.slug || s.id}.md`}>
          {t.exportMarkdown}
        </LinkItem>
        <LinkItem icon="share" href={export_("json")} download={`${s.slug || s.id}.json`}>
          {t.exportJSON}
        </LinkItem>
        <Line />
        <Item
          icon="bin"
          danger
          onSelect={() => {
            void remove(s.id)
            if (here) void navigate({ to: "/" })
          }}
        >
          {t.remove}
        </Item>
      </Menu>
      {naming && (
        <Modal title={t.rename} onClose={() => setNaming(false)}>
          <form
            onSubmit={(e) => {
              e.preventDefault()
              if (title.trim()) void rename(s.id, title.trim())
              setNaming(false)
            }}
          >
            <label>
              {t.title}
              <input className="field" autoFocus dir="auto" value={title} maxLength={200} onChange={(e) => setTitle(e.target.value)} />
            </label>
            <p className="row">
              <button type="button" className="button" onClick={() => setNaming(false)}>
                {t.cancel}
              </button>
              <button type="submit" className="button primary">
                {t.save}
              </button>
            </p>
          </form>
        </Modal>
      )}
    </>
  )
}
