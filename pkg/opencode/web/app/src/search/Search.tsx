import { keepPreviousData, useQuery } from "@tanstack/react-query"
import { useNavigate, useSearch } from "@tanstack/react-router"
import { useEffect, useState } from "react"
import { api, query } from "../api/client"
import type { SearchResult } from "../api/types"
import type { Wanted } from "../router"
import { Fault } from "../shell/Fault"
import { Icon } from "../shell/icons"
import { move } from "../shell/keys"
import { Screen } from "../shell/Screen"
import { t } from "../text"
import { Hit } from "./Hit"
import "./search.css"

const pause = 150 // milliseconds after the last letter

/** Passages while one types, narrowed by what they are. */
export default function Search() {
  const wanted = useSearch({ from: "/search" })
  const navigate = useNavigate({ from: "/search" })
  const [text, setText] = useState(wanted.q ?? "")
  const [explain, setExplain] = useState(false)
  const set = (change: Wanted, replace = false) => void navigate({ search: (s) => ({ ...s, ...change }), replace })
  useEffect(() => setText(wanted.q ?? ""), [wanted.q])
  useEffect(() => {
    const q = text.trim() || undefined
    if (q === wanted.q) return
    const timer = setTimeout(() => set({ q }, true), pause)
    return () => clearTimeout(timer)
  }, [text]) // eslint-disable-line
  const found = useQuery({
    queryKey: ["search", wanted, explain],
    queryFn: ({ signal }) =>
      api<SearchResult>(
        "GET",
        `/panther/v1/search${query({ q: wanted.q, source: wanted.source, kind: wanted.kind, lang: wanted.language, version: wanted.version, after: wanted.after, limit: 20, explain })}`,
        undefined,
        signal,
      ),
    enabled: !!wanted.q,
    placeholderData: keepPreviousData,
  })
  const r = wanted.q ? found.data : undefined
  return (
    <Screen title={t.search}>
      <div className="query" role="search">
        <Icon name="search" />
        <input
          type="search"
          className="field"
          data-slash
          autoFocus={matchMedia("(hover: hover)").matches}
          dir="auto"
          aria-label={t.searchFor}
          placeholder={t.searchFor}
          value={text}
          onChange={(e) => setText(e.target.value)}
          onKeyDown={(e) => {
            if (e.key === "ArrowDown") document.querySelector<HTMLElement>(".hits [data-move]")?.focus()
          }}
        />
      </div>
      {r && <Facets r={r} wanted={wanted} onChange={set} />}
      {found.error && wanted.q && <Fault error={found.error} retry={() => void found.refetch()} />}
      {r?.warnings?.map((w) => (
        <p key={w} className="small soft note">
          {w}
        </p>
      ))}
      <p className="unseen" role="status">
        {r ? t.hits(r.hits.length) : ""}
      </p>
      {r && r.hits.length > 0 && (
        <div className="row tools">
          <button type="button" className="button" onClick={() => void navigate({ to: "/", search: { q: wanted.q } })}>
            <Icon name="ask" /> {t.askWith}
          </button>
          <label className="button">
            <input type="checkbox" checked={explain} onChange={(e) => setExplain(e.target.checked)} /> {t.explain}
          </label>
        </div>
      )}
      <ol className="hits" onKeyDown={move} aria-busy={found.isFetching}>
        {r?.hits.map((h) => (
          <Hit key={h.id} hit={h} explain={explain} />
        ))}
      </ol>
      {!wanted.q && (
        <div className="empty">
          <Icon name="search" />
          <h2>{t.searchEmpty}</h2>
          <p>{t.searchHint}</p>
        </div>
      )}
      {r && !r.hits.length && !found.isFetching && (
        <div className="empty">
          <h2>{t.noMatch}</h2>
          <p>{t.searchNothing}</p>
        </div>
      )}
    </Screen>
  )
}

const params: Record<string, keyof Wanted> = { source: "source", kind: "kind", lang: "language", version: "version", date: "after" }

function Facets({ r, wanted, onChange }: { r: SearchResult; wanted: Wanted; onChange: (w: Wanted) => void }) {
  return (
    <div className="facets">
      {r.facets.map((f) => {
        const key = params[f.name]
        if (!key || (f.values.length < 2 && !wanted[key])) return null
        return (
          <label key={f.name} data-on={wanted[key] ? true : undefined}>
            <span className="unseen">{t.facet(f.name)}</span>
            <select value={wanted[key] ?? ""} onChange={(e) => onChange({ [key]: e.target.value || undefined })}>
              <option value="">{t.facet(f.name)}</option>
              {f.values.map((v) => (
                <option key={v.value} value={v.value}>
                  {v.label || v.value} ({v.count})
                </option>
              ))}
            </select>
          </label>
        )
      })}
    </div>
  )
}
