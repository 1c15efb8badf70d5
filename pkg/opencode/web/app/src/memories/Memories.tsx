import { useQuery, useQueryClient } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { useState } from "react"
import { api, path } from "../api/client"
import type { MemoryList, MemoryView } from "../api/types"
import { Fault } from "../shell/Fault"
import { Icon } from "../shell/icons"
import { Modal } from "../shell/Modal"
import { Screen } from "../shell/Screen"
import { fail, say } from "../shell/toast"
import { moment, t } from "../text"
import "./memories.css"

const key = ["memories"]
const where = (m: MemoryView, ...rest: string[]) => path("panther", "v1", "memories", m.id ?? "", ...rest)

/** What is kept of former conversations, and what waits for a person's word. */
export default function Memories() {
  const client = useQueryClient()
  const waiting = useQuery({ queryKey: [...key, "waiting"], queryFn: () => api<MemoryList>("GET", "/panther/v1/memories?waiting=true") })
  const all = useQuery({ queryKey: key, queryFn: () => api<MemoryList>("GET", "/panther/v1/memories") })
  const [editing, setEditing] = useState<MemoryView | null>(null)
  const wait = waiting.data?.memories ?? []
  const kept = (all.data?.memories ?? []).filter((m) => !wait.some((w) => w.id === m.id))
  const act = async (f: Promise<unknown>, done: string) => {
    try {
      await f
      say(done)
    } catch (e) {
      fail(e)
    }
    await client.invalidateQueries({ queryKey: key })
  }
  const row = (m: MemoryView, waits: boolean) => (
    <li key={m.id} className="card memory">
      <p dir="auto">{m.text}</p>
      {m.body && <pre tabIndex={0}>{m.body}</pre>}
      <p className="small soft">
        {m.from}
        {m.created && ` · ${moment(m.created)}`}
        {m.provenance.session && (
          <>
            {" · "}
            <Link to="/c/$id" params={{ id: m.provenance.session }}>
              {t.itsConversation}
            </Link>
          </>
        )}
      </p>
      {m.why && <p className="small warn">{m.why}</p>}
      <p className="row">
        {waits && (
          <button type="button" className="button primary" onClick={() => void act(api("POST", where(m, "confirm")), t.kept)}>
            <Icon name="check" /> {t.keep}
          </button>
        )}
        <button type="button" className="button" onClick={() => setEditing(m)}>
          {t.editShort}
        </button>
        <button type="button" className="button" onClick={() => void act(api("DELETE", where(m)), t.forgotten)}>
          {t.forget}
        </button>
      </p>
    </li>
  )
  return (
    <Screen title={t.memories}>
      {(all.error ?? waiting.error) && <Fault error={all.error ?? waiting.error} retry={() => void client.invalidateQueries({ queryKey: key })} />}
      {wait.length > 0 && (
        <section className="group">
          <h2>{t.waitingMemories}</h2>
          <p className="soft">{t.waitingHint}</p>
          <ul>{wait.map((m) => row(m, true))}</ul>
        </section>
      )}
      {kept.length > 0 && (
        <section className="group">
          {wait.length > 0 && <h2>{t.keptMemories}</h2>}
          <ul>{kept.map((m) => row(m, false))}</ul>
        </section>
      )}
      {all.isSuccess && !kept.length && !wait.length && (
        <div className="empty">
          <Icon name="memories" />
          <h2>{t.noMemories}</h2>
          <p>{t.noMemoriesHint}</p>
        </div>
      )}
      {editing && <Edit memory={editing} onClose={() => setEditing(null)} onSave={(text) => void act(api("PATCH", where(editing), { text }), t.saved)} />}
    </Screen>
  )
}

function Edit({ memory, onClose, onSave }: { memory: MemoryView; onClose: () => void; onSave: (text: string) => void }) {
  const [text, setText] = useState(memory.text)
  return (
    <Modal title={t.editShort} onClose={onClose}>
      <form
        onSubmit={(e) => {
          e.preventDefault()
          if (text.trim() && text !== memory.text) onSave(text.trim())
          onClose()
        }}
      >
        <label>
          {t.memory}
          <textarea className="field" autoFocus rows={4} dir="auto" maxLength={4000} value={text} onChange={(e) => setText(e.target.value)} />
        </label>
        <p className="row">
          <button type="button" className="button" onClick={onClose}>
            {t.cancel}
          </button>
          <button type="submit" className="button primary">
            {t.save}
          </button>
        </p>
      </form>
    </Modal>
  )
}
