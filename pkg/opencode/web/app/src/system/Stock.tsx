import type { Overview, System } from "../api/types"
import { bytes, moment, t } from "../text"

/** What there is of passages, space and secrets. */
export function Stock({ s, overview: o }: { s: System; overview?: Overview }) {
  const e = o?.embedding
  return (
    <section className="group">
      <h2>{t.stock}</h2>
      <dl className="facts-list">
        {s.database && (
          <>
            <dt>{t.database}</dt>
            <dd className="num">
              {s.database.store}: {t.pages(s.database.documents)}, {t.passages(s.database.chunks)}, {bytes(s.database.bytes)}
            </dd>
          </>
        )}
        {e && e.total > 0 && (
          <>
            <dt>{t.meaning}</dt>
            <dd className="num">
              <progress max={e.total} value={e.done} aria-label={t.meaning} /> {t.visited(e.done, e.total)}
              {e.eta_seconds ? ` · ${t.eta(e.eta_seconds)}` : ""}
              {e.problem && <p className="small warn">{e.problem}</p>}
            </dd>
          </>
        )}
        {s.disks.map((d) => (
          <FragmentOf key={d.path} name={d.path}>
            <meter min={0} max={d.total} high={d.total * 0.9} value={d.total - d.free} aria-label={d.path} /> {t.free(bytes(d.free), bytes(d.total))}
          </FragmentOf>
        ))}
        {(s.secrets.known || s.secrets.note) && (
          <FragmentOf name={t.secrets}>
            {s.secrets.note}
            {s.secrets.refreshed && ` ${t.refreshed(moment(s.secrets.refreshed))}`}
            {s.secrets.stale && <span className="warn"> {t.stale}</span>}
            {s.secrets.secrets.length > 0 && (
              <ul className="small">
                {s.secrets.secrets.map((x) => (
                  <li key={x.name} className={x.missing ? "warn" : undefined}>
                    <code>{x.name}</code> {x.missing ? t.missing : x.written && t.changedAt(moment(x.written))}
                  </li>
                ))}
              </ul>
            )}
          </FragmentOf>
        )}
      </dl>
    </section>
  )
}

function FragmentOf({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="num">{children}</dd>
    </>
  )
}
