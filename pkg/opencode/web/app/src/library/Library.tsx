import { useQuery } from "@tanstack/react-query"
import { Link, useNavigate, useSearch } from "@tanstack/react-router"
import type { SourceState } from "../api/types"
import { Fault } from "../shell/Fault"
import { Icon } from "../shell/icons"
import { move } from "../shell/keys"
import { Screen } from "../shell/Screen"
import { moment, t } from "../text"
import { Add } from "./Add"
import { sourcesQuery, visited } from "./data"
import { Progress } from "./Progress"
import "./library.css"

/** The sources, with what each is doing. */
export default function Library() {
  const { add } = useSearch({ from: "/library" })
  const navigate = useNavigate({ from: "/library" })
  const found = useQuery(sourcesQuery)
  const list = found.data?.sources ?? []
  const may = found.data?.operator
  const open = (v: string | undefined) => void navigate({ search: { add: v } })
  const button = may && (
    <button type="button" className="button primary" onClick={() => open(" ")}>
      <Icon name="plus" /> {t.addSource}
    </button>
  )
  return (
    <Screen title={t.library} bar={list.length > 0 && button}>
      {found.error && <Fault error={found.error} retry={() => void found.refetch()} />}
      {found.data?.note && <p className="small soft note">{found.data.note}</p>}
      <ul className="sources" onKeyDown={move}>
        {list.map((s) => (
          <Row key={s.name} s={s} />
        ))}
      </ul>
      {found.isSuccess && !list.length && (
        <div className="empty">
          <Icon name="library" />
          <h2>{t.noSources}</h2>
          <p>{may ? t.noSourcesHint : t.noSourcesAsk}</p>
          <p className="row">{button}</p>
        </div>
      )}
      {add !== undefined && <Add place={add.trim()} onClose={() => open(undefined)} />}
    </Screen>
  )
}

/** state says in a word how a source is. */
export function state(s: SourceState): { word: string; tone: string } {
  if (visited(s)) return { word: t.stateVisited, tone: "on" }
  if (!s.enabled) return { word: t.statePaused, tone: "off" }
  if (s.last_run && !/^(done|ok|finished|running)/.test(s.last_run.status)) return { word: s.last_run.status, tone: "bad" }
  if (!s.last_run) return { word: t.stateNew, tone: "off" }
  return { word: t.stateRead(moment(s.last_run.started)), tone: "ok" }
}

function Row({ s }: { s: SourceState }) {
  const how = state(s)
  return (
    <li className="card">
      <Link to="/library/$name" params={{ name: s.name }} data-move>
        <b>{s.name}</b>
        <span className="tag" data-tone={how.tone}>
          {how.word}
        </span>
      </Link>
      <p className="small soft">
        <bdi>{s.location}</bdi>
      </p>
      <p className="small num">
        {t.pages(s.documents)}
        {s.last_run?.counts?.failed ? ` · ${t.failedPages(s.last_run.counts.failed)}` : ""}
        {s.next_run && s.enabled ? ` · ${t.nextRun(moment(s.next_run))}` : ""}
      </p>
      {s.last_run?.error && !visited(s) && <p className="small warn">{s.last_run.error}</p>}
      <Progress of={s} />
    </li>
  )
}
