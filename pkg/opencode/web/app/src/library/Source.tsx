import { useQuery, useQueryClient } from "@tanstack/react-query"
import { Link, useNavigate, useParams } from "@tanstack/react-router"
import { useState } from "react"
import { api } from "../api/client"
import type { SourceDetail } from "../api/types"
import { Fault } from "../shell/Fault"
import { Icon } from "../shell/icons"
import { Modal } from "../shell/Modal"
import { Screen } from "../shell/Screen"
import { fail, say } from "../shell/toast"
import { moment, t } from "../text"
import { at, sourceQuery, visited } from "./data"
import { Edit } from "./Edit"
import { state } from "./Library"
import { Pages } from "./Pages"
import { Outcomes, Progress } from "./Progress"
import "./library.css"

/** One source: what it does, its runs and what became of its pages. */
export default function Source() {
  const { name } = useParams({ from: "/library/$name" })
  const found = useQuery(sourceQuery(name))
  const s = found.data
  const back = (
    <Link to="/library" className="plain" aria-label={t.library}>
      <Icon name="back" />
    </Link>
  )
  return (
    <Screen title={name} before={back}>
      {found.error && <Fault error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <p className="soft">{t.loading}</p>}
      {s && (
        <>
          <Head s={s} />
          <Progress of={s} />
          {s.last_run?.error && <p className="card warn">{s.last_run.error}</p>}
          <Runs s={s} />
          <Pages name={name} run={`${s.last_run?.id} ${s.last_run?.status}`} />
        </>
      )}
    </Screen>
  )
}

function Head({ s }: { s: SourceDetail }) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const [asking, setAsking] = useState(false)
  const [editing, setEditing] = useState(false)
  const how = state(s)
  const act = async (f: Promise<unknown>, done: string) => {
    try {
      await f
      say(done)
    } catch (e) {
      fail(e)
    }
    await client.invalidateQueries({ queryKey: ["sources"] })
  }
  return (
    <section className="group">
      <p>
        <span className="tag" data-tone={how.tone}>
          {how.word}
        </span>{" "}
        <bdi className="soft">{s.location}</bdi>
      </p>
      <dl className="facts-list small">
        <dt>{t.kind}</dt>
        <dd>{s.kind}</dd>
        <dt>{t.documents}</dt>
        <dd className="num">
          {t.pages(s.documents)}, {t.passages(s.chunks)}
        </dd>
        {s.schedule && (
          <>
            <dt>{t.schedule}</dt>
            <dd>
              <code>{s.schedule}</code> {s.next_run && s.enabled && t.nextRun(moment(s.next_run))}
            </dd>
          </>
        )}
        {s.file && (
          <>
            <dt>{t.file}</dt>
            <dd>
              <code>{s.file}</code>
            </dd>
          </>
        )}
      </dl>
      <p className="row">
        {visited(s) ? (
          <button type="button" className="button" onClick={() => void act(api("DELETE", at(s.name, "crawl")), t.interruptedRun)}>
            <Icon name="stop" /> {t.interrupt}
          </button>
        ) : (
          <button type="button" className="button primary" onClick={() => void act(api("POST", at(s.name, "crawl")), t.begun)}>
            <Icon name="again" /> {t.crawlNow}
          </button>
        )}
        {s.editable && (
          <>
            <button type="button" className="button" onClick={() => void act(api("PATCH", at(s.name), { enabled: !s.enabled }), t.saved)}>
              <Icon name="pause" /> {s.enabled ? t.pause : t.resume}
            </button>
            <button type="button" className="button" onClick={() => setEditing(true)}>
              <Icon name="edit" /> {t.editShort}
            </button>
            <button type="button" className="button danger" onClick={() => setAsking(true)}>
              <Icon name="bin" /> {t.removeSource}
            </button>
          </>
        )}
      </p>
      {editing && <Edit s={s} onClose={() => setEditing(false)} onSave={(c) => void act(api("PATCH", at(s.name), c), t.saved)} />}
      {asking && (
        <Modal title={t.removeSource} onClose={() => setAsking(false)}>
          <h2>{t.removeQuestion(s.name)}</h2>
          <p>{t.removeHint(s.documents)}</p>
          <p className="row">
            <button type="button" className="button" autoFocus onClick={() => setAsking(false)}>
              {t.cancel}
            </button>
            <button
              type="button"
              className="button danger"
              onClick={() => {
                setAsking(false)
                void act(api("DELETE", at(s.name)), t.sourceRemoved).then(() => navigate({ to: "/library" }))
              }}
            >
              {t.removeSource}
            </button>
          </p>
        </Modal>
      )}
    </section>
  )
}

function Runs({ s }: { s: SourceDetail }) {
  if (!s.runs.length) return null
  return (
    <details className="group runs">
      <summary>{t.runsOf(s.runs.length)}</summary>
      <ol>
        {s.runs.slice(0, 20).map((r) => (
          <li key={r.id}>
            <b>{moment(r.started)}</b> <span className="soft">{r.status}</span>
            {r.counts && <Outcomes counts={r.counts} />}
            {r.error && <p className="small warn">{r.error}</p>}
            {r.warnings?.map((w) => (
              <p key={w} className="small soft">
                {w}
              </p>
            ))}
            {r.skipped && Object.keys(r.skipped).length > 0 && (
              <p className="small soft">
                {t.skippedKinds(
                  Object.entries(r.skipped)
                    .map(([k, n]) => `${n} ${k}`)
                    .join(", "),
                )}
              </p>
            )}
          </li>
        ))}
      </ol>
    </details>
  )
}
