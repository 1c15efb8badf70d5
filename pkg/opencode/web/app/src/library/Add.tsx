import { useQueryClient } from "@tanstack/react-query"
import { useNavigate } from "@tanstack/react-router"
import { useState } from "react"
import { api } from "../api/client"
import type { AddedSource } from "../api/types"
import { Fault } from "../shell/Fault"
import { Modal } from "../shell/Modal"
import { t } from "../text"

/** Adding a source: first what is recognised in a place and some of its pages, then the yes. */
export function Add({ place: given, onClose }: { place: string; onClose: () => void }) {
  const [place, setPlace] = useState(given)
  const [name, setName] = useState("")
  const [close, setClose] = useState(false)
  const [seen, setSeen] = useState<AddedSource | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const client = useQueryClient()
  const navigate = useNavigate()
  const post = async (dry: boolean) => {
    setBusy(true)
    setError(null)
    try {
      return await api<AddedSource>("POST", "/panther/v1/sources", { place: place.trim(), name: name || undefined, allow_private: close || undefined, dry_run: dry, crawl: !dry })
    } catch (e) {
      setError(e)
    } finally {
      setBusy(false)
    }
  }
  const look = async () => {
    const s = await post(true)
    if (!s) return
    setSeen(s)
    setName(s.source.name)
  }
  const add = async () => {
    const s = await post(false)
    if (!s) return
    await client.invalidateQueries({ queryKey: ["sources"] })
    void navigate({ to: "/library/$name", params: { name: s.source.name } })
  }
  return (
    <Modal title={t.addSource} onClose={onClose}>
      <h2>{t.addSource}</h2>
      <form
        onSubmit={(e) => {
          e.preventDefault()
          void (seen ? add() : look())
        }}
      >
        <label>
          {t.place}
          <input
            className="field"
            autoFocus
            required
            dir="ltr"
            inputMode="url"
            placeholder="https://docs.example.org/"
            value={place}
            onChange={(e) => {
              setPlace(e.target.value)
              setSeen(null)
            }}
          />
        </label>
        <label className="inline">
          <input type="checkbox" checked={close} onChange={(e) => setClose(e.target.checked)} /> {t.allowPrivate}
        </label>
        {error != null && <Fault error={error} />}
        {seen && (
          <>
            <p>
              {t.recognised(seen.source.kind)} {seen.exists && <b>{t.exists(seen.source.name)}</b>}
            </p>
            {seen.note && <p className="small soft">{seen.note}</p>}
            {seen.samples.length > 0 && (
              <ul className="samples" aria-label={t.samples}>
                {seen.samples.slice(0, 5).map((s) => (
                  <li key={s.uri}>
                    <bdi>{s.title || s.uri}</bdi>
                    <small className="soft">{s.uri}</small>
                  </li>
                ))}
              </ul>
            )}
            <label>
              {t.name}
              <input className="field" value={name} maxLength={60} onChange={(e) => setName(e.target.value)} />
            </label>
          </>
        )}
        <p className="row">
          <button type="button" className="button" onClick={onClose}>
            {t.cancel}
          </button>
          <button type="submit" className="button primary" disabled={busy || !place.trim() || seen?.exists}>
            {busy ? t.loading : seen ? t.addAndRead : t.look}
          </button>
        </p>
      </form>
    </Modal>
  )
}
