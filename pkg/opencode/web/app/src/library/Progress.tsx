import type { SourceState } from "../api/types"
import { t } from "../text"
import { visited } from "./data"

/** How far the visit of a source is: the numbers of the terminal. */
export function Progress({ of: s }: { of: SourceState }) {
  const p = s.progress
  if (!p || !visited(s)) return null
  return (
    <div className="progress">
      <progress max={Math.max(p.known, 1)} value={p.done} aria-label={t.visiting(s.name)} />
      <p className="small soft num">
        {p.phase ? `${p.phase}: ` : ""}
        {t.visited(p.done, p.known)}
        {p.rate ? ` · ${t.rate(p.rate)}` : ""}
        {p.eta_seconds ? ` · ${t.eta(p.eta_seconds)}` : ""}
      </p>
      <Outcomes counts={p.counts} />
      {p.waiting && <p className="small warn">{p.waiting}</p>}
    </div>
  )
}

/** Pages by what became of them. */
export function Outcomes({ counts, chosen, onChoose }: { counts: Record<string, number>; chosen?: string; onChoose?: (outcome?: string) => void }) {
  const list = Object.entries(counts).filter(([, n]) => n > 0)
  if (!list.length) return null
  return (
    <ul className="outcomes num">
      {list.map(([name, n]) => (
        <li key={name}>
          {onChoose ? (
            <button type="button" aria-pressed={chosen === name} onClick={() => onChoose(chosen === name ? undefined : name)}>
              {n.toLocaleString()} {name}
            </button>
          ) : (
            <span>
              {n.toLocaleString()} {name}
            </span>
          )}
        </li>
      ))}
    </ul>
  )
}
